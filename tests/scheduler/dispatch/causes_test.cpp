// What records name as their causes, and what goes to the machine, in runs small enough to work out by hand. Clock 1
// ns, dispatch latency 10 cycles; a load of b bytes takes 20 ps x b + 1 ns; computes of 400 cycles.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "arch/limits/machine_limits.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Link;
using trace::Name;
using Items = std::vector<trace::Collector::Item>;

Scenario layer(std::int64_t groups, std::int64_t slices) {
  Scenario s;
  s.graph = layered_graph(1, groups, slices);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  return s;
}

Outcome outcome(const Scenario& s, const std::function<Action(const View&)>& decide) {
  Scripted policy(decide);
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  Outcome o = run_checked(s, policy, machine, true);
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  return o;
}

trace::Collector::Item decision_of(const Items& records, TileId tile) {
  const auto found = std::find_if(records.begin(), records.end(), [&](const auto& i) {
    return i.record.name == Name::decision && i.record.tile == tile;
  });
  return found == records.end() ? trace::Collector::Item{} : *found;
}

trace::Record cause_of(const Items& records, const trace::Record& r) {
  const auto found = std::find_if(records.begin(), records.end(), [&](const auto& i) { return i.id == r.cause; });
  return found == records.end() ? trace::Record{} : found->record;
}

TEST(CausesOfDecisions, ABarrierIsNamedAsOne) {
  Scenario s = layer(2, 1);
  s.graph.control_rows = s.graph.predecessor_rows = {0, 0, 1};
  s.graph.control_ids = s.graph.predecessor_ids = {0};
  s.graph.successor_rows = {0, 1, 1};
  s.graph.successor_ids = {1};
  const Items records = outcome(s, first_legal).records;
  const trace::Record second = decision_of(records, 1).record;
  EXPECT_EQ(second.link, Link::barrier);
  EXPECT_EQ(cause_of(records, second).name, Name::store);
}

// One place in the array's queue: it is free when the first tile starts, at 175, and that has waited for its weights.
// Somebody asks at the next event, the start of the post at 475.
TEST(CausesOfDecisions, APlaceInTheQueueComesWithTheStartBefore) {
  Scenario s = layer(2, 1);
  s.npu.core.queue = 1;
  s.schedule.binding = ChannelBinding::statically;
  s.schedule.static_channel = {1, 0, 0};
  Block& input = s.graph.blocks[s.graph.tiles[0].input];
  input.bytes = input.useful_bytes = input.where.run_bytes = 4096;
  const Items records = outcome(s, first_legal).records;
  const trace::Record second = decision_of(records, 1).record;
  EXPECT_EQ(second.start, Ps{475'000});
  EXPECT_EQ(second.link, Link::queue);
  ASSERT_EQ(cause_of(records, second).name, Name::load);
  EXPECT_EQ(cause_of(records, second).operand(), trace::Operand::weight);
}

// One output slot: the group of the first two slices is closed by the decision on the second, at 10, which the decision
// on the first has made possible. The other scheduler, idle until then, takes the next group.
TEST(CausesOfDecisions, AClosedGroupMakesRoom) {
  Scenario s = layer(2, 2);
  s.npu.scheduler.count = 2;
  s.graph.slots[2] = 1;
  const Items records = outcome(s, first_legal).records;
  const trace::Record next = decision_of(records, 2).record;
  EXPECT_EQ(next.start, Ps{10'000});
  EXPECT_EQ(next.link, Link::operand_slot);
  EXPECT_EQ(next.cause, decision_of(records, 0).id);
}

// Both tiles have the same input. The only slot is released at 575, but the second tile has no need of that: what it
// needs has been chosen at 0, and the scheduler has been free since 10.
TEST(CausesOfDecisions, AHitNeedsNoFreeSlot) {
  Scenario s = layer(2, 1);
  s.graph.slots[0] = 1;
  bool first = true;
  const Items records = outcome(s, [&](const View& v) -> Action {
                          if (std::exchange(first, false)) return Dispatch{0, 0};
                          return v.now() < Ps{600'000} ? Action{Wait{Ps{600'000}}} : first_legal(v);
                        }).records;
  const trace::Record second = decision_of(records, 1).record;
  EXPECT_EQ(second.start, Ps{600'000});
  EXPECT_EQ(second.link, Link::scheduler);
  EXPECT_EQ(second.cause, decision_of(records, 0).id);
}

TEST(Requests, EndWithTheirLastResult) {
  Ps last_store{0};
  std::vector<std::pair<Ps, Ps>> requests;
  for (const auto& i : outcome(layer(3, 1), first_legal).records) {
    if (i.record.name == Name::store) last_store = std::max(last_store, i.record.end);
    if (i.record.name == Name::request) requests.emplace_back(i.record.start, i.record.end);
  }
  EXPECT_EQ(requests, (std::vector<std::pair<Ps, Ps>>{{Ps{0}, last_store}}));
}

// A Dispatch takes the one weight slot from a prefetch whose load is queued. When the first slice has been computed
// nothing is under way any more, and who waits then waits for ever.
TEST(Waits, ACancelledPrefetchIsNoReasonToWait) {
  Scenario s = layer(1, 3);
  s.graph.slots[1] = 1;
  int asked = 0;
  const Outcome o = outcome(s, [&](const View&) -> Action {
    ++asked;
    if (asked == 1) return Prefetch{1, 1, 0};
    if (asked == 2) return Dispatch{0, 0};
    return Wait{};
  });
  EXPECT_EQ(o.counts.prefetches_evicted, 1U);
  EXPECT_EQ(o.state, RunState::failed);
  EXPECT_NE(o.failure.find("nothing in flight"), std::string::npos) << o.failure;
}

// Takes everything, answers nothing, and remembers what was submitted as a prefetch and what became demand.
class NotingMachine : public Machine {
 public:
  void start_compute(std::uint32_t, TileId, Ps, const OperandSlots&) override {}
  void start_vector(std::uint32_t, TileId, Ps, base::Cycles) override {}
  void submit(const arch::TransferRequest& r) override {
    if (r.cls == arch::TransferClass::prefetch) prefetches.push_back(r.id);
  }
  void promote(std::uint32_t transfer) override { promoted.push_back(transfer); }
  void cancel(std::uint32_t) override {}
  void set_rate(std::uint32_t, base::ByteRate) override {}
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t) const override { return 0; }
  std::vector<std::uint32_t> prefetches, promoted;
};

TEST(Prefetches, BecomeDemandInAllTheirParts) {
  Scenario s = layer(1, 1);
  s.schedule.dma_split = 3;
  const trace::Lanes lanes({.cores = 1, .schedulers = 1, .channels = 2});
  trace::Sink sink;
  bool prefetched = false;
  Scripted policy([&](const View& v) -> Action {
    if (v.now() < Ps{20'000} && prefetched) return Wait{Ps{20'000}};
    if (prefetched) return first_legal(v);
    prefetched = true;
    return Prefetch{0, 1, 0};
  });
  NotingMachine machine;
  Dispatcher dispatcher(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule, lanes, policy, machine, sink);
  for (Ps at = dispatcher.next(); at != base::kNever; at = dispatcher.next()) dispatcher.settle(at);
  EXPECT_EQ(machine.prefetches.size(), 3U);
  EXPECT_EQ(machine.promoted, machine.prefetches);
}

}  // namespace
}  // namespace tessera::scheduler::testing
