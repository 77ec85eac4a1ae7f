// What the index says of a block: worked by hand, and judged by the reader.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/trace/synthetic.h"
#include "trace.pb.h"
#include "trace/file/block_codec.h"
#include "trace/file/reader.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using base::Ps;

Record span(std::uint16_t unit, std::int64_t start, std::int64_t end) {
  Record r;
  r.name = Name::stall;
  r.unit = unit;
  r.start = Ps{start};
  r.end = Ps{end};
  return r;
}

// Records end in order, and start in any: the block reaches from the earliest start to the latest end.
TEST(BlockSummary, RangesUnitsAndIdsByHand) {
  const Lanes lanes = test::small_lanes(1);
  const std::uint16_t pe = lanes.pe_array(0), vec = lanes.vector_unit(0);
  BlockEncoder encoder(lanes.units());
  const Record a = span(pe, 50, 60), b = span(vec, 20, 90), c = span(pe, 60, 70);
  encoder.add({a, 7, nullptr});
  encoder.add({b, 8, nullptr});
  encoder.add({c, 11, nullptr});
  std::string bytes, why;
  const BlockSummary told = encoder.finish(bytes);
  EXPECT_EQ(told.first_id, 7u);
  EXPECT_EQ(told.count, 3u);
  EXPECT_EQ(told.min_start, Ps{20});
  EXPECT_EQ(told.max_end, Ps{90});
  EXPECT_EQ(told.unit_mask, std::uint64_t{1} << pe | std::uint64_t{1} << vec);
  BlockDecoder decoder(lanes.units());
  RecordBatch batch;
  ASSERT_TRUE(decoder.decode(bytes, batch, why)) << why;
  EXPECT_EQ(decoder.summary(), told);
}

// The next block begins anew.
TEST(BlockSummary, ASecondBlockKnowsNothingOfTheFirst) {
  const Lanes lanes = test::small_lanes(1);
  BlockEncoder encoder(lanes.units());
  std::string bytes;
  const Record a = span(lanes.pe_array(0), 0, 500), b = span(lanes.pe_array(0), 510, 520);
  encoder.add({a, 1, nullptr});
  (void)encoder.finish(bytes);
  encoder.add({b, 2, nullptr});
  const BlockSummary told = encoder.finish(bytes);
  EXPECT_EQ(told.min_start, Ps{510});
  EXPECT_EQ(told.max_end, Ps{520});
  EXPECT_EQ(told.first_id, 2u);
}

// By the rule of docs/trace.md, for one stall of 10 ps: id 1, end 10, length 10, unit 2, name 0 (the first string), and
// of its scope's fields operator and tile -1, reason 3; the other values are 0.
TEST(BlockSummary, ContentByHand) {
  const Lanes lanes = test::small_lanes(1);
  ASSERT_EQ(lanes.pe_array(0), 2);
  Record r = span(2, 0, 10);
  r.set_reason(Reason::barrier);
  BlockEncoder encoder(lanes.units());
  encoder.add({r, 1, nullptr});
  std::string bytes;
  const auto weight = [](std::uint64_t column) { return (2 * column + 1) * 0x9e3779b97f4a7c15u; };
  std::uint64_t sum = 1 * weight(3) + 10 * weight(4) + 10 * weight(5) + 2 * weight(6) + 3 * weight(14);
  sum -= weight(9) + weight(10);
  EXPECT_EQ(encoder.finish(bytes).content, (sum ^ sum >> 32) * 0xd6e8feb86659fd93u);
}

TEST(BlockSummary, AHeadThatSaysSomethingElseIsRefused) {
  const Lanes lanes = test::small_lanes(1);
  BlockEncoder encoder(lanes.units());
  const Record a = span(lanes.pe_array(0), 5, 9);
  encoder.add({a, 1, nullptr});
  std::string bytes;
  (void)encoder.finish(bytes);
  proto::Block sound;
  ASSERT_TRUE(sound.ParseFromString(bytes));
  const auto refused = [&](auto change) {
    proto::Block block = sound;
    change(block);
    BlockDecoder decoder(lanes.units());
    RecordBatch batch;
    std::string why;
    return !decoder.decode(block.SerializeAsString(), batch, why);
  };
  EXPECT_FALSE(refused([](proto::Block&) {}));
  EXPECT_TRUE(refused([](proto::Block& b) { b.set_min_start_ps(4); }));
  EXPECT_TRUE(refused([](proto::Block& b) { b.set_max_end_ps(10); }));
  EXPECT_TRUE(refused([](proto::Block& b) { b.set_first_string(1); }));
  EXPECT_TRUE(refused([](proto::Block& b) { b.add_new_string("load"), b.add_new_string("load"); }));
  EXPECT_TRUE(refused([](proto::Block& b) { *b.add_scope() = b.scope(0); }));
}

}  // namespace
}  // namespace tessera::trace
