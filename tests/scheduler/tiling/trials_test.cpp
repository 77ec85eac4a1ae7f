#include <gtest/gtest.h>

#include <algorithm>

#include "scheduler/tiling/draft.h"
#include "scheduler/tiling/smaller_machines.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

models::Network product() {
  NetworkMaker make;
  make.matmul(make.input({1, 96, 1, 256}), 128);
  return make.take();
}

std::int64_t loads(const TileGraph& graph) {
  std::int64_t bytes = 0;
  for (const Block& b : graph.blocks) bytes += b.bytes;
  return bytes;
}

TEST(SmallerMachines, HaveLessOfOneThing) {
  arch::NpuSpec npu = small_npu();
  npu.cores = 4;
  npu.dma.channels.resize(2);
  npu.dma.outstanding = 16;
  npu.dram.channels = 1;
  npu.interconnect.bytes_per_cycle = 32;
  ScheduleSpec schedule;
  schedule.buffers = {2, 1, 4};
  const auto all = smaller_machines(npu, schedule);
  // Two and one core; three capacities; slots of two regions; DMA channels, packets, interconnect; not the one memory
  // channel, not the one slot of weights.
  EXPECT_EQ(all.size(), 2 + 3 + 2 + 3U);
  const auto some = [&](const auto& is) { return std::ranges::count_if(all, is); };
  EXPECT_EQ(some([](const auto& m) { return m.npu.cores == 2; }), 1);
  EXPECT_EQ(some([](const auto& m) { return m.npu.cores == 1; }), 1);
  EXPECT_EQ(some([&](const auto& m) {
              return m.npu.core.sram.weight.capacity.count() * 2 == npu.core.sram.weight.capacity.count();
            }),
            1);
  EXPECT_EQ(some([](const auto& m) { return m.schedule.buffers[0] == 1; }), 1);
  EXPECT_EQ(some([](const auto& m) { return m.schedule.buffers[2] == 2; }), 1);
  EXPECT_EQ(some([](const auto& m) { return m.npu.dma.channels.size() == 1; }), 1);
  EXPECT_EQ(some([](const auto& m) { return m.npu.dma.outstanding == 8; }), 1);
  EXPECT_EQ(some([](const auto& m) { return m.npu.interconnect.bytes_per_cycle == 16; }), 1);
  for (const auto& m : all) EXPECT_FALSE(m.npu == npu && m.schedule.buffers == schedule.buffers);
}

TEST(Trials, DraftWhatASmallerMachineChooses) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  const auto limits = arch::machine_limits(npu);
  const Draft own = cheapest_draft(network, npu, limits, {}, {}, {});
  SmallerMachine half{npu, {}};
  half.npu.core.sram.weight.capacity = base::Bytes{npu.core.sram.weight.capacity.count() / 2};
  const Draft there = cheapest_draft(network, half.npu, arch::machine_limits(half.npu), {}, {}, {});
  ASSERT_TRUE(there.ok());
  const auto here = draft_of_smaller(network, npu, limits, {}, {}, {}, half);
  ASSERT_TRUE(here);
  EXPECT_FALSE(same_tiles(*here, own));
  EXPECT_TRUE(same_tiles(*here, there));
  EXPECT_EQ(here->graph.tiles.size(), there.graph.tiles.size());
  EXPECT_EQ(loads(here->graph), loads(there.graph));
  EXPECT_EQ(here->graph.slot_bytes[1], own.graph.slot_bytes[1] * own.graph.slots[1] / here->graph.slots[1]);
}

TEST(Trials, TheEngineDecides) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  const auto built = [&](const auto& trial) {
    Building building;
    building.trial = trial;
    return *build_tile_graph(network, npu, arch::machine_limits(npu), {}, {}, building);
  };
  const std::size_t own = tiled(network, npu, {}, {})->tiles.size();
  std::size_t most = 0;
  base::Ps least = base::kNever;
  const auto many = built([&](const TileGraph& graph, base::Ps limit) {
    EXPECT_EQ(limit, least == base::kNever ? least : least + base::Ps{least.count() / 8}) << "an eighth more";
    const base::Ps time{1'000'000 - static_cast<std::int64_t>(graph.tiles.size())};
    most = std::max(most, graph.tiles.size());
    least = std::min(least, time);
    return time < limit ? time : base::kNever;
  });
  EXPECT_GT(most, own);
  EXPECT_EQ(many.tiles.size(), most);
  const auto alike = built([](const TileGraph&, base::Ps) { return base::Ps{7}; });
  EXPECT_EQ(alike.tiles.size(), own) << "of equal ones the machine's own";
}

// Smaller than the machine by one thing, then by two: while it gains.
TEST(Trials, GoOnFromTheBest) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  const auto limits = arch::machine_limits(npu);
  std::size_t most = 0;
  for (const SmallerMachine& one : smaller_machines(npu, {}))
    if (const auto draft = draft_of_smaller(network, npu, limits, {}, {}, {}, one))
      most = std::max(most, draft->graph.tiles.size());
  Building building;
  building.trial = [](const TileGraph& graph, base::Ps) {
    return base::Ps{1'000'000 - static_cast<std::int64_t>(graph.tiles.size())};
  };
  EXPECT_GT(build_tile_graph(network, npu, limits, {}, {}, building)->tiles.size(), most);
}

TEST(Trials, NetworksHaveNone) {
  NetworkMaker make;
  make.matmul(make.matmul(make.input({1, 96, 1, 256}), 128), 8);
  Building building;
  int trials = 0;
  building.trial = [&](const TileGraph&, base::Ps) { return base::Ps{++trials}; };
  const arch::NpuSpec npu = small_npu();
  ASSERT_TRUE(build_tile_graph(make.take(), npu, arch::machine_limits(npu), {}, {}, building));
  EXPECT_EQ(trials, 0);
}

TEST(Trials, LargeRunsHaveNone) {
  NetworkMaker make;
  make.matmul(make.input({1, 4096, 1, 512}), 512);
  Building building;
  int trials = 0;
  building.trial = [&](const TileGraph&, base::Ps) { return base::Ps{++trials}; };
  const arch::NpuSpec npu = small_npu();
  const auto graph = build_tile_graph(make.take(), npu, arch::machine_limits(npu), {}, {}, building);
  ASSERT_GT(graph->tiles.size(), 1024U);
  EXPECT_EQ(trials, 0);
}

}  // namespace
}  // namespace tessera::scheduler::tests
