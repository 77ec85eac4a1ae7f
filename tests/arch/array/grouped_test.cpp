// Grouped convolutions: how many groups share the array, against placing them one by one.
#include <gtest/gtest.h>

#include "arch/array/fold_plan.h"
#include "tests/arch/array/array_cases.h"

namespace tessera::arch {
namespace {

// Puts group after group on the diagonal as long as rows and columns last; a group that alone exceeds the array is
// folded by itself. Returns passes, counted one by one.
std::int64_t passes_by_hand(const PeArraySpec& a, const ArrayShape& s) {
  const std::int64_t k = a.reduction == Reduction::per_tap ? s.channels : s.channels * s.taps;
  const std::int64_t down = a.dataflow == Dataflow::output_stationary ? s.m : k;
  const std::int64_t across = a.dataflow == Dataflow::input_stationary ? s.m : s.n;
  const bool os = a.dataflow == Dataflow::output_stationary;
  const std::int64_t taps = !os && a.reduction == Reduction::per_tap ? s.taps : 1;
  std::int64_t passes = 0, row = 0, column = 0;
  for (std::int64_t g = 0; g < s.groups; ++g) {
    if (down > a.rows || across > a.columns) {
      for (std::int64_t r = 0; r < down; r += a.rows)
        for (std::int64_t c = 0; c < across; c += a.columns) ++passes;
      continue;
    }
    if (row == 0 || row + down > a.rows || column + across > a.columns) {
      ++passes;
      row = column = 0;
    }
    row += down;
    column += across;
  }
  return passes * taps;
}

TEST(GroupedFolds, BlockDiagonalPassesEqualPlacingGroupsOneByOne) {
  CaseSource source(5);
  int shared = 0;
  for (int i = 0; i < 5000; ++i) {
    PeArraySpec a = source.spec();
    a.grouped = Grouped::block_diagonal;
    ArrayShape s{source.number(1, 7), source.number(1, 4), source.number(1, 4), source.number(1, 3),
                 source.number(1, 9)};
    EXPECT_EQ(plan_folds(a, s).folds, passes_by_hand(a, s)) << describe(a, s);
    if (groups_per_fold(a, s) > 1) ++shared;
  }
  EXPECT_GT(shared, 200);
}

TEST(GroupedFolds, SerialIsOneGroupAfterTheOther) {
  CaseSource source(6);
  for (int i = 0; i < 1000; ++i) {
    PeArraySpec a = source.spec();
    a.grouped = Grouped::serial;
    a.start_up = base::Cycles{0};
    ArrayShape s = source.shape();
    const std::int64_t groups = s.groups;
    const ArrayWork all = plan_folds(a, s);
    s.groups = 1;
    EXPECT_EQ(all.occupancy, groups * plan_folds(a, s).occupancy) << describe(a, s);
    EXPECT_EQ(all.folds, groups * plan_folds(a, s).folds);
  }
}

// The depthwise layers of mobilenet v2 at 224 x 224 on 32 x 64: 2.3 M cycles one by one, 0.8 M when three groups of
// nine taps share 32 rows.
TEST(GroupedFolds, DepthwiseLayersOfMobilenetV2) {
  struct Layer {
    std::int64_t channels, pixels, times;
  };
  constexpr Layer kLayers[] = {{32, 12544, 1}, {96, 3136, 1}, {144, 3136, 1}, {144, 784, 1}, {192, 784, 2},
                               {192, 196, 1},  {384, 196, 4}, {576, 196, 2},  {576, 49, 1},  {960, 49, 3}};
  PeArraySpec a;
  a.rows = 32;
  a.columns = 64;
  std::int64_t serial = 0, diagonal = 0, three_at_once = 0;
  for (const Layer& l : kLayers) {
    const ArrayShape shape{l.pixels, 1, 1, 9, l.channels};
    a.grouped = Grouped::serial;
    serial += l.times * plan_folds(a, shape).occupancy.count();
    a.grouped = Grouped::block_diagonal;
    diagonal += l.times * plan_folds(a, shape).occupancy.count();
    three_at_once += l.times * base::ceil_div(l.channels, 3) * l.pixels;
  }
  EXPECT_EQ(serial, 2'301'824);
  EXPECT_EQ(diagonal, three_at_once);
  EXPECT_NEAR(static_cast<double>(diagonal), 0.8e6, 0.05e6);
}

// A depthwise 3 x 3 layer of 64 channels on 16 x 16: nine taps fill nine rows of one column when serial; tap by tap, 16
// channels share the diagonal.
TEST(GroupedFolds, DepthwiseLayerByHand) {
  PeArraySpec a;
  const ArrayShape depthwise{196, 1, 1, 9, 64};
  EXPECT_EQ(plan_folds(a, depthwise).folds, 64);
  a.grouped = Grouped::block_diagonal;
  EXPECT_EQ(plan_folds(a, depthwise).folds, 64);  // 9 rows each: only one fits into 16
  a.reduction = Reduction::per_tap;
  EXPECT_EQ(plan_folds(a, depthwise).folds, 4 * 9);  // 16 channels at once, nine taps
  EXPECT_EQ(plan_folds(a, depthwise).rows, 16);
  EXPECT_EQ(plan_folds(a, depthwise).columns, 16);
}

}  // namespace
}  // namespace tessera::arch
