// What must come before and after: on one resource, over a graph, and on small networks by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "scheduler/bounds/dependence_bound.h"
#include "scheduler/bounds/lower_bound.h"
#include "scheduler/bounds/one_resource.h"
#include "scheduler/bounds/reach.h"
#include "tests/scheduler/tiling/small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using base::Ps;

TEST(OneResource, AShortTaskWithALongTailGoesFirst) {
  // The second interrupts the first at 5: it ends at 10 and is followed by 20; the first ends at 15.
  EXPECT_EQ(one_resource_bound({{Ps{0}, Ps{10}, Ps{0}}, {Ps{5}, Ps{5}, Ps{20}}}), Ps{30});
  // Both together: from 0, 10 + 5, and then 4 at least.
  EXPECT_EQ(one_resource_bound({{Ps{0}, Ps{10}, Ps{4}}, {Ps{0}, Ps{5}, Ps{6}}}), Ps{19});
  EXPECT_EQ(one_resource_bound({{Ps{7}, Ps{3}, Ps{-2}}}), Ps{8}) << "something may end before its task does";
  EXPECT_EQ(one_resource_bound({{Ps{50}, Ps{0}, Ps{50}}}), Ps{0}) << "no work, no task";
}

// The largest over all sets of (least head + all work + least tail), tried one by one.
TEST(OneResource, IsTheWorstOfAllSets) {
  std::mt19937 random(5);
  const auto pick = [&](int most) { return Ps{static_cast<std::int64_t>(random() % static_cast<unsigned>(most))}; };
  for (int round = 0; round < 300; ++round) {
    std::vector<ResourceTask> tasks(1 + random() % 7);
    for (auto& t : tasks) t = {pick(30), Ps{1} + pick(12), pick(30) - Ps{4}};
    Ps worst{0};
    for (std::size_t set = 1; set < (std::size_t{1} << tasks.size()); ++set) {
      Ps head = base::kNever, work{0}, tail = base::kNever;
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        if ((set >> i & 1) == 0) continue;
        head = std::min(head, tasks[i].head), work += tasks[i].work, tail = std::min(tail, tasks[i].tail);
      }
      worst = std::max(worst, head + work + tail);
    }
    ASSERT_EQ(one_resource_bound(tasks), worst) << "round " << round;
  }
}

Work decisions(std::int64_t count) {
  Work work;
  work.decisions = count;
  return work;
}

// Every node has a column of its own; some columns belong to several nodes, some are reached directly.
TEST(Reach, CountsEachColumnOnceHoweverManyWaysLeadToIt) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const std::uint32_t nodes = 1 + random() % 700;
    ReachGraph graph;
    graph.ascending = round % 2 == 0;
    for (std::uint32_t n = 0; n < nodes; ++n) {
      const std::uint32_t room = graph.ascending ? n : nodes - 1 - n;
      std::vector<std::uint32_t> next;
      for (std::uint32_t i = 0; i < random() % 4 && room > 0; ++i)
        next.push_back(graph.ascending ? random() % n : n + 1 + random() % room);
      graph.next.add(next);
    }
    std::vector<std::vector<bool>> handed(nodes, std::vector<bool>(2 * nodes)), near = handed;
    for (std::uint32_t c = 0; c < 2 * nodes; ++c) {
      graph.columns.push_back(decisions(1 + random() % 100));
      std::vector<std::uint32_t> own, direct;
      if (c < nodes) own = {c};
      else
        for (std::uint32_t i = 0; i < 1 + random() % 3; ++i) (random() % 2 ? own : direct).push_back(random() % nodes);
      for (const auto n : own) handed[n][c] = true;
      for (const auto n : direct) near[n][c] = true;
      graph.own.add(own);
      graph.near.add(direct);
    }
    const auto sums = reached_work(graph);
    const auto fewer = reached_work(graph, 200);
    for (std::uint32_t i = 0; i < nodes; ++i) {
      const std::uint32_t n = graph.ascending ? i : nodes - 1 - i;
      auto reached = near[n];
      for (const auto next : graph.next[n])
        for (std::uint32_t c = 0; c < 2 * nodes; ++c) reached[c] = reached[c] || handed[next][c];
      std::int64_t sum = 0;
      for (std::uint32_t c = 0; c < 2 * nodes; ++c) {
        sum += reached[c] ? graph.columns[c].decisions : 0;
        handed[n][c] = handed[n][c] || reached[c];
      }
      ASSERT_EQ(sums[n].decisions, sum) << "node " << n << " of round " << round;
      ASSERT_LE(fewer[n].decisions, sum);
    }
  }
}

// One tile, then four that may run in any order, then one that needs them all; a memory that is never in the way.
class Diamond : public testing::Test {
 protected:
  Diamond() {
    NetworkMaker maker;
    auto t = maker.conv(maker.input({1, 16, 4, 64}), {.n = 64});
    t = maker.conv(t, {.n = 64});
    maker.conv(t, {.n = 8});
    network_ = maker.take();
    npu_ = small_npu(65536);
    npu_.cores = 1;
    npu_.dram.simple.bytes_per_second = 1'000'000'000'000;
    npu_.interconnect.bytes_per_cycle = 1024;
    ScheduleSpec schedule;
    schedule.tiles.push_back({.pattern = network_.operators[0].name, .m = 16, .w = 4, .n = 64, .k = 64});
    schedule.tiles.push_back({.pattern = network_.operators[1].name, .m = 4, .w = 4, .n = 64, .k = 64});
    schedule.tiles.push_back({.pattern = network_.operators[2].name, .m = 16, .w = 4, .n = 8, .k = 64});
    auto graph = tiled(network_, npu_, schedule, {});
    graph_ = std::move(graph).value();
  }
  Ps occupied(TileId t) const { return npu_.core_clock.duration(graph_.works[graph_.tiles[t].work].occupancy); }
  Ps latency(TileId t) const { return npu_.core_clock.duration(graph_.works[graph_.tiles[t].work].latency); }
  Ps load(BlockId b) const { return arch::machine_limits(npu_).transfer_min(graph_.blocks[b].bytes, false); }
  Ps store(GroupId g) const {
    return arch::machine_limits(npu_).transfer_min(graph_.blocks[graph_.groups[g].output].bytes, true);
  }

  models::Network network_;
  arch::NpuSpec npu_;
  TileGraph graph_;
};

TEST_F(Diamond, AllFourInTheMiddleCountForOneCore) {
  ASSERT_EQ(graph_.tiles.size(), 6u);
  const LowerBound bound = lower_bound(graph_, npu_, arch::machine_limits(npu_));
  const Ps d{16'000};
  const Ps first = d + std::max(load(graph_.tiles[0].input), load(graph_.tiles[0].weight)) + latency(0) + store(0);
  const Ps last = d + load(graph_.tiles[5].input) + latency(5) + store(5);
  const Ps one = d + load(graph_.tiles[1].input) + latency(1) + store(1);
  EXPECT_EQ(bound[BoundTerm::path], first + one + last) << "only one of the four is on a path";
  EXPECT_EQ(bound[BoundTerm::dependences], first + one + 3 * occupied(1) + last - Ps{1})
      << "the array has four to do between the first and the last";
  EXPECT_EQ(bound.binding(), BoundTerm::dependences);
}

TEST_F(Diamond, EveryGroupHasItsTimes) {
  const arch::MachineLimits limits = arch::machine_limits(npu_);
  const auto bound = dependence_bound(graph_, npu_, limits, Durations(graph_, npu_, limits));
  // The last one: all five before it pass the one array, behind the first loads.
  const Ps d{16'000}, first_load = std::max(load(graph_.tiles[0].input), load(graph_.tiles[0].weight));
  EXPECT_GE(bound.groups.ready[5], d + load(graph_.tiles[1].input) + occupied(0) + 4 * occupied(1));
  EXPECT_LE(bound.groups.ready[5], d + first_load + occupied(0) + 4 * occupied(1) + latency(1) + store(1));
  EXPECT_EQ(bound.groups.after[5], Ps{0});
  EXPECT_EQ(bound.groups.after[1], d + load(graph_.tiles[5].input) + latency(5) + store(5));
  EXPECT_GE(bound.groups.after[0], d + 4 * occupied(1) + occupied(5));
}

// A long first operator and a second one with far more weights than fit the slots: what does not fit comes afterwards.
TEST(Dependences, WeightsThatTheSlotsCannotHoldComeLater) {
  NetworkMaker maker;
  const auto t = maker.matmul(maker.input({1, 1, 64, 512}), 64);
  maker.matmul(t, 1024);
  const auto network = maker.take();
  auto npu = small_npu(8192);
  npu.cores = 1;
  npu.dram.channels = 1;
  npu.dram.simple.bytes_per_second = 1'000'000'000;
  npu.interconnect.bytes_per_cycle = 1024;
  ScheduleSpec schedule;
  schedule.tiles.push_back({.pattern = network.operators[0].name, .m = 64, .w = 64, .n = 64, .k = 64});
  schedule.tiles.push_back({.pattern = network.operators[1].name, .m = 64, .w = 64, .n = 64, .k = 64});
  const auto g = tiled(network, npu, schedule, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  ASSERT_EQ(g->groups.size(), 1u + 16u);
  const arch::MachineLimits limits = arch::machine_limits(npu);
  const auto bound = dependence_bound(*g, npu, limits, Durations(*g, npu, limits));
  // 64 KiB of weights less two slots of 8 KiB, the input of 64 B, and 16 results of 64 B, at 1 byte per ns.
  EXPECT_EQ(bound.groups.after[0], Ps{1000 * (65536 - 2 * 8192 + 64 + 16 * 64)});
}

}  // namespace
}  // namespace tessera::scheduler::tests
