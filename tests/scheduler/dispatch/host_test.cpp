// Tasks of the host in runs small enough to work out by hand. The machine is that of stalls_test.cpp: clock 1 ns, a
// transfer of b bytes takes 20 ps x b + 1 ns (4096 B: 82.92 ns), dispatch latency 10 cycles, computes of 400 cycles
// (result 30 later), posts of 100; inputs and results on channel 0, weights on 1.
#include <gtest/gtest.h>

#include "scheduler/bounds/lower_bound.h"
#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Link;
using trace::Name;
using trace::Record;

Scenario chain(std::int64_t operators, std::int64_t blocks = 1) {
  Scenario s;
  s.graph = layered_graph(operators, blocks, 1);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  s.schedule.binding = ChannelBinding::statically;
  s.schedule.static_channel = {0, 1, 0};
  return s;
}

void move_by_dma(TileGraph& graph, TileId t) {
  Tile& tile = graph.tiles[t];
  tile.kind = TileKind::movement;
  tile.weight = tile.work = kNoId;
  tile.vector_cycles = base::Cycles{0};
}

// Tiles in ascending order.
void run_on_host(TileGraph& graph, TileId t, std::int64_t ns) {
  Tile& tile = graph.tiles[t];
  graph.host_tasks.push_back({t, Ps{ns * 1000}, {tile.input}, {}});
  tile.kind = TileKind::host;
  tile.input = tile.weight = tile.work = kNoId;
  tile.vector_cycles = base::Cycles{0};
}

Outcome run(const Scenario& s, const char* policy_name = "breadth_first") {
  PolicySpec spec;
  spec.name = policy_name;
  const auto policy = make_policy(spec);
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  Outcome o = run_checked(s, *policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure << o.wait_chain;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  return o;
}

std::vector<Record> named(const Outcome& o, Name name) {
  std::vector<Record> found;
  for (const auto& i : o.records)
    if (i.record.name == name) found.push_back(i.record);
  return found;
}

// The first operator is stored at 687.92 (Stalls.OneTileFromItsDecisionToTheEndOfTheRun). Its copy to the host is
// decided on from there to the edge 688 + 10, loaded until 698 + 82.92 = 780.92 and stored until 863.84. Then the host
// works for 100. Copy back: 964 + 10, loaded until 1056.92, stored until 1139.84. The last operator: 1140 + 10, weights
// of 8192 B until 1314.84, the array from 1315 on, its post until the result at 1745, stored until 1827.92.
TEST(HostTask, BetweenTwoCopiesByHand) {
  Scenario s = chain(5);
  move_by_dma(s.graph, 1);
  run_on_host(s.graph, 2, 100);
  move_by_dma(s.graph, 3);
  const Outcome o = run(s);
  const auto tasks = named(o, Name::host_task);
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].start, Ps{863'840});
  EXPECT_EQ(tasks[0].end, Ps{963'840});
  EXPECT_EQ(tasks[0].link, Link::dependence);
  EXPECT_EQ(tasks[0].tile, 2U);
  EXPECT_EQ(o.makespan, Ps{1'827'920});
  EXPECT_EQ(o.counts.dispatches, 4U);  // none for the host
  // While the host works the array waits for what it makes.
  bool waits = false;
  for (const Record& r : named(o, Name::stall))
    waits = waits || (r.reason() == trace::Reason::dependence && r.start <= Ps{863'840} && r.end >= Ps{963'840});
  EXPECT_TRUE(waits);
}

// Two tasks that are ready when the request arrives: in the order of their tiles, the second behind the first. A
// network of such tasks alone needs no decision, and ends with the last of them.
TEST(HostTask, OneAfterTheOther) {
  Scenario s = chain(1, 2);
  run_on_host(s.graph, 0, 30);
  run_on_host(s.graph, 1, 50);
  const Outcome o = run(s);
  const auto tasks = named(o, Name::host_task);
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_EQ(tasks[0].tile, 0U);
  EXPECT_EQ(tasks[0].end, Ps{30'000});
  EXPECT_EQ(tasks[1].start, Ps{30'000});
  EXPECT_EQ(tasks[1].end, Ps{80'000});
  EXPECT_EQ(tasks[1].link, Link::host);
  EXPECT_EQ(o.makespan, Ps{80'000});
  EXPECT_EQ(o.counts.dispatches, 0U);
}

TEST(HostTask, TakesNoTimeWhereItsTimeIsNone) {
  Scenario s = chain(2);
  run_on_host(s.graph, 1, 0);
  const Outcome o = run(s);
  EXPECT_EQ(o.makespan, Ps{687'920});
}

// The path through the host: 687.92 of the first operator without contention is less; at least both of its parts. The
// term of the host: both tasks one after the other, from when the first can be ready.
TEST(HostTask, IsInTheLowerBound) {
  Scenario s = chain(1, 2);
  run_on_host(s.graph, 0, 30);
  run_on_host(s.graph, 1, 50);
  const LowerBound alone = lower_bound(s.graph, s.npu, arch::machine_limits(s.npu));
  EXPECT_EQ(alone[BoundTerm::host], Ps{80'000});
  EXPECT_EQ(alone[BoundTerm::path], Ps{50'000});
  EXPECT_EQ(alone[BoundTerm::scheduler], Ps{0});
  EXPECT_EQ(alone.traffic.core_write, 0);
  Scenario behind = chain(2);
  const Ps without = lower_bound(chain(1).graph, behind.npu, arch::machine_limits(behind.npu))[BoundTerm::path];
  run_on_host(behind.graph, 1, 100);
  const LowerBound bound = lower_bound(behind.graph, behind.npu, arch::machine_limits(behind.npu));
  EXPECT_EQ(bound[BoundTerm::path], without + Ps{100'000});
  EXPECT_EQ(bound[BoundTerm::host], without + Ps{100'000});
}

}  // namespace
}  // namespace tessera::scheduler::testing
