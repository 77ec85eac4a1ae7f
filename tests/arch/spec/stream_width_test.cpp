#include "arch/spec/stream_width.h"

#include <gtest/gtest.h>

namespace tessera::arch {
namespace {

PeArraySpec array(Dataflow dataflow) {
  PeArraySpec spec;
  spec.rows = 8;
  spec.columns = 4;
  spec.dataflow = dataflow;
  return spec;
}

TEST(StreamWidth, WeightStationaryReadsAndWritesAPartialSumPerColumn) {
  const auto width = stream_width(array(Dataflow::weight_stationary), {16, 16, 4});
  EXPECT_EQ(width.input, 8 * 2);
  EXPECT_EQ(width.weight, 4 * 2);
  EXPECT_EQ(width.output, 2 * 4 * 4);
}

TEST(StreamWidth, InputStationarySwapsTheOperands) {
  const auto width = stream_width(array(Dataflow::input_stationary), {8, 8, 4});
  EXPECT_EQ(width.input, 4);
  EXPECT_EQ(width.weight, 8);
  EXPECT_EQ(width.output, 2 * 4 * 4);
}

TEST(StreamWidth, OutputStationaryWritesOneShiftOfItsDrainChains) {
  PeArraySpec spec = array(Dataflow::output_stationary);
  EXPECT_EQ(stream_width(spec, {8, 8, 4}).output, 8 * 4);  // a column of 8 cells per cycle
  spec.output_drain = OutputDrain::rows;
  EXPECT_EQ(stream_width(spec, {8, 8, 4}).output, 4 * 4);
}

TEST(StreamWidth, AWiderLoadNeedsAWiderRegion) {
  PeArraySpec spec = array(Dataflow::weight_stationary);
  spec.load_rows_per_cycle = 4;
  EXPECT_EQ(stream_width(spec, {8, 8, 4}).weight, 16);
}

TEST(StreamWidth, EachOperandHasItsOwnWidthAndHalfABytePerElementIsRoundedUp) {
  PeArraySpec spec = array(Dataflow::weight_stationary);
  spec.columns = 5;
  const auto width = stream_width(spec, {16, 4, 8});
  EXPECT_EQ(width.input, 8 * 2);
  EXPECT_EQ(width.weight, 3);  // 20 bits
  EXPECT_EQ(width.output, 2 * 5 * 8);
}

}  // namespace
}  // namespace tessera::arch
