// When the policy is asked (docs/semantics.md 7.1 and 7.22), by hand. Clock 1 ns, dispatch latency 10 cycles; a load of
// b bytes takes 20 ps x b + 1 ns on a channel of its own; computes of 400 cycles, results 30 later, posts of 100 cycles
// from 300 on.
//
// The first tile: decided on from 0 to 10; input and weights, 8192 B each, are there at 10 + 163.84 + 1 = 174.84; it
// computes from 175 to 575, its post works from 475 to 575 and ends with the result at 605; its 4096 B are stored at
// 605 + 81.92 + 1 = 687.92.
#include <gtest/gtest.h>

#include <vector>

#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using enum PolicyEvent;
using Times = std::vector<std::int64_t>;

Scenario layer(std::int64_t groups, std::int64_t slices, std::int64_t queue) {
  Scenario s;
  s.graph = layered_graph(1, groups, slices);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.core.queue = queue;
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  s.schedule.binding = ChannelBinding::statically;
  s.schedule.static_channel = {0, 1, 0};
  return s;
}

// At which times, in ps, a policy that subscribes to `wants` is asked.
Times asked(const Scenario& s, EventSet wants, const std::function<Action(const View&)>& decide) {
  Times times;
  Scripted policy([&](const View& v) {
    times.push_back(v.now().count());
    return decide(v);
  });
  policy.wants = wants;
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  const Outcome o = run_checked(s, policy, machine);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  EXPECT_EQ(o.counts.asked, times.size());
  EXPECT_EQ(o.counts.asked - o.counts.waits, o.counts.dispatches + o.counts.prefetches);
  return times;
}

// One place in the queue: it is free again when the tile starts, which is a mere edge of the clock; the next event is
// the start of its post. The second tile is decided on from 475 to 485, its input of 12288 B is there at 485 + 245.76 +
// 1 = 731.76, and it starts at 732. The first one's store waited on that channel: it ends at 730.76 + 81.92 + 1.
TEST(Asking, ATileThatMeetsACoreWithRoomIsAllThatIsAskedFor) {
  EXPECT_EQ(asked(layer(3, 1, 1), {}, first_legal), (Times{0, 475'000, 813'680}));
}

TEST(Asking, AnIdleSchedulerWithoutRoomIsNoReasonUnlessDecisionsAreSubscribedTo) {
  EXPECT_EQ(asked(layer(3, 1, 1), {decision}, first_legal), (Times{0, 10'000, 475'000, 485'000, 813'680}));
}

// The second slice is ready when the decision on the first has ended. It has a place in the queue when that one starts,
// at 175; the next event is the end of that one.
TEST(Asking, AReadyTileWithoutRoomIsNoReasonUnlessItIsSubscribedTo) {
  EXPECT_EQ(asked(layer(1, 2, 1), {}, first_legal), (Times{0, 575'000}));
  EXPECT_EQ(asked(layer(1, 2, 1), {tile_ready}, first_legal), (Times{0, 10'000, 575'000}));
}

// Takes the first tile, and the second only when the first is stored; between them it waits although it could go on.
Action one_by_one(const View& v) {
  if (v.tiles_left() == 2) return Dispatch{0, 0};
  return v.now() < Ps{687'920} ? Action{Wait{}} : Dispatch{1, 0};
}

TEST(Asking, AfterAWaitWhateverHappensIsNoReasonUnlessItIsSubscribedTo) {
  Scenario s = layer(2, 1, 4);
  s.graph.set_arrivals({Ps{0}, Ps{300'000}});
  const struct {
    EventSet wants;
    Times while_it_waits;
  } rows[] = {
      {{}, {}},
      {{arrival}, {300'000}},
      {{tile_ready}, {}},
      {{transfer_done}, {174'840}},
      {{slot_free}, {575'000}},
      {{unit_idle}, {575'000, 605'000}},
      {{tile_done}, {}},
      {{decision}, {}},
      {{arrival, transfer_done, unit_idle}, {174'840, 300'000, 575'000, 605'000}},
  };
  for (const auto& row : rows) {
    Times expected{0, 10'000};
    expected.insert(expected.end(), row.while_it_waits.begin(), row.while_it_waits.end());
    expected.push_back(687'920);  // nothing is under way: it has to say something
    EXPECT_EQ(asked(s, row.wants, one_by_one), expected) << "events " << row.wants.bits();
  }
}

// With one slot of each kind the core has room again when the first tile has let go of its operands.
TEST(Asking, ACoreThatComesToHaveASlotIsAReason) {
  Scenario s = layer(2, 1, 4);
  s.graph.slots[0] = s.graph.slots[1] = 1;
  EXPECT_EQ(asked(s, {}, one_by_one), (Times{0, 575'000, 687'920}));
}

TEST(Asking, AWaitIsTheAnswerToAllSchedulersThatAreIdle) {
  Scenario s = layer(2, 1, 4);
  s.npu.scheduler.count = 3;
  EXPECT_EQ(asked(s, {}, one_by_one), (Times{0, 0, 687'920}));
}

TEST(Asking, SubscriptionsAreReadAfterEveryAnswer) {
  Scenario s = layer(2, 1, 4);
  Times times;
  Scripted policy([&](const View& v) {
    times.push_back(v.now().count());
    policy.wants = times.size() == 2 ? EventSet{transfer_done} : EventSet{};
    return one_by_one(v);
  });
  policy.wants = {};
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  EXPECT_EQ(run_checked(s, policy, machine).state, RunState::done);
  EXPECT_EQ(times, (Times{0, 10'000, 174'840, 687'920}));
}

TEST(Asking, BitsThatStandForNoEventAreLeftOut) {
  EXPECT_EQ(EventSet::all().bits(), 0x7FU);
  EXPECT_EQ(EventSet::of_bits(0x81).bits(), 0x01U);
  EXPECT_TRUE((EventSet{decision}.has(decision)));
  EXPECT_FALSE((EventSet{decision}.has(arrival)));
}

}  // namespace
}  // namespace tessera::scheduler::testing
