// The best schedule: by hand where reasoning gives it, against all schedules one by one, and against bounds and
// policies.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "scheduler/bounds/lower_bound.h"
#include "scheduler/optimum/interchange.h"
#include "scheduler/policy/policies.h"
#include "tests/scheduler/optimum/small_cases.h"
#include "tests/scheduler/support/random_graph.h"

namespace tessera::scheduler::tests {
namespace {

using base::Ps;

Optimum optimum(const SmallCase& c, OptimumOptions options = {}, const ActionPlan& known = {}) {
  return find_optimum(c.graph, c.npu, c.limits, c.schedule, known, options);
}

ScheduleSpec whole() {
  ScheduleSpec schedule;
  schedule.tiles.push_back({.pattern = "*", .m = 64, .w = 8, .n = 64, .k = 64});
  return schedule;
}

// Decisions that take no time and a memory that is hardly in the way: what is left is the arrays.
arch::NpuSpec arrays_alone(std::int64_t cores) {
  arch::NpuSpec npu = small_machine(cores, 16384);
  npu.scheduler.dispatch_latency = base::Cycles{0};
  npu.core.queue = 5;
  npu.dram.simple = {.bytes_per_second = 1'000'000'000'000, .latency = Ps{1000}};
  npu.interconnect.bytes_per_cycle = 1024;
  npu.interconnect.latency = base::Cycles{0};
  return npu;
}

// Tiles of 3, 3, 2, 2 and 2 units on two cores: 3 + 3 and 2 + 2 + 2 take 6. Longest first makes 3 + 2 + 2 of it.
TEST(Optimum, FiveTilesOnTwoCores) {
  NetworkMaker maker;
  models::TensorId last = 0;
  for (const std::int64_t units : {3, 3, 2, 2, 2}) last = maker.conv(maker.input({1, 8 * units, 8, 64}), {.n = 64});
  ASSERT_NE(last, models::kNone);
  const SmallCase c = small_case("five", maker.take(), arrays_alone(2), whole());
  ASSERT_EQ(c.graph.tiles.size(), 5u);
  const auto occupied = [&](TileId t) {
    return c.npu.core_clock.duration(c.graph.works[c.graph.tiles[t].work].occupancy);
  };
  const Optimum best = optimum(c);
  EXPECT_TRUE(best.proved());
  const Ps six = std::max(2 * occupied(0), 3 * occupied(2)), seven = occupied(0) + 2 * occupied(2);
  EXPECT_GE(best.makespan, six);
  EXPECT_LT(best.makespan, seven);
  EXPECT_GE(run_policy(c, {.name = "heft"}).makespan, seven);
  std::vector<int> threes(2);
  for (const PlannedAction& row : best.plan.actions)
    if (const auto* d = std::get_if<Dispatch>(&row.action)) threes[d->core] += d->tile < 2;
  EXPECT_TRUE(threes == (std::vector{2, 0}) || threes == (std::vector{0, 2})) << "the two long ones share a core";
}

// The second tile of a chain needs its weights of 4 KiB and its input. Fetched ahead, the weights lie there when the
// input comes: 4096 B at 16 B a ns earlier, and not a picosecond more.
TEST(Optimum, APrefetchSavesTheTimeOfTheWeights) {
  NetworkMaker maker;
  maker.conv(maker.conv(maker.input({1, 8, 8, 64}), {.n = 64}), {.n = 64});
  const SmallCase c = small_case("pair", maker.take(), small_machine(1), whole());
  ASSERT_EQ(c.graph.tiles.size(), 2u);
  const Optimum without = optimum(c, {.prefetches = false}), with = optimum(c);
  EXPECT_TRUE(without.proved() && with.proved());
  EXPECT_EQ(without.plan.actions.size(), 2u);
  EXPECT_EQ(with.plan.actions.size(), 3u);
  EXPECT_TRUE(std::ranges::any_of(with.plan.actions, [](const PlannedAction& row) {
    const auto* p = std::get_if<Prefetch>(&row.action);
    return p != nullptr && p->tile == 1 && p->operand == 1;
  }));
  EXPECT_EQ(without.makespan - with.makespan, Ps{256'000});
}

// One schedule only, whatever is searched over.
TEST(Optimum, OfOneTile) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 64}), {.n = 64});
  const SmallCase c = small_case("one", maker.take(), small_machine(2), whole());
  const Optimum best = optimum(c);
  EXPECT_TRUE(best.proved());
  EXPECT_EQ(best.makespan, run_policy(c, {.name = "depth_first"}).makespan);
  EXPECT_EQ(best.makespan, replayed(c, best.plan));
}

TEST(Optimum, WhatIsNotProvedSaysSo) {
  const auto cases = small_cases();
  const auto& c = *std::ranges::find(cases, "in-tree of 5, 2 cores", &SmallCase::name);
  const ActionPlan known = best_of_policies(c);
  const Optimum best = optimum(c, {.runs = 20}, known);
  EXPECT_EQ(best.runs, 20u);
  EXPECT_FALSE(best.proved());
  EXPECT_LT(best.bound, best.makespan);
  EXPECT_LE(best.makespan, known.makespan);
}

// A fan of tiles that are the same but for their place: every two of them can be exchanged, and no tile with another
// weight.
TEST(Interchange, TilesOfOneOperatorThatLieAlike) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 32}), {.n = 32});
  ScheduleSpec rows;
  rows.tiles.push_back({.pattern = "*", .m = 2, .w = 8, .n = 64, .k = 64});
  arch::NpuSpec npu = small_machine(2);
  npu.dram.channels = 1;
  npu.dram.interleave = base::Bytes{64};  // so that packets alone tell addresses apart
  SmallCase c = small_case("fan", maker.take(), npu, rows);
  ASSERT_EQ(c.graph.tiles.size(), 4u);
  EXPECT_EQ(find_exchanges(c.graph, c.npu, BlockService(c.graph)).size(), 6u);
  c.graph.tiles[3].vector_cycles += base::Cycles{1};
  EXPECT_EQ(find_exchanges(c.graph, c.npu, BlockService(c.graph)).size(), 3u) << "one of them has more to do";
  c.graph.tiles[3].vector_cycles -= base::Cycles{1};
  c.graph.blocks[c.graph.tiles[2].input].where.base += 64;
  EXPECT_EQ(find_exchanges(c.graph, c.npu, BlockService(c.graph)).size(), 3u) << "one is cut in other packets";
  c.npu.dram.kind = arch::DramSpec::Kind::bank_state;
  EXPECT_TRUE(find_exchanges(c.graph, c.npu, BlockService(c.graph)).empty());
}

// Chains side by side change places as a whole.
TEST(Interchange, OfChains) {
  NetworkMaker maker;
  maker.conv(maker.conv(maker.input({1, 8, 8, 32}), {.n = 32}), {.n = 32});
  ScheduleSpec rows;
  rows.tiles.push_back({.pattern = "*", .m = 4, .w = 8, .n = 64, .k = 64});
  const SmallCase c = small_case("chains", maker.take(), small_machine(2), rows);
  ASSERT_EQ(c.graph.tiles.size(), 4u);
  const auto found = find_exchanges(c.graph, c.npu, BlockService(c.graph));
  ASSERT_FALSE(found.empty());
  for (const Exchange& e : found) EXPECT_EQ(e.tile, (std::vector<TileId>{1, 0, 3, 2}));
}

// Every order of the tiles on every choice of cores, each run by the policy `static`: none of the search's own parts.
class AllOrders {
 public:
  explicit AllOrders(const SmallCase& c) : c_(c), core_(c.graph.groups.size(), kNoId) {}
  [[nodiscard]] Ps least() {
    extend();
    return least_;
  }
  std::uint64_t count = 0;

 private:
  void extend() {
    bool whole = true;
    for (TileId t = 0; t < c_.graph.tiles.size(); ++t) {
      if (contains(t)) continue;
      whole = false;
      const Tile& tile = c_.graph.tiles[t];
      if (tile.slice > 0 ? !contains(t - 1) : !is_free(tile.group)) continue;
      for (std::uint32_t core = 0; core < c_.npu.cores; ++core) {
        if (tile.slice > 0 && core != core_[tile.group]) continue;
        core_[tile.group] = core;
        plan_.actions.push_back({Dispatch{t, core}});
        extend();
        plan_.actions.pop_back();
      }
    }
    if (!whole) return;
    ++count;
    least_ = std::min(least_, replayed(c_, plan_));
  }
  [[nodiscard]] bool contains(TileId t) const {
    return std::ranges::any_of(plan_.actions,
                               [t](const PlannedAction& row) { return std::get<Dispatch>(row.action).tile == t; });
  }
  [[nodiscard]] bool is_free(GroupId g) const {
    return std::ranges::all_of(c_.graph.predecessors(g), [&](GroupId p) {
      return contains(c_.graph.groups[p].first + c_.graph.groups[p].slices - 1);
    });
  }

  const SmallCase& c_;
  std::vector<std::uint32_t> core_;
  ActionPlan plan_;
  Ps least_ = base::kNever;
};

// A random graph of a few tiles on a random machine; empty: it has too many.
std::optional<SmallCase> random_case(std::uint64_t seed, std::size_t most, std::int64_t cores) {
  testing::Random random(seed);
  auto s = testing::random_scenario(random, {.operators = 4, .blocks = 2, .slices = 2, .requests = 2});
  if (s.graph.tiles.size() > most || s.graph.tiles.size() < 3) return std::nullopt;
  s.npu.cores = std::min(s.npu.cores, cores);
  const arch::NpuSpec wide = small_machine(1);
  s.npu.core.sram = wide.core.sram;
  s.npu.dram.simple = {.bytes_per_second = 4'000'000'000, .latency = Ps{20'000}};
  s.schedule.dma_split = seed % 3 == 0 ? s.schedule.dma_split : 1;
  return SmallCase{"seed " + std::to_string(seed), std::move(s.graph), s.npu, arch::machine_limits(s.npu), s.schedule};
}

TEST(Optimum, IsTheLeastOfAllOrders) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const auto c = random_case(seed, 5, 2);
    if (!c) continue;
    AllOrders all(*c);
    const Ps least = all.least();
    const Optimum best = optimum(*c, {.prefetches = false});
    ASSERT_EQ(best.makespan, least) << c->name << ", " << all.count << " orders";
    ASSERT_TRUE(best.proved());
    ASSERT_EQ(replayed(*c, best.plan), least) << c->name;
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

// With prefetches and with waits there are more schedules than a test can write down: the search without bounds and
// symmetries goes through all of them.
TEST(Optimum, PruningLosesNothing) {
  int compared = 0, better_with_waits = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    const auto c = random_case(seed, 5, 2);
    if (!c) continue;
    for (const bool waits : {false, true}) {
      OptimumOptions all{.prefetches = !waits, .waits = waits, .prunes = false, .runs = 400};
      const Optimum exhausted = optimum(*c, all);
      if (exhausted.runs == all.runs) continue;
      all.prunes = true;
      const Optimum best = optimum(*c, all);
      ASSERT_EQ(best.makespan, exhausted.makespan) << c->name << (waits ? ", waits" : ", prefetches");
      ASSERT_TRUE(best.proved());
      ASSERT_EQ(replayed(*c, best.plan), best.makespan) << c->name;
      ++compared;
      if (waits) better_with_waits += best.makespan < optimum(*c, {.prefetches = false}).makespan;
    }
  }
  EXPECT_GT(compared, 20);
  RecordProperty("better_with_waits", better_with_waits);
}

// A bound of a beginning that is above what some completion takes would lose it: seen where the bound of the whole run
// is held against the best schedule, and where a search is given the optimum and must not find less.
TEST(Optimum, LiesBetweenTheBoundsAndThePolicies) {
  for (std::uint64_t seed = 200; seed <= 240; ++seed) {
    const auto c = random_case(seed, 7, 4);
    if (!c) continue;
    const ActionPlan known = best_of_policies(*c);
    const Optimum best = optimum(*c, {.runs = 150}, known);
    ASSERT_GE(best.makespan, lower_bound(c->graph, c->npu, c->limits).time()) << c->name;
    ASSERT_LE(best.bound, best.makespan) << c->name;
    ASSERT_LE(best.makespan, known.makespan) << c->name;
    ASSERT_EQ(replayed(*c, best.plan), best.makespan) << c->name;
  }
}

}  // namespace
}  // namespace tessera::scheduler::tests
