// The past of a KV cache lies in the output that it is a part of: it is there when the run begins.
#include <gtest/gtest.h>

#include "scheduler/bounds/lower_bound.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using models::TensorId;

// Two heads with 5 past rows of 64 bytes each, a sixth that is copied behind them, and a reader of all six.
models::Network cache(bool past_is_fed) {
  NetworkMaker maker;
  const TensorId fresh = maker.input({2, 1, 1, 64}), present = maker.activation({2, 6, 1, 64});
  const TensorId past = maker.window(present, {0, 0, 0, 0}, {2, 5, 1, 64});
  maker.copy(fresh, maker.window(present, {0, 5, 0, 0}, {2, 1, 1, 64}));
  maker.elementwise(present, present);
  models::Network network = maker.take();
  network.tensors[present].role = models::TensorRole::network_output;
  if (past_is_fed) network.tensors[past].role = models::TensorRole::network_input;
  return network;
}

TEST(KvCache, MovesTheNewRowsOnly) {
  const models::Network network = cache(true);
  const auto graph = tiled(network, small_npu(), {}, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  std::int64_t copied = 0, read = 0;
  for (const Tile& tile : graph->tiles) {
    if (tile.kind == TileKind::movement) copied += graph->blocks[graph->groups[tile.group].output].useful_bytes;
    else read += graph->blocks[tile.input].useful_bytes;
  }
  EXPECT_EQ(copied, 2 * 64);
  EXPECT_EQ(read, 2 * 6 * 64);
}

// Of the output's 12 rows two are written, and 12 of the reader's; the past is read and not written.
TEST(KvCache, ThePastIsNotWritten) {
  const models::Network network = cache(true);
  const auto npu = small_npu();
  const auto limits = arch::machine_limits(npu);
  const auto graph = tiled(network, npu, {}, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  EXPECT_EQ(network_bound(network, npu, limits, {}).traffic.core_write, (2 + 12) * 64);
  EXPECT_LE(network_bound(network, npu, limits, {}).time(), lower_bound(*graph, npu, limits).time());
}

// Behind a shared SRAM only what leaves the network has to reach DRAM: two new rows and the reader's twelve.
TEST(KvCache, OnlyTheNewRowsReachDram) {
  const models::Network network = cache(true);
  auto npu = small_npu();
  npu.shared_sram.capacity = arch::Bytes{1 << 20};
  const auto limits = arch::machine_limits(npu);
  const auto graph = tiled(network, npu, {}, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  EXPECT_EQ(network_bound(network, npu, limits, {}).traffic.dram_write, (2 + 12) * 64);
  EXPECT_EQ(lower_bound(*graph, npu, limits).traffic.dram_write, (2 + 12) * 64);
}

TEST(KvCache, AReaderOfThePastAloneWaitsForNobody) {
  NetworkMaker maker;
  const TensorId present = maker.activation({2, 6, 1, 64});
  const TensorId past = maker.window(present, {0, 0, 0, 0}, {2, 5, 1, 64});
  maker.copy(maker.input({2, 1, 1, 64}), maker.window(present, {0, 5, 0, 0}, {2, 1, 1, 64}));
  maker.elementwise(past, past);
  models::Network network = maker.take();
  network.tensors[past].role = models::TensorRole::network_input;
  const auto graph = tiled(network, small_npu(), {}, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  for (const Tile& tile : graph->tiles) {
    if (tile.kind != TileKind::vector) continue;
    EXPECT_TRUE(graph->blocks[tile.input].network_input);
    EXPECT_TRUE(graph->producers(tile.input).empty());
  }
}

// A head in one tile: five of its rows are there, the sixth comes from the copy.
TEST(KvCache, ABlockMayLieInBothParts) {
  ScheduleSpec heads;
  heads.tiles.push_back({.pattern = "*", .m = 6});
  const auto graph = tiled(cache(true), small_npu(), heads, {});
  ASSERT_TRUE(graph.ok()) << graph.problems().to_string();
  for (const Tile& tile : graph->tiles) {
    if (tile.kind != TileKind::vector) continue;
    EXPECT_EQ(graph->blocks[tile.input].box.extent(models::kH), 6);
    EXPECT_FALSE(graph->blocks[tile.input].network_input);
    EXPECT_EQ(graph->producers(tile.input).size(), 1u);
  }
}

TEST(KvCache, WhatNobodyFeedsMustBeWritten) {
  const auto graph = tiled(cache(false), small_npu(), {}, {});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.problems().to_string().find("is read that no operator writes"), std::string::npos);
}

}  // namespace
}  // namespace tessera::scheduler::tests
