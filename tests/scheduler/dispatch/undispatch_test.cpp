// Undispatch (docs/semantics.md 7.23 to 7.26): when it is legal and what it leaves, in runs small enough to work out by
// hand, and an adversary that takes back at random. Clock 1 ns, dispatch latency 10 cycles; a load of b bytes takes 20
// ps x b + 1 ns on its channel, here 164.84 ns for the 8192 B of an input or of weights; computes of 400 cycles.
#include <gtest/gtest.h>

#include <algorithm>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"
#include "tests/scheduler/support/taking_back_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Name;

// Tiles that all read one input; slices of a group have weights of their own.
Scenario layer(std::int64_t groups, std::int64_t slices, std::int64_t cores = 1, std::int64_t latency = 10) {
  Scenario s;
  s.graph = layered_graph(1, groups, slices);
  s.npu.cores = cores;
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{latency};
  s.npu.dma.channels.resize(2);
  for (Tile& t : s.graph.tiles) t.input = s.graph.tiles[0].input;
  return s;
}

Outcome run(const Scenario& s, const std::function<Action(const View&)>& decide) {
  Scripted policy(decide);
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  Outcome o = run_checked(s, policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  return o;
}

std::vector<trace::Record> of_tile(const Outcome& o, Name name, TileId tile) {
  std::vector<trace::Record> found;
  for (const auto& i : o.records)
    if (i.record.name == name && i.record.tile == tile) found.push_back(i.record);
  return found;
}

// Decided on at 0, taken back from 10 to 20, before its loads are on their way; decided on again from 20 to 30, for the
// other core, where its operands are at 30 + 164.84.
TEST(Undispatch, LeavesNothingBehind) {
  int asked = 0;
  const Outcome o = run(layer(2, 1, 2), [&](const View& v) -> Action {
    switch (++asked) {
      case 1:
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::not_dispatched);
        EXPECT_EQ(v.check(Undispatch{99}), Illegal::unknown_tile);
        return Dispatch{0, 0};
      case 2:
        EXPECT_EQ(v.now(), Ps{10'000});
        EXPECT_EQ(v.queued_tile(0, CoreUnit::pe_array, 0), 0U);
        EXPECT_EQ(v.queued_tile(0, CoreUnit::pe_array, 1), kNoId);
        EXPECT_EQ(v.free_output_slots(0), 1U);
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::none);
        return Undispatch{0};
      case 3:
        EXPECT_EQ(v.now(), Ps{20'000});
        EXPECT_EQ(v.tiles_left(), 2U);
        EXPECT_EQ(v.queued(0, CoreUnit::pe_array), 0U);
        EXPECT_EQ(v.busy_until(0, CoreUnit::pe_array), v.now());
        EXPECT_EQ(v.free_output_slots(0), 2U);
        EXPECT_EQ(v.evictable_slots(0, 0) + v.evictable_slots(0, 1), 4U);
        EXPECT_EQ(v.residency(v.graph().tiles[0].input, 0, 0), Residency::absent);
        EXPECT_TRUE(v.ready(0));
        return Dispatch{0, 1};
      case 4:
        EXPECT_EQ(v.now(), Ps{30'000});
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::taken_back_before) << "no result since";
        return first_legal(v);
      default: return first_legal(v);
    }
  });
  EXPECT_EQ(o.counts.undispatches, 1U);
  EXPECT_EQ(o.counts.dispatches, 3U);
  const auto back = of_tile(o, Name::undispatch, 0);
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].start, Ps{10'000});
  EXPECT_EQ(back[0].end, Ps{20'000});
  EXPECT_EQ(back[0].core(), 0);
  ASSERT_EQ(of_tile(o, Name::decision, 0).size(), 2U);
  for (const auto& load : of_tile(o, Name::load, 0)) EXPECT_EQ(load.start, Ps{30'000});
  const auto compute = of_tile(o, Name::compute, 0);
  ASSERT_EQ(compute.size(), 1U);
  EXPECT_EQ(compute[0].start, Ps{195'000}) << "the first edge from 194.84 on";
  // Operand bytes are those of what ran: both tiles have both operands, on two cores or on one.
  EXPECT_EQ(o.counts.loaded_bytes + o.counts.reused_bytes, 4 * 8192);
}

// Without latency all is decided at 0, and nothing is sent for before the policy has answered.
TEST(Undispatch, ALoadThatOthersWaitForIsNotTakenBack) {
  int asked = 0;
  const Outcome o = run(layer(3, 1, 1, 0), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Dispatch{0, 0};
      case 2: return Dispatch{1, 0};
      case 3:
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::load_shared);
        EXPECT_EQ(v.check(Undispatch{1}), Illegal::none);
        return Undispatch{1};
      case 4:
        EXPECT_EQ(v.now(), Ps{0});
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::none);
        return Undispatch{0};
      case 5: EXPECT_EQ(v.queued(0, CoreUnit::pe_array), 0U); return first_legal(v);
      default: return first_legal(v);
    }
  });
  EXPECT_EQ(o.counts.undispatches, 2U);
  EXPECT_EQ(o.counts.loads, 2U) << "input and weights once: nothing was sent for those that were taken back";
}

// With a second tile to decide on, the policy is asked while the first is loaded for, and while it runs.
TEST(Undispatch, WhatHasBegunIsNotTakenBack) {
  bool loading = false, running = false, done = false;
  run(layer(4, 1), [&](const View& v) -> Action {
    if (v.now() == Ps{0}) return first_legal(v);
    const Illegal why = v.check(Undispatch{0});
    if (v.now() > Ps{10'000}) {
      EXPECT_EQ(why, Illegal::started);
    }
    loading |= v.now() > Ps{10'000} && v.now() < Ps{174'000};
    running |= v.now() > Ps{175'000} && v.now() < Ps{575'000};
    done |= v.now() > Ps{700'000};
    if (v.now() < Ps{700'000}) return Wait{v.now() + Ps{100'000}};
    return first_legal(v);
  });
  EXPECT_TRUE(loading && running && done);
}

TEST(Undispatch, AGroupGoesBackAsAWhole) {
  int asked = 0;
  const Outcome o = run(layer(1, 3, 2, 0), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Dispatch{0, 0};
      case 2: return Dispatch{1, 0};
      case 3:
        EXPECT_EQ(v.open_groups(0), 1U);
        EXPECT_TRUE(v.ready(2));
        EXPECT_EQ(v.check(Undispatch{1}), Illegal::not_first_slice);
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::none);
        return Undispatch{0};
      case 4:
        EXPECT_EQ(v.open_groups(0), 0U);
        EXPECT_EQ(v.tiles_left(), 3U);
        EXPECT_TRUE(v.continuations(0).empty());
        EXPECT_EQ(v.check(Dispatch{1, 0}), Illegal::not_ready);
        EXPECT_EQ(v.check(Dispatch{2, 0}), Illegal::not_ready);
        EXPECT_EQ(v.check(Dispatch{0, 1}), Illegal::none);
        return Dispatch{0, 1};
      default: return first_legal(v);
    }
  });
  for (TileId t = 0; t < 3; ++t) EXPECT_EQ(of_tile(o, Name::decision, t).size(), t == 2 ? 1U : 2U) << t;
}

// Of two schedulers the second is asked while the first decides on the tile, or on taking it back.
TEST(Undispatch, NotWhileADecisionOnItIsUnderWay) {
  Scenario s = layer(2, 1);
  s.npu.scheduler.count = 2;
  int asked = 0;
  run(s, [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Dispatch{0, 0};
      case 2:
        EXPECT_EQ(v.now(), Ps{0});
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::under_decision);
        return Wait{};
      case 3: EXPECT_EQ(v.now(), Ps{10'000}); return Undispatch{0};
      case 4:
        EXPECT_EQ(v.check(Undispatch{0}), Illegal::under_decision);
        EXPECT_EQ(v.check(Dispatch{0, 0}), Illegal::under_decision);
        return Wait{};
      default: return first_legal(v);
    }
  });
  EXPECT_GT(asked, 4);
}

// Three tiles wait for what the first of them loads, and a fourth is left, so that the policy is asked. The second goes
// back: the third starts when the first has ended, and the second behind it.
TEST(Undispatch, WhatStandsBehindGoesOn) {
  int asked = 0;
  const Outcome o = run(layer(4, 1), [&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Dispatch{0, 0};
      case 2: return Dispatch{1, 0};
      case 3: return Dispatch{2, 0};
      case 4:
        EXPECT_EQ(v.now(), Ps{30'000});
        EXPECT_EQ(v.check(Undispatch{1}), Illegal::none) << "it waits for what tile 0 loads";
        return Undispatch{1};
      default: return first_legal(v);
    }
  });
  // Tile 0 from 175 to 575, then tile 2, then tile 1, which is decided on from 40 on.
  EXPECT_EQ(of_tile(o, Name::compute, 2)[0].start, of_tile(o, Name::compute, 0)[0].end);
  EXPECT_EQ(of_tile(o, Name::compute, 1)[0].start, of_tile(o, Name::compute, 2)[0].end);
  ASSERT_EQ(of_tile(o, Name::decision, 1).size(), 2U);
  EXPECT_EQ(of_tile(o, Name::decision, 1)[1].start, Ps{40'000});
}

// Tiles 0 and 1 are all that read the two buffers. When tile 1 finds them in their slots, they are read for the last
// time.
TEST(Undispatch, NotAfterTheLastUseOfAnOperand) {
  Scenario s = layer(3, 1);
  s.npu.shared_sram.capacity = base::Bytes{1 << 20};
  const Tile& first = s.graph.tiles[0];
  s.graph.buffers = {{0, 8192, 2}, {8192, 16'384, 2}, {16'384, 24'576, 2}, {24'576, 32'768, 0}};
  for (Block& b : s.graph.blocks) b.buffer = 3;
  s.graph.blocks[first.input].buffer = 0;
  s.graph.blocks[first.weight].buffer = 1;
  // Tile 2 reads copies of the same in a buffer of their own.
  for (BlockId* operand : {&s.graph.tiles[2].input, &s.graph.tiles[2].weight}) {
    Block copy = s.graph.blocks[*operand];
    copy.buffer = 2;
    copy.root += 1000;
    *operand = static_cast<BlockId>(s.graph.blocks.size());
    s.graph.blocks.push_back(copy);
    s.graph.producer_rows.push_back(s.graph.producer_rows.back());
  }
  bool seen = false;
  run(s, [&](const View& v) -> Action {
    if (v.now() == Ps{0}) return Dispatch{0, 0};
    if (v.now() < Ps{200'000}) return Wait{Ps{200'000}};  // tile 0 runs from 175 on
    if (v.ready(1)) return Dispatch{1, 0};
    if (!seen) {
      EXPECT_EQ(v.now(), Ps{210'000});
      EXPECT_EQ(v.check(Undispatch{1}), Illegal::operand_forgotten);
      seen = true;
    }
    return first_legal(v);
  });
  EXPECT_TRUE(seen);
}

// Every tile runs once, all identities hold, and the run ends: a group goes back at most once between two results.
TEST(RandomRuns, TakingBackWheneverItIsLegalEnds) {
  std::uint64_t undispatches = 0;
  for (std::uint64_t seed = 1; seed <= random_runs(1000); ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
    const MachineShape machine = random_machine(random);
    TakingBack policy(seed, seed % 3 == 0 ? 100 : seed % 3 == 1 ? 30 : 5);
    const Outcome o = run_checked(setup, policy, machine);
    ASSERT_TRUE(!o.stopped && o.state == RunState::done && o.problems.empty()) << "seed " << seed << "\n" << report(o);
    const std::uint64_t groups = setup.graph.groups.size();
    ASSERT_LE(o.counts.undispatches, groups * (groups + setup.graph.requests.size())) << "seed " << seed;
    ASSERT_GE(o.counts.dispatches, setup.graph.tiles.size() - setup.graph.host_tasks.size());
    undispatches += o.counts.undispatches;
  }
  EXPECT_GT(undispatches, 2 * random_runs(1000)) << "the adversary does something";
}

// A plan of such a run leads to that run again.
TEST(ActionTables, RepeatRunsThatTakeTilesBack) {
  std::uint64_t undispatches = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
    const MachineShape machine = random_machine(random);
    TakingBack policy(seed, 30);
    ActionLog log;
    const Outcome first = run_checked(setup, policy, machine, true, &log);
    ASSERT_EQ(first.state, RunState::done) << first.failure;
    PolicySpec spec{.name = "static"};
    spec.plan = std::make_shared<const ActionPlan>(log.plan());
    const Outcome again = run_checked(setup, *make_policy(spec), machine, true);
    ASSERT_EQ(again.state, RunState::done) << "seed " << seed << "\n" << again.failure;
    ASSERT_EQ(again.makespan, first.makespan) << "seed " << seed;
    // Not byte by byte: what a decision waited for is the policy's.
    ASSERT_EQ(again.records.size(), first.records.size()) << "seed " << seed;
    undispatches += again.counts.undispatches;
  }
  EXPECT_GT(undispatches, 300U);
}

}  // namespace
}  // namespace tessera::scheduler::testing
