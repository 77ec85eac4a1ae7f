// The slot table of one region: hits, victims and references (docs/semantics.md 6.5 to 6.10).
#include "scheduler/dispatch/operand_region.h"

#include <gtest/gtest.h>

namespace tessera::scheduler {
namespace {

using base::Ps;

constexpr Cause kNobody{};

// Rows [begin, end) of tensor `root` in `request`.
Block rows(models::TensorId root, std::int64_t begin, std::int64_t end, std::uint32_t request = 0) {
  Block b;
  b.root = root;
  b.request = request;
  b.box = {{0, begin, 0, 0}, {1, end, 1, 1}};
  return b;
}

// A demand load of `block` into `slot`, from `at` to one picosecond later.
void load(OperandRegion& region, std::uint32_t slot, BlockId block, std::int64_t at) {
  region.take(slot, block, 0, Ps{at}, kNobody, true);
  region.fill_done(slot, Ps{at + 1}, Ps{at}, 1);
}

TEST(OperandRegion, AContainedBoxIsAHitAndAnOverlapIsNone) {
  TileGraph graph;
  graph.blocks = {rows(1, 0, 8), rows(1, 2, 6), rows(1, 4, 9), rows(2, 2, 6), rows(1, 2, 6, 1)};
  OperandRegion region(graph, 1);
  load(region, 0, 0, 0);
  EXPECT_EQ(region.find(0), 0U);
  EXPECT_EQ(region.find(1), 0U) << "inside";
  EXPECT_EQ(region.find(2), kNoSlot) << "a halo";
  EXPECT_EQ(region.find(3), kNoSlot) << "another tensor";
  EXPECT_EQ(region.find(4), kNoSlot) << "another request";
}

TEST(OperandRegion, FullHitsGoBeforeFillingOnesThenTheLowestIndex) {
  TileGraph graph;
  graph.blocks = {rows(1, 0, 8), rows(1, 0, 9), rows(1, 0, 4)};
  OperandRegion region(graph, 3);
  region.take(0, 0, 0, Ps{0}, kNobody, true);
  EXPECT_EQ(region.find(2), 0U) << "filling";
  load(region, 1, 1, 10);
  EXPECT_EQ(region.find(2), 1U) << "full, though of a higher index";
  load(region, 2, 0, 20);
  EXPECT_EQ(region.find(2), 1U);
  region.fill_done(0, Ps{30}, Ps{0}, 1);
  EXPECT_EQ(region.find(2), 0U);
}

TEST(OperandRegion, ReferencesHoldASlotUntilTheLastIsGone) {
  TileGraph graph;
  graph.blocks = {rows(1, 0, 8)};
  OperandRegion region(graph, 1);
  EXPECT_EQ(region.evictable(), 1U);
  load(region, 0, 0, 0);
  region.reference(0, Ps{5});
  EXPECT_EQ(region.evictable(), 0U);
  EXPECT_FALSE(region.release(0, Ps{6}, 2));
  EXPECT_EQ(region.victim(true), kNoSlot);
  EXPECT_TRUE(region.release(0, Ps{7}, 3));
  EXPECT_EQ(region.victim(false), 0U);
  EXPECT_EQ(region.find(0), 0U) << "cached";
  EXPECT_EQ(region.evictable_since().at, Ps{7});
  EXPECT_EQ(region.evictable_since().record, 3U);
}

TEST(OperandRegion, TheVictimIsEmptyThenLeastRecentlyUsedThenAPrefetch) {
  TileGraph graph;
  graph.blocks = {rows(1, 0, 8), rows(2, 0, 8), rows(3, 0, 8), rows(4, 0, 8)};
  OperandRegion region(graph, 3);
  load(region, 0, 0, 0);
  load(region, 1, 1, 10);
  EXPECT_EQ(region.victim(false), 2U) << "empty";
  region.take(2, 2, 0, Ps{20}, kNobody, false);
  EXPECT_TRUE(region.prefetch_filling());
  EXPECT_EQ(region.victim(false), kNoSlot);
  EXPECT_EQ(region.victim(true), 2U) << "a prefetch that nobody waits for";
  region.release(1, Ps{30}, 1);
  region.release(0, Ps{40}, 1);
  EXPECT_EQ(region.victim(true), 1U) << "released longest ago, before the prefetch";
  region.fill_done(2, Ps{25}, Ps{20}, 1);
  EXPECT_EQ(region.victim(true), 2U) << "never used: it counts from when it was full";
  EXPECT_EQ(region.victim(false), 1U) << "but for another prefetch only what a tile has used";
  region.take(1, 3, 0, Ps{50}, kNobody, true);
  EXPECT_EQ(region.find(1), kNoSlot) << "the old content is gone at once";
  EXPECT_EQ(region.find(3), 1U);
}

TEST(OperandRegion, APrefetchTakesNoSlotOfAnotherThatNobodyUsed) {
  TileGraph graph;
  graph.blocks = {rows(1, 0, 8), rows(2, 0, 8)};
  OperandRegion region(graph, 2);
  for (std::uint32_t slot = 0; slot < 2; ++slot) {
    EXPECT_EQ(region.victim(false), slot) << "empty";
    region.take(slot, slot, 0, Ps{10 * slot}, kNobody, false);
    EXPECT_TRUE(region.prefetch_filling());
    region.fill_done(slot, Ps{10 * slot + 5}, Ps{10 * slot}, 1);
    EXPECT_FALSE(region.prefetch_filling());
  }
  EXPECT_EQ(region.evictable(), 2U);
  EXPECT_EQ(region.victim(false), kNoSlot);
  EXPECT_EQ(region.victim(true), 0U) << "full since 5, the other since 15";
  region.reference(0, Ps{30});
  EXPECT_EQ(region.victim(false), kNoSlot) << "in use";
  region.release(0, Ps{40}, 2);
  EXPECT_EQ(region.victim(false), 0U) << "used: it is a cached operand like any other";
  EXPECT_EQ(region.victim(true), 1U) << "full since 15, the other released at 40";
}

// Slots used at 100, 50 and 75: the order of use decides, not that of filling or of the index; a later use moves a slot
// to the end, and equal times go to the lowest index.
TEST(OperandRegion, TheVictimIsTheOneUsedLongestAgo) {
  TileGraph graph;
  graph.blocks = {rows(1, 0, 8), rows(2, 0, 8), rows(3, 0, 8), rows(4, 0, 8)};
  OperandRegion region(graph, 3);
  for (std::uint32_t slot = 0; slot < 3; ++slot) load(region, slot, slot, slot);
  EXPECT_EQ(region.victim(true), kNoSlot) << "all in use";
  EXPECT_EQ(region.evictable(), 0U);
  EXPECT_TRUE(region.release(1, Ps{50}, 11));
  EXPECT_EQ(region.evictable_since().record, 11U);
  EXPECT_TRUE(region.release(2, Ps{75}, 12));
  EXPECT_EQ(region.evictable_since().record, 11U) << "there was a victim already";
  EXPECT_TRUE(region.release(0, Ps{100}, 13));
  EXPECT_EQ(region.victim(true), 1U);
  EXPECT_EQ(region.victim(false), 1U);
  region.reference(1, Ps{110});
  EXPECT_EQ(region[1].hold_from, Ps{110});
  EXPECT_EQ(region.victim(true), 2U);
  EXPECT_TRUE(region.release(1, Ps{120}, 14));
  region.take(2, 3, 7, Ps{130}, {Ps{130}, 15, trace::Link::none}, true);
  EXPECT_EQ(region.find(2), kNoSlot);
  EXPECT_EQ(region[2].tile, 7U);
  EXPECT_EQ(region[2].content.record, 15U);
  EXPECT_EQ(region.victim(true), 0U) << "100 before 120";
  region.fill_done(2, Ps{140}, Ps{131}, 16);
  EXPECT_EQ(region[2].full.at, Ps{140});
  EXPECT_EQ(region[2].full.record, 16U);
  EXPECT_EQ(region[2].issued_at, Ps{131});
  region.reference(0, Ps{145});
  EXPECT_TRUE(region.release(2, Ps{150}, 17));
  EXPECT_TRUE(region.release(0, Ps{150}, 18));
  EXPECT_EQ(region.victim(true), 1U) << "120";
  region.reference(1, Ps{160});
  EXPECT_EQ(region.victim(true), 0U) << "both at 150: the lowest index";
}

// Two operators read block 0 (constant), one reads block 1; block 2 is an activation.
class KeptWeights : public ::testing::Test {
 protected:
  KeptWeights() {
    graph.blocks = {rows(1, 0, 8), rows(2, 0, 8), rows(3, 0, 8), rows(4, 0, 8)};
    graph.blocks[0].constant = graph.blocks[1].constant = true;
    for (const auto& [op, weight] : {std::pair{0U, 0U}, {1U, 1U}, {2U, 0U}}) {
      Tile t;
      t.op = op;
      t.weight = weight;
      graph.tiles.push_back(t);
    }
  }
  void use(OperandRegion& region, std::uint32_t slot, BlockId block, std::int64_t at) {
    load(region, slot, block, at);
    region.release(slot, Ps{at + 2}, 1);
  }
  TileGraph graph;
};

TEST_F(KeptWeights, AreNoVictimWhileTheRegionHasAnotherSlot) {
  const SharedWeights shared(graph);
  OperandRegion region(graph, 2, &shared);
  use(region, 0, 0, 0);
  use(region, 1, 2, 10);
  EXPECT_EQ(region.victim(true), 1U) << "the weights were used longer ago, but are kept";
  EXPECT_FALSE(region.holds_back());
  load(region, 1, 3, 20);  // referred to
  EXPECT_EQ(region.victim(true), kNoSlot) << "waits for slot 1";
  EXPECT_EQ(region.victim(false), kNoSlot) << "nothing is prefetched over them";
  EXPECT_TRUE(region.holds_back());
  region.release(1, Ps{30}, 7);
  EXPECT_EQ(region.victim(true), 1U);
  EXPECT_EQ(region.others_since().record, 7U) << "what the next load waited for";
}

TEST_F(KeptWeights, AreKeptUntilTheLastOfTheirTilesIsDispatched) {
  SharedWeights shared(graph);
  OperandRegion region(graph, 2, &shared);
  use(region, 0, 0, 0);
  use(region, 1, 2, 10);
  shared.dispatched(graph, graph.tiles[0]);
  EXPECT_EQ(region.victim(true), 1U);
  shared.dispatched(graph, graph.tiles[2]);
  EXPECT_EQ(region.victim(true), 0U) << "the least recently used again";
}

TEST_F(KeptWeights, LeaveOneSlotForAllElse) {
  Tile again;
  again.op = 3;
  again.weight = 1;
  graph.tiles.push_back(again);
  const SharedWeights shared(graph);
  OperandRegion region(graph, 2, &shared);
  use(region, 1, 0, 0);
  use(region, 0, 1, 10);
  use(region, 1, 0, 20);
  EXPECT_EQ(region.victim(true), 1U) << "of weights in all slots those that came last give way";
  OperandRegion one(graph, 1, &shared);
  use(one, 0, 0, 0);
  EXPECT_EQ(one.victim(true), 0U) << "no other slot will ever come free";
  EXPECT_FALSE(one.holds_back());
}

TEST_F(KeptWeights, OfOneOperatorAreNotKept) {
  graph.tiles[2].op = 0;
  const SharedWeights shared(graph);
  EXPECT_FALSE(shared.any());
}

}  // namespace
}  // namespace tessera::scheduler
