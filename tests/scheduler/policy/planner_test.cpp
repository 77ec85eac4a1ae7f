// The model of the machine and the plans that are made in it.
#include "scheduler/planning/planner.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

constexpr std::array kAll{Order::earliest, Order::deepest,  Order::cheapest,
                          Order::ranked,   Order::critical, Order::leanest};
constexpr std::array kGoAlone{Order::storing, Order::in_turn};

Scenario layers(std::int64_t cores, std::int64_t slices) {
  Scenario s;
  s.graph = layered_graph(6, 12, slices);
  s.npu.core_clock = s.npu.interconnect_clock = s.npu.dram_clock = base::Clock(1000, 1);
  s.npu.cores = cores;
  s.npu.dma.channels.assign(1, {});
  s.npu.interconnect.bytes_per_cycle = 64;
  s.npu.dram.simple.bytes_per_second = 16'000'000'000;
  s.npu.dram.simple.latency = base::Ps{100'000};
  return s;
}

// Every tile once, no slice before the one before it and on its core, no group before those that it waits for.
void expect_lawful(const Scenario& s, std::span<const PlanChoice> plan, std::uint64_t seed) {
  std::map<TileId, std::uint32_t> cores;
  for (const PlanChoice& c : plan) {
    ASSERT_TRUE(cores.try_emplace(c.tile, c.core).second) << "seed " << seed << " tile " << c.tile;
    const Tile& t = s.graph.tiles[c.tile];
    if (t.slice != 0) {
      ASSERT_TRUE(cores.contains(c.tile - 1)) << "seed " << seed;
      EXPECT_EQ(cores[c.tile - 1], c.core) << "seed " << seed;
    }
    for (const GroupId p : s.graph.predecessors(t.group)) {
      const Group& before = s.graph.groups[p];
      if (s.graph.is_host(before)) continue;
      EXPECT_TRUE(cores.contains(before.first + before.slices - 1)) << "seed " << seed << " tile " << c.tile;
    }
  }
  std::size_t tiles = 0;
  for (const Tile& t : s.graph.tiles) tiles += t.kind != TileKind::host;
  EXPECT_EQ(plan.size(), tiles) << "seed " << seed;
}

TEST(Planner, PlansEveryTileOfRandomGraphsLawfully) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const Scenario s = random_scenario(random, {.host = seed % 4 == 0});
    const auto limits = arch::machine_limits(s.npu);
    for (const Order order : kAll)
      expect_lawful(s, Planner(s.graph, s.npu, limits, s.schedule, std::span(&order, 1), 7).plan(), seed);
    for (const Order order : kGoAlone)
      expect_lawful(s, Planner(s.graph, s.npu, limits, s.schedule, std::span(&order, 1), 7).plan(), seed);
    for (const std::uint32_t window : {16U, 300U})
      expect_lawful(s, Planner(s.graph, s.npu, limits, s.schedule, kAll, window).plan(), seed);
    expect_lawful(s, Planner(s.graph, s.npu, limits, s.schedule, kAll, 7).plan(), seed);
  }
}

// Steps of the model at random: a legal tile, a prefetch, or on to the next event.
class Walk {
 public:
  Walk(const Scenario& s, const PlanCosts& costs, std::uint64_t seed)
      : graph_(s.graph), pick_(costs, kAll), random_(seed) {}
  void go(MachineModel& m, int steps) {
    for (; steps > 0; --steps) {
      if (!m.may_decide() || chance(random_, 30)) {
        if (!m.advance()) return;
        continue;
      }
      const auto core = static_cast<std::uint32_t>(pick(random_, 0, m.costs().cores - 1));
      const Tile& t = graph_.tiles[static_cast<std::size_t>(pick(random_, 0, std::ssize(graph_.tiles) - 1))];
      if (chance(random_, 20) && t.weight != kNoId && graph_.blocks[t.weight].constant) {
        m.prefetch(t.weight, 1, core);
        continue;
      }
      const auto choice = pick_.pick(m, kAll[static_cast<std::size_t>(pick(random_, 0, kAll.size() - 1))]);
      if (choice) m.dispatch(choice->tile, choice->core);
      else m.advance();
    }
  }

 private:
  const TileGraph& graph_;
  OrderPick pick_;
  Random random_;
};

// And from there to where it was left, and back again.
TEST(MachineModel, GoesBackToItsMarkWordForWord) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    Scenario s = random_scenario(random, {.operators = 12, .host = seed % 4 == 0});
    if (seed % 3 == 0) s.npu.shared_sram.capacity = base::Bytes{2048};
    const PlanCosts costs(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule);
    MachineModel model(costs);
    Walk walk(s, costs, seed);
    for (int round = 0; round < 4; ++round) {
      const MachineModel before = model;
      model.mark();
      walk.go(model, 40);
      const MachineModel after = model;
      MachineModel::Branch branch;
      model.rewind(branch);
      ASSERT_TRUE(model == before) << "seed " << seed;
      model.go_to(branch);
      ASSERT_TRUE(model == after) << "seed " << seed;
      model.go_back(branch);
      ASSERT_TRUE(model == before) << "seed " << seed;
      walk.go(model, 15);
      if (round == 0 && model.now() > base::Ps{0}) {
        EXPECT_FALSE(model == before) << "seed " << seed;
      }
    }
  }
}

// Each of twelve groups is opened by its first slice before any goes on, where output slots and queue allow it.
TEST(MachineModel, KeepsMoreThanEightGroupsOpen) {
  Scenario s = layers(1, 2);
  s.graph.slots[0] = 13;
  s.graph.slots[2] = 12;
  s.npu.core.queue = 16;
  const PlanCosts costs(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule);
  MachineModel model(costs);
  ASSERT_TRUE(model.advance());
  for (GroupId g = 0; g < 12; ++g) {
    while (!model.may_decide()) ASSERT_TRUE(model.advance());
    const TileId first = s.graph.groups[g].first;
    ASSERT_TRUE(model.legal(first, 0)) << "group " << g;
    model.dispatch(first, 0);
  }
  while (model.continuations(0).size() < 12) ASSERT_TRUE(model.advance());
  for (GroupId g = 0; g < 12; ++g) EXPECT_EQ(model.continuations(0)[g], s.graph.groups[g].first + 1);
}

TEST(Planner, GivesItsPlanAWindowAtATime) {
  const Scenario s = layers(4, 2);
  Planner planner(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule, kAll, 16);
  std::size_t given = 0;
  for (auto next = planner.next(); !next.empty(); next = planner.next()) {
    EXPECT_EQ(next.size(), std::min<std::size_t>(16, planner.plan().size() - given));
    EXPECT_EQ(next.data(), planner.plan().data() + given);
    given += next.size();
  }
  EXPECT_EQ(given, s.graph.tiles.size());
}

// No order alone ends before the plan does, by the model.
TEST(Planner, IsNotBehindAnyOrderAlone) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const Scenario s = random_scenario(random, {.operators = 12});
    const auto limits = arch::machine_limits(s.npu);
    const auto mixed = Planner(s.graph, s.npu, limits, s.schedule, kAll, 16).makespan();
    for (const Order order : kAll)
      EXPECT_LE(mixed, Planner(s.graph, s.npu, limits, s.schedule, std::span(&order, 1), 16).makespan()) << seed;
  }
}

// Followed without prefetches, the machine of the model does what it did when the order was played, or what a core
// that passes over a tile gains. Followed with them it is no slower on these layers.
TEST(FollowedPlan, EndsWhereThePlayOfItsOrderEnds) {
  for (const std::int64_t cores : {1, 4, 12}) {
    const Scenario s = layers(cores, 2);
    const auto limits = arch::machine_limits(s.npu);
    const PlanCosts costs(s.graph, s.npu, limits, s.schedule);
    const MachineModel start(costs);
    for (const Order order : kAll) {
      const Planner planner(s.graph, s.npu, limits, s.schedule, std::span(&order, 1), 16);
      const auto played = planner.makespan().count();
      const auto followed = FollowedPlan(start, false).makespan(planner.plan(), base::kNever).count();
      EXPECT_NEAR(static_cast<double>(followed), static_cast<double>(played), static_cast<double>(played) / 50);
      EXPECT_LE(FollowedPlan(start, true).makespan(planner.plan(), base::kNever).count(), followed * 102 / 100);
      EXPECT_EQ(FollowedPlan(start, true).makespan(planner.plan(), base::Ps{played / 2}), base::kNever);
    }
  }
}

// A plan that was made without a prefetch ends sooner where its follower prefetches: weights come under the work.
TEST(FollowedPlan, PrefetchesTheWeightsOfPlannedTiles) {
  Scenario s = layers(1, 1);
  s.graph = layered_graph(8, 1, 1);
  const PlanCosts costs(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule);
  const MachineModel start(costs);
  constexpr Order kOrder = Order::earliest;
  const Planner planner(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule, std::span(&kOrder, 1), 16);
  EXPECT_LT(FollowedPlan(start, true).makespan(planner.plan(), base::kNever),
            FollowedPlan(start, false).makespan(planner.plan(), base::kNever));
}

// By hand: channels of 8 B/cycle and a memory of 64 B/ns. A transfer of one part keeps its channel for bytes / 8 cycles
// of 1 ns. Cut into four it takes a quarter of that on each, and the next one stands behind it.
TEST(MemoryPath, SendsThePartsOfATransferByTheirChannels) {
  Scenario s = layers(1, 1);
  s.npu.dma.channels.assign(4, {.bytes_per_cycle = 8});
  s.npu.dram.simple.bytes_per_second = 64'000'000'000;
  const auto limits = arch::machine_limits(s.npu);
  const BlockId block = s.graph.tiles[0].weight;
  const base::Ps alone{s.graph.blocks[block].bytes * 1000 / 8};
  s.schedule.dma_split = 1;
  const PlanCosts whole(s.graph, s.npu, limits, s.schedule);
  MemoryPath one(whole);
  const base::Ps first = one.move(block, false, base::Ps{0});
  EXPECT_EQ(first, alone + whole.read_way);
  EXPECT_EQ(one.move(block, false, base::Ps{0}), first) << "on the next channel";
  s.schedule.dma_split = 4;
  const PlanCosts cut(s.graph, s.npu, limits, s.schedule);
  MemoryPath four(cut);
  EXPECT_EQ(four.move(block, false, base::Ps{0}), base::Ps{alone.count() / 4} + cut.read_way);
  EXPECT_EQ(four.move(block, false, base::Ps{0}), base::Ps{alone.count() / 2} + cut.read_way) << "behind the first";
  EXPECT_EQ(cut.tiles[0].load[1], base::Ps{alone.count() / 4});
}

TEST(UpwardRanks, GrowAlongTheWayBack) {
  const Scenario s = layers(1, 1);
  const PlanCosts costs(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule);
  const auto ranks = upward_ranks(costs, true), work = upward_ranks(costs, false);
  for (GroupId g = 0; g < s.graph.groups.size(); ++g) {
    EXPECT_GT(ranks[g], work[g]);
    for (const GroupId n : s.graph.successors(g)) {
      EXPECT_GT(ranks[g], ranks[n]);
      EXPECT_GE(work[g], work[n] + costs.occupancy(s.graph.groups[g].first));
    }
  }
}

}  // namespace
}  // namespace tessera::scheduler::testing
