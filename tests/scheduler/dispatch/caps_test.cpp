// Caps of DMA channels that a policy sets (docs/semantics.md 7.27 to 7.29): when one is legal, when it counts, in runs
// small enough to work out by hand, and an adversary that sets them at random. Clock 1 ns, dispatch latency 10 cycles;
// a load of b bytes takes 20 ps x b + 1 ns on its channel, 82.92 ns for the 4096 B of an input, 164.84 for the 8192 B
// of weights; at a cap of r B/cycle b / r + 1 ns. What a cap does to packets is worked out in tests/arch/engine.
#include <gtest/gtest.h>

#include <algorithm>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/capping_policy.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::ByteRate;
using base::Ps;
using trace::Name;

// Slices of one group, which read one input and have weights of their own; one core, two channels without caps.
Scenario layer(std::int64_t slices, std::int64_t latency = 10) {
  Scenario s;
  s.graph = layered_graph(1, 1, slices);
  s.npu.cores = 1;
  s.npu.core_clock = s.npu.interconnect_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{latency};
  s.npu.dma.channels.resize(2);
  return s;
}

Outcome run(const Scenario& s, Policy& policy) {
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  Outcome o = run_checked(s, policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  return o;
}
Outcome run(const Scenario& s, const std::function<Action(const View&)>& decide) {
  Scripted policy(decide);
  return run(s, policy);
}

std::vector<trace::Collector::Item> of(const Outcome& o, Name name) {
  std::vector<trace::Collector::Item> found;
  for (const auto& i : o.records)
    if (i.record.name == name) found.push_back(i);
  return found;
}

// Set from 0 to 10; the weights of tile 0 go over the channel from 20 on, 8192 B at 8 B/cycle.
TEST(Caps, CountFromTheEndOfTheirDecision) {
  int asked = 0;
  const Outcome o = run(layer(1), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: EXPECT_EQ(v.cap(1), ByteRate{}); return Cap{1, 8};
      case 2:
        EXPECT_EQ(v.now(), Ps{10'000});
        EXPECT_EQ(v.cap(1), ByteRate{8});
        EXPECT_EQ(v.cap(0), ByteRate{});
        return Dispatch{0, 0, {0, 1}};
      default: return Wait{};
    }
  });
  EXPECT_EQ(o.counts.caps, 1U);
  const auto caps = of(o, Name::cap);
  ASSERT_EQ(caps.size(), 1U);
  EXPECT_EQ(caps[0].record.start, Ps{0});
  EXPECT_EQ(caps[0].record.end, Ps{10'000});
  EXPECT_EQ(caps[0].record.channel(), 1);
  EXPECT_EQ(caps[0].record.rate(), 8000);
  const auto decisions = of(o, Name::decision);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_EQ(decisions[0].record.cause, caps[0].id) << "the scheduler was busy with the cap";
  EXPECT_EQ(decisions[0].record.link, trace::Link::scheduler);
  const auto loads = of(o, Name::load);
  ASSERT_EQ(loads.size(), 2U);
  EXPECT_EQ(loads[0].record.end, Ps{20'000 + 81'920 + 1000});
  EXPECT_EQ(loads[1].record.end, Ps{20'000 + 1'024'000 + 1000});
}

// All is dispatched at 20, and the policy is asked on: it lifts the cap from 20 to 30. The packet of 256 B that began
// at 20 takes its 32 ns; the 31 that follow go at 20 ps a byte.
TEST(Caps, ThePolicyIsAskedUntilItHasLiftedThem) {
  int asked = 0;
  const Outcome o = run(layer(1), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Cap{1, 8};
      case 2: return Dispatch{0, 0, {0, 1}};
      case 3:
        EXPECT_EQ(v.now(), Ps{20'000});
        EXPECT_EQ(v.tiles_left(), 0U);
        return Cap{1, {}};
      default: ADD_FAILURE() << "asked at " << v.now().count(); return Wait{};
    }
  });
  EXPECT_EQ(of(o, Name::load)[1].record.end, Ps{20'000 + 32'000 + 31 * 256 * 20 + 1000});
  EXPECT_EQ(o.counts.caps, 2U);
}

TEST(Caps, AreRefusedWithTheirReason) {
  Scenario s = layer(3);
  s.npu.dma.channels[0].bytes_per_cycle = ByteRate::of_thousandths(13'600);
  s.npu.dma.max_packet = base::Bytes{256};
  int asked = 0;
  run(s, [&](const View& v) -> Action {
    const auto check = [&v](std::uint32_t channel, std::int64_t thousandths) {
      return v.check(Cap{channel, ByteRate::of_thousandths(thousandths)});
    };
    switch (++asked) {
      case 1:
        EXPECT_EQ(check(2, 1000), Illegal::unknown_channel);
        EXPECT_EQ(check(0, -1), Illegal::rate_too_low);
        EXPECT_EQ(check(0, 3), Illegal::rate_too_low) << "256 B would take 85,334 cycles";
        EXPECT_EQ(check(0, 4), Illegal::none) << "64,000 cycles";
        EXPECT_EQ(check(0, 13'600), Illegal::none);
        EXPECT_EQ(check(0, 13'601), Illegal::rate_too_high) << "the machine's own cap";
        EXPECT_EQ(check(1, std::int64_t{1000} << 20), Illegal::none);
        EXPECT_EQ(check(1, (std::int64_t{1000} << 20) + 1), Illegal::rate_too_high);
        EXPECT_EQ(check(0, 0), Illegal::none) << "there is nothing to lift, and no harm in it";
        return Cap{0, 4};
      case 2:
        EXPECT_EQ(check(0, 0), Illegal::capped_before);
        EXPECT_EQ(check(1, 1000), Illegal::none) << "of another channel";
        return Dispatch{0, 0, {1, 1}};
      case 3: EXPECT_EQ(check(0, 0), Illegal::none) << "a tile was dispatched"; return Cap{0, {}};
      case 4: EXPECT_EQ(check(0, 1000), Illegal::capped_before); return Wait{v.now() + Ps{1}};
      case 5: EXPECT_EQ(check(0, 1000), Illegal::none) << "a sleep ended"; return first_legal(v);
      default: return first_legal(v);
    }
  });
  EXPECT_GT(asked, 5);
}

// Without a latency the two are set at one time, in the order of the answers; a second time needs an event.
TEST(Caps, OfOneTimeTheLastCounts) {
  int asked = 0;
  Scenario s = layer(1, 0);
  s.npu.scheduler.count = 2;
  const Outcome o = run(s, [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Cap{1, 8};
      case 2: EXPECT_EQ(v.check(Cap{1, 16}), Illegal::capped_before); return Dispatch{0, 0, {0, 1}};
      case 3: EXPECT_EQ(v.now(), Ps{0}); return Cap{1, 16};
      default: return Wait{};
    }
  });
  EXPECT_EQ(of(o, Name::load)[1].record.end, Ps{512'000 + 1000});
}

// Loads for which no channel is named, and stores, go where no cap holds them; named ones go where they are sent.
TEST(Caps, WhatIsNotNamedGoesToAChannelThatIsNotHeld) {
  int asked = 0;
  const Outcome o = run(layer(2), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Cap{0, 8};
      case 2: return Dispatch{0, 0};
      case 3: return Dispatch{1, 0, {0, 0}};
      default: EXPECT_EQ(v.tiles_left(), 0U); return Wait{};
    }
  });
  for (const auto& i : of(o, Name::load)) EXPECT_EQ(i.record.channel(), i.record.tile == 0 ? 1 : 0);
  for (const auto& i : of(o, Name::store)) EXPECT_EQ(i.record.channel(), 1);
}

// Every tile runs once, all identities hold, and the run ends; caps are bounded by what happens in it.
TEST(RandomRuns, CappingWheneverItIsLegalEnds) {
  std::uint64_t caps = 0;
  for (std::uint64_t seed = 1; seed <= random_runs(1000); ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
    const MachineShape machine = random_machine(random);
    Capping policy(seed, seed % 3 == 0 ? 100 : seed % 3 == 1 ? 30 : 5);
    const Outcome o = run_checked(setup, policy, machine, true);
    ASSERT_TRUE(!o.stopped && o.state == RunState::done && o.problems.empty()) << "seed " << seed << "\n" << report(o);
    ASSERT_LE(o.counts.caps, setup.npu.dma.channels.size() * (o.records.size() + o.counts.waits)) << "seed " << seed;
    caps += o.counts.caps;
    if (seed > 100) continue;
    Capping same(seed, seed % 3 == 0 ? 100 : seed % 3 == 1 ? 30 : 5);
    ASSERT_TRUE(same_records(o, run_checked(setup, same, machine, true))) << "seed " << seed;
  }
  EXPECT_GT(caps, 5 * random_runs(1000)) << "the adversary does something";
}

// A plan of such a run leads to that run again.
TEST(ActionTables, RepeatRunsThatSetCaps) {
  std::uint64_t caps = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
    const MachineShape machine = random_machine(random);
    Capping policy(seed, 30);
    ActionLog log;
    const Outcome first = run_checked(setup, policy, machine, true, &log);
    ASSERT_EQ(first.state, RunState::done) << first.failure;
    PolicySpec spec{.name = "static"};
    spec.plan = std::make_shared<const ActionPlan>(log.plan());
    const Outcome again = run_checked(setup, *make_policy(spec), machine, true);
    ASSERT_EQ(again.state, RunState::done) << "seed " << seed << "\n" << again.failure;
    ASSERT_EQ(again.makespan, first.makespan) << "seed " << seed;
    ASSERT_EQ(again.records.size(), first.records.size()) << "seed " << seed;
    ASSERT_EQ(again.counts.caps, first.counts.caps) << "seed " << seed;
    caps += again.counts.caps;
  }
  EXPECT_GT(caps, 300U);
}

// With waits left out a cap that is set again before anything happens is passed over.
TEST(ActionTables, WithoutWaitsOfTwoCapsTheLastCounts) {
  const Scenario s = layer(1);
  PolicySpec spec{.name = "static"};
  spec.options["table_waits"] = std::int64_t{0};
  auto plan = std::make_shared<ActionPlan>();
  for (const Action& a :
       {Action{Cap{1, 4}}, Action{Wait{Ps{900'000}}}, Action{Cap{1, 8}}, Action{Dispatch{0, 0, {0, 1}}}})
    plan->actions.push_back({a});
  spec.plan = plan;
  const auto policy = make_policy(spec);
  const Outcome o = run(s, *policy);
  EXPECT_EQ(o.counts.caps, 1U);
  EXPECT_EQ(of(o, Name::load)[1].record.end, Ps{20'000 + 1'024'000 + 1000});
}

// --- depth_first with scheduler.best_effort_rate -------------------------------------------------------------------

// Every other request has a deadline. What is loaded for it goes over the lower half of the channels, everything else
// over the upper half, which is held while such a request is in flight, and only then. Meanwhile its tiles go to the
// lower half of the cores, later slices apart, and others to the upper one.
TEST(Regulated, HoldsBackWhatHasNoDeadlineWhileOneIsInFlight) {
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    Scenario s = random_scenario(random, {.requests = 4});
    s.schedule.binding = ChannelBinding::dynamically;
    s.npu.cores = std::max<std::int64_t>(2, s.npu.cores);
    s.npu.dma.channels.assign(2 + seed % 3, {});
    for (std::size_t r = 1; r < s.graph.requests.size(); r += 2) s.graph.requests[r].deadline = Ps{1};
    PolicySpec spec{.name = "depth_first"};
    spec.options["best_effort_rate"] = std::int64_t{500};
    const auto policy = make_policy(spec);
    const Outcome o = run_checked(s, *policy, random_machine(random), true);
    ASSERT_TRUE(!o.stopped && o.state == RunState::done && o.problems.empty()) << "seed " << seed << "\n" << report(o);
    const std::size_t channels = s.npu.dma.channels.size(), first = channels / 2;
    for (const auto& i : of(o, Name::load)) {
      ASSERT_EQ(i.record.channel() < first, i.record.request % 2 == 1) << "seed " << seed;
    }
    const auto requests = of(o, Name::request);
    const auto urgent_at = [&requests](Ps at) {
      return std::ranges::any_of(requests, [at](const auto& r) {
        return r.record.request % 2 == 1 && r.record.start <= at && at < r.record.end;
      });
    };
    for (const auto& i : of(o, Name::decision)) {
      if (!urgent_at(i.record.start) || s.graph.tiles[i.record.tile].slice != 0) continue;
      ASSERT_EQ(i.record.core() < s.npu.cores / 2, i.record.request % 2 == 1) << "seed " << seed;
    }
    for (const auto& i : of(o, Name::cap)) {
      const Ps at = i.record.start;
      const bool in_flight = urgent_at(at);
      ASSERT_EQ(i.record.rate(), in_flight ? 500 / static_cast<std::int64_t>(channels - first) : 0) << "seed " << seed;
      ASSERT_GE(i.record.channel(), first);
      held += in_flight ? 1 : 0;
    }
  }
  EXPECT_GT(held, 100);
}

TEST(Regulated, NeedsTwoChannelsAndARateThatIsOne) {
  const auto failure = [](std::size_t channels, std::int64_t thousandths, std::int64_t cores = 2) {
    Scenario s = layer(1);
    s.npu.cores = cores;
    s.npu.dma.channels.resize(channels);
    PolicySpec spec{.name = "depth_first"};
    spec.options["best_effort_rate"] = thousandths;
    const auto policy = make_policy(spec);
    return run_checked(s, *policy, {}).failure;
  };
  EXPECT_NE(failure(1, 8000).find("two cores and two DMA channels"), std::string::npos) << failure(1, 8000);
  EXPECT_NE(failure(2, 8000, 1).find("two cores and two DMA channels"), std::string::npos) << failure(2, 8000, 1);
  EXPECT_NE(failure(2, 1).find("a cap of one is 4 at least"), std::string::npos) << failure(2, 1);
  EXPECT_EQ(failure(2, 4), "");
}

}  // namespace
}  // namespace tessera::scheduler::testing
