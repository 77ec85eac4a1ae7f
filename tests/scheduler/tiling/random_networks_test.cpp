// Every rule of a tile graph on random networks, machines and schedules.
#include <gtest/gtest.h>

#include <random>

#include "graph_checks.h"
#include "scheduler/bounds/lower_bound.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

class RandomNetworks : public testing::TestWithParam<int> {};

TEST_P(RandomNetworks, KeepEveryRule) {
  int built = 0;
  for (int round = 0; round < 25; ++round) {
    std::mt19937 random(static_cast<unsigned>(GetParam() * 1000 + round));
    const models::Network network = random_network(random);
    const arch::NpuSpec npu = random_npu(random);
    const ScheduleSpec schedule = random_schedule(random);
    const RequestSpec requests{.count = 1 + static_cast<std::int64_t>(random() % 2), .interval = base::Ps{1'000'000}};
    SCOPED_TRACE("seed " + std::to_string(GetParam() * 1000 + round));
    const auto graph = tiled(network, npu, schedule, requests);
    if (!graph) {
      // Random slots can be too small for an operator; nothing else may go wrong.
      ASSERT_NE(graph.problems().to_string().find("bytes"), std::string::npos) << graph.problems().to_string();
      continue;
    }
    ++built;
    check_outputs_written_once(*graph, network);
    check_operands_cover(*graph, network);
    check_producers_cover(*graph, network);
    check_slots(*graph, npu);
    check_addresses(*graph, npu.dram.burst.count());
    check_order(*graph, network);
    check_edges_by_all_pairs(*graph);
    const arch::MachineLimits limits = arch::machine_limits(npu);
    const LowerBound of_tiles = lower_bound(*graph, npu, limits);
    const LowerBound of_network = network_bound(network, npu, limits, requests);
    // What every tiling must do, this one does too.
    EXPECT_LE(of_network.traffic.core_read, of_tiles.traffic.core_read);
    EXPECT_LE(of_network.traffic.core_write, of_tiles.traffic.core_write);
    EXPECT_LE(of_network.traffic.dram_read, of_tiles.traffic.dram_read);
    EXPECT_LE(of_network.time(), of_tiles.time());
    if (HasFailure()) return;
  }
  EXPECT_GE(built, 15) << "most random machines must have room";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range(0, 12));

TEST(RandomNetworks, SameInputSameGraph) {
  std::mt19937 random(42);
  const models::Network network = random_network(random);
  const auto a = tiled(network, small_npu(), {}, {}), b = tiled(network, small_npu(), {}, {});
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_EQ(a->tiles.size(), b->tiles.size());
  EXPECT_EQ(a->predecessor_ids, b->predecessor_ids);
  for (BlockId i = 0; i < a->blocks.size(); ++i) {
    EXPECT_EQ(a->blocks[i].box, b->blocks[i].box);
    EXPECT_EQ(a->blocks[i].where, b->blocks[i].where);
  }
}

}  // namespace
}  // namespace tessera::scheduler::tests
