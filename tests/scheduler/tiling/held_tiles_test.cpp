// What was chosen gives the same tiles again; what is not the operator's, or does not fit, is an error.
#include "scheduler/tiling/held_tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "scheduler/tiles/operator_plan.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using testing::HasSubstr;

ScheduleSpec holding(const TileGraph& graph, ScheduleSpec schedule = {}) {
  schedule.held_slots = {graph.slots[0], graph.slots[1], graph.slots[2]};
  schedule.tiles.clear();
  for (const TileRule& rule : graph.chosen)
    if (rule.held) schedule.tiles.push_back(rule);
  return schedule;
}

void expect_same(const TileGraph& a, const TileGraph& b) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(a.slots[i], b.slots[i]);
  ASSERT_EQ(a.tiles.size(), b.tiles.size());
  ASSERT_EQ(a.groups.size(), b.groups.size());
  ASSERT_EQ(a.blocks.size(), b.blocks.size());
  for (TileId i = 0; i < a.tiles.size(); ++i) {
    EXPECT_EQ(a.tiles[i].input, b.tiles[i].input);
    EXPECT_EQ(a.tiles[i].weight, b.tiles[i].weight);
    EXPECT_EQ(a.tiles[i].work, b.tiles[i].work);
    EXPECT_EQ(a.tiles[i].vector_cycles, b.tiles[i].vector_cycles);
  }
  for (GroupId i = 0; i < a.groups.size(); ++i) {
    EXPECT_EQ(a.groups[i].output, b.groups[i].output);
    EXPECT_EQ(a.groups[i].core_hint, b.groups[i].core_hint) << "group " << i;
  }
  for (BlockId i = 0; i < a.blocks.size(); ++i) {
    EXPECT_EQ(a.blocks[i].box, b.blocks[i].box);
    EXPECT_EQ(a.blocks[i].where, b.blocks[i].where);
  }
  EXPECT_EQ(a.predecessor_ids, b.predecessor_ids);
}

class HeldTiles : public testing::TestWithParam<int> {};

TEST_P(HeldTiles, GiveTheSameGraph) {
  for (int round = 0; round < 20; ++round) {
    std::mt19937 random(static_cast<unsigned>(GetParam() * 1000 + round));
    const models::Network network = random_network(random);
    const arch::NpuSpec npu = random_npu(random);
    ScheduleSpec schedule = random_schedule(random);
    if (random() % 2 == 0) schedule.buffers = {8, 4, 6};  // of which the tiling may take fewer
    SCOPED_TRACE("seed " + std::to_string(GetParam() * 1000 + round));
    const auto chosen = tiled(network, npu, schedule, {});
    if (!chosen) continue;
    const auto held = tiled(network, npu, holding(*chosen, schedule), {});
    ASSERT_TRUE(held.ok()) << held.problems().to_string();
    expect_same(*chosen, *held);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HeldTiles, testing::Range(0, 6));

// 1 x 8 x 8 x 16 by 32 kernels of 1 x 1, whole: 1,024 B in, 512 B of weights, 64 x 32 accumulators of 4 B.
models::Network one_conv() {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 16}), {.n = 32});
  return maker.take();
}

TileRule whole_rule() {
  TileRule rule{.pattern = "Conv0", .m = 8, .w = 8, .n = 32, .k = 16, .loop_order = "bgnm", .where = {"t.json", 3, 5}};
  rule.held = true;
  rule.b = 1;
  return rule;
}

std::string said(const TileRule& rule, const models::Network& network, const arch::NpuSpec& npu) {
  ScheduleSpec schedule;
  schedule.tiles = {rule};
  const auto graph = tiled(network, npu, schedule, {});
  return graph ? "" : graph.problems().to_string();
}

TEST(HeldTilesOfOperator, CountAsTheyAre) {
  ScheduleSpec schedule;
  schedule.tiles = {whole_rule()};
  schedule.tiles[0].m = 3;
  const auto graph = tiled(one_conv(), small_npu(8192), schedule, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  ASSERT_EQ(graph->groups.size(), 3u);  // 3 + 3 + 2 rows
  EXPECT_EQ(graph->blocks[graph->groups[2].output].box, (models::Box{{0, 6, 0, 0}, {1, 8, 8, 32}}));
}

TEST(HeldTilesOfOperator, WhatDoesNotFitIsAnErrorThatNamesOperandAndBytes) {
  arch::NpuSpec npu = small_npu(8192);
  EXPECT_EQ(said(whole_rule(), one_conv(), npu), "");
  npu.core.sram.input.capacity = base::Bytes{2047};
  EXPECT_THAT(said(whole_rule(), one_conv(), npu),
              HasSubstr("t.json:3:5: operator \"Conv0\": the input of a held tile needs 1024 bytes, but a slot of the "
                        "input region holds 1023 bytes"));
  npu = small_npu(8192);
  npu.core.sram.weight.capacity = base::Bytes{1022};
  EXPECT_THAT(said(whole_rule(), one_conv(), npu), HasSubstr("the weight of a held tile needs 512 bytes"));
  npu = small_npu(8192);
  npu.core.sram.output.capacity = base::Bytes{16383};
  EXPECT_THAT(said(whole_rule(), one_conv(), npu), HasSubstr("the output of a held tile needs 8192 bytes"));
}

TEST(HeldTilesOfOperator, WhatIsNoneOfTheOperatorsIsAnError) {
  const auto wrong = [](auto change) {
    TileRule rule = whole_rule();
    change(rule);
    return said(rule, one_conv(), small_npu(8192));
  };
  EXPECT_THAT(wrong([](TileRule& r) { r.m = 9; }),
              HasSubstr("the held tiles of operator \"Conv0\" are none of it: m is 9, and it has 8 output rows"));
  EXPECT_THAT(wrong([](TileRule& r) { r.n = 33; }), HasSubstr("n is 33, and it has 32 output channels"));
  EXPECT_THAT(wrong([](TileRule& r) { r.k = 0; }), HasSubstr("k is missing"));
  EXPECT_THAT(wrong([](TileRule& r) { r.loop_order.clear(); }), HasSubstr("loop_order is missing"));
  EXPECT_THAT(wrong([](TileRule& r) { r.b = 2; }), HasSubstr("b is 2, and it has 1 images"));
  EXPECT_THAT(wrong([](TileRule& r) { r.cores = 3; }), HasSubstr("cores is 3, and the machine has 2"));
  EXPECT_THAT(
      wrong([](TileRule& r) { r.pattern = "Conv1"; }),
      HasSubstr("tiles are held of \"Conv1\", but network made_by_hand has no such operator, did you mean \"Conv0\"?"));
}

// Channels of a tile count over its groups: 4 of them are 4 groups of one channel each, and never 2 of a half.
TEST(HeldTilesOfOperator, GroupsComeFromTheChannels) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 16}), {.n = 2, .groups = 8});
  const models::Network network = maker.take();
  TileRule rule = whole_rule();
  rule.k = 2;
  rule.n = 8;
  ScheduleSpec schedule;
  schedule.tiles = {rule};
  const auto graph = tiled(network, small_npu(8192), schedule, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  EXPECT_EQ(graph->groups.size(), 2u);
  EXPECT_EQ(tiling_plan(network, *graph).operators.front().channel_groups, 4);
  rule.n = 3;
  EXPECT_THAT(said(rule, network, small_npu(8192)), HasSubstr("n is 3, more than the 2 output channels of a group"));
  rule.n = 4, rule.k = 1;
  EXPECT_THAT(said(rule, network, small_npu(8192)), HasSubstr("k is all 2 input channels of a group"));
}

TEST(HeldTilesOfOperator, BlocksOfTheVectorUnit) {
  NetworkMaker maker;
  maker.softmax(maker.input({1, 8, 1, 64}));
  const models::Network network = maker.take();
  TileRule rule{.pattern = network.operators[0].name, .m = 4, .w = 1, .n = 64};
  rule.held = true;
  rule.b = 1;
  ScheduleSpec schedule;
  schedule.tiles = {rule};
  const auto graph = tiled(network, small_npu(4096), schedule, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  EXPECT_EQ(graph->groups.size(), 2u);
  EXPECT_THAT(said(rule, network, small_npu(128)), HasSubstr("the input of a held tile needs 256 bytes"));
  rule.n = 32;
  EXPECT_THAT(said(rule, network, small_npu(4096)), HasSubstr("n is 32, and it reduces all 64 output channels"));
  rule.n = 64, rule.b = 0;
  EXPECT_THAT(said(rule, network, small_npu(4096)), HasSubstr("b is missing"));
}

TEST(HeldTilesOfOperator, AMovementCanBeHeld) {
  NetworkMaker maker;
  maker.copy(maker.input({1, 8, 8, 16}));
  const models::Network network = maker.take();
  TileRule rule{.pattern = network.operators[0].name, .m = 3, .w = 8, .n = 16};
  rule.held = true;
  rule.b = 1;
  ScheduleSpec schedule;
  schedule.tiles = {rule};
  const auto graph = tiled(network, small_npu(4096), schedule, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  EXPECT_EQ(graph->groups.size(), 3u);
}

// Two images of 8 x 8 x 16 in halves: 4 blocks of 4 x 8 x 32, whole in k. A network input lies packed; the pixels of
// the result lie 64 B apart, and each touches a burst of its own.
TEST(OperatorPlans, AddUpWhatTilesMove) {
  NetworkMaker maker;
  maker.conv(maker.input({2, 8, 8, 16}), {.n = 32});
  const models::Network network = maker.take();
  ScheduleSpec schedule;
  schedule.tiles = {whole_rule()};
  schedule.tiles[0].m = 4;
  const auto graph = tiled(network, small_npu(8192), schedule, {.count = 3});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  const auto plans = tiling_plan(network, *graph).operators;
  ASSERT_EQ(plans.size(), 1u);
  EXPECT_EQ(plans[0].tiles, 3 * 4);
  EXPECT_EQ(plans[0].slices(), 1);
  EXPECT_EQ(plans[0].input_bytes, 3 * 4 * 512);
  EXPECT_EQ(plans[0].weight_bytes, 3 * 4 * 512);
  EXPECT_EQ(plans[0].output_bytes, 3 * 4 * 32 * 64);
  EXPECT_EQ(plans[0].rule.m, 4);
  EXPECT_EQ(plans[0].rule.pattern, "Conv0");
}

}  // namespace
}  // namespace tessera::scheduler::tests
