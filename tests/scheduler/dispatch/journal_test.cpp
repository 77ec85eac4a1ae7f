// Why the next tile was not decided earlier while its unit idled, in runs small enough to work out by hand. Clock 1 ns;
// a load of b bytes takes 20 ps x b + 1 ns from its packet's issue; dispatch latency 10 cycles; computes of 400 cycles.
#include "scheduler/dispatch/journal.h"

#include <gtest/gtest.h>

#include "tests/scheduler/support/idle_spans.h"
#include "tests/scheduler/support/scripted_policy.h"
#include "trace/record/lanes.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Reason;

// One operator; inputs and results go over channel 0, weights over channel 1.
Scenario layer(std::int64_t blocks, std::int64_t slices = 1) {
  Scenario s;
  s.graph = layered_graph(1, blocks, slices);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  s.schedule.binding = ChannelBinding::statically;
  s.schedule.static_channel = {0, 1, 0};
  return s;
}

// The first tile works on the vector unit for 100 cycles and has no weights.
void put_first_on_the_vector_unit(Scenario& s) {
  Tile& first = s.graph.tiles[0];
  first.kind = TileKind::vector;
  first.weight = first.work = kNoId;
  first.vector_cycles = base::Cycles{100};
}

std::vector<IdleSpan> idle_array(const Scenario& s, const std::function<Action(const View&)>& decide,
                                 std::uint32_t core = 0) {
  Scripted policy(decide);
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  const Outcome o = run_checked(s, policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  trace::Lanes::Shape shape;
  shape.cores = static_cast<std::uint16_t>(s.npu.cores);
  shape.schedulers = static_cast<std::uint16_t>(s.npu.scheduler.count);
  shape.channels = static_cast<std::uint16_t>(s.npu.dma.channels.size());
  for (std::size_t r = 0; r < 3; ++r) shape.slots[r] = static_cast<std::uint16_t>(s.graph.slots[r]);
  return idle_spans(o.records, trace::Lanes(shape).pe_array(core));
}

// Dispatches the tiles of `first` to core 0 one after the other, sleeps, and goes on with `rest`.
std::function<Action(const View&)> sleeping_until(Ps until, std::vector<TileId> first,
                                                  std::function<Action(const View&)> rest) {
  std::size_t given = 0;
  return [=](const View& v) mutable -> Action {
    if (given < first.size()) return Dispatch{first[given++], 0};
    return v.now() < until ? Action{Wait{until}} : rest(v);
  };
}

// The only input slot is taken from 0 to 275, but what it holds is what the second tile needs: the slot is no reason.
TEST(Journal, ATileWhoseInputIsHeldNeedsNoSlot) {
  Scenario s = layer(2);
  s.graph.slots[0] = 1;
  put_first_on_the_vector_unit(s);
  const auto idle = idle_array(s, sleeping_until(Ps{200'000}, {0}, first_legal));
  ASSERT_GE(idle.size(), 4U);
  EXPECT_EQ(idle[0], (IdleSpan{Reason::scheduler, 0, 10}));
  EXPECT_EQ(idle[1], (IdleSpan{Reason::policy, 10, 200}));
  EXPECT_EQ(idle[2], (IdleSpan{Reason::dispatch, 200, 210}));
  EXPECT_EQ(idle[3], (IdleSpan{Reason::load, 210, 374})) << "of the weights";
}

// The first tile has the one place of the vector unit's queue until 175. The array's queue is empty.
TEST(Journal, AFullQueueOfTheOtherUnitIsNoReason) {
  Scenario s = layer(2);
  s.npu.core.queue = 1;
  put_first_on_the_vector_unit(s);
  const auto idle = idle_array(s, sleeping_until(Ps{100'000}, {0}, first_legal));
  ASSERT_GE(idle.size(), 3U);
  EXPECT_EQ(idle[0], (IdleSpan{Reason::scheduler, 0, 10}));
  EXPECT_EQ(idle[1], (IdleSpan{Reason::policy, 10, 100}));
  EXPECT_EQ(idle[2], (IdleSpan{Reason::dispatch, 100, 110}));
}

// Nothing is decided before 50. Then the first tile takes the only input slot until its end at 225 + 100. A request
// without tiles keeps the run going while the policy sleeps.
TEST(Journal, ALimitIsTheReasonFromItsBeginningOn) {
  Scenario s = layer(3);
  s.graph.set_arrivals({Ps{0}, Ps{5'000'000}});
  s.graph.slots[0] = 1;
  put_first_on_the_vector_unit(s);
  const auto idle = idle_array(s, sleeping_until(Ps{50'000}, {}, first_legal));
  ASSERT_GE(idle.size(), 3U);
  EXPECT_EQ(idle[0], (IdleSpan{Reason::policy, 0, 50}));
  EXPECT_EQ(idle[1], (IdleSpan{Reason::operand_slot, 50, 325}));
  EXPECT_EQ(idle[2], (IdleSpan{Reason::dispatch, 325, 335}));
}

// One output slot and two slices: no other group may be opened from 0 on, but the second slice opens none.
TEST(Journal, ALaterSliceOpensNoGroup) {
  Scenario s = layer(1, 2);
  s.graph.slots[2] = 1;
  const auto idle = idle_array(s, sleeping_until(Ps{700'000}, {0}, first_legal));
  ASSERT_GE(idle.size(), 6U);
  EXPECT_EQ(idle[3], (IdleSpan{Reason::policy, 575, 700}));
  EXPECT_EQ(idle[4], (IdleSpan{Reason::dispatch, 700, 710}));
  EXPECT_EQ(idle[5], (IdleSpan{Reason::load, 710, 874}));
}

// Two schedulers: the first decides until 1010, for it launches the operator, the second until 10. From then on one is
// free, and that the third tile is not decided before 500 is the policy's doing.
TEST(Journal, OneFreeSchedulerIsEnough) {
  Scenario s = layer(3);
  s.npu.cores = 2;
  s.npu.scheduler.count = 2;
  s.npu.scheduler.launch_latency = base::Cycles{1000};
  const auto idle = idle_array(s, sleeping_until(Ps{500'000}, {0, 1}, [](const View&) { return Dispatch{2, 1}; }), 1);
  ASSERT_GE(idle.size(), 3U);
  EXPECT_EQ(idle[0], (IdleSpan{Reason::scheduler, 0, 10}));
  EXPECT_EQ(idle[1], (IdleSpan{Reason::policy, 10, 500}));
  EXPECT_EQ(idle[2], (IdleSpan{Reason::dispatch, 500, 510}));
}

// Both slots are held from 0 to 10 by blocks 0 and 1, from 20 to 30 by blocks 2 and 3. What is older than 15 is
// forgotten, its blocks too.
TEST(Journal, ForgetsWhatSlotsHeldWithTheirIntervals) {
  TileGraph graph;
  for (std::uint32_t root = 0; root < 4; ++root) {
    Block b;
    b.root = root;
    b.box = {{0, 0, 0, 0}, {1, 1, 1, 1}};
    graph.blocks.push_back(b);
  }
  OperandRegion regions[2] = {OperandRegion(graph, 2), OperandRegion(graph, 1)};
  CoreJournal journal;
  for (const std::uint32_t round : {0U, 1U}) {
    for (const std::uint32_t slot : {0U, 1U}) regions[0].take(slot, 2 * round + slot, 0, Ps{20 * round}, Cause{}, true);
    journal.region(0, regions[0], Ps{20 * round});
    for (const std::uint32_t slot : {0U, 1U}) {
      regions[0].fill_done(slot, Ps{20 * round + 5}, Ps{20 * round}, 1);
      regions[0].release(slot, Ps{20 * round + 10}, 1);
    }
    journal.region(0, regions[0], Ps{20 * round + 10});
  }
  journal.prune(Ps{15});
  const auto reason = [&](BlockId wanted) {
    std::vector<Idle> out;
    journal.explain({.unit = 0, .new_group = false, .operand = {wanted, kNoId}}, regions, {}, Ps{20}, Ps{25}, out);
    return out.size() == 1 ? out[0].reason : Reason::none;
  };
  EXPECT_EQ(reason(0), Reason::operand_slot);
  EXPECT_EQ(reason(1), Reason::operand_slot);
  EXPECT_EQ(reason(2), Reason::policy);
  EXPECT_EQ(reason(3), Reason::policy);
}

}  // namespace
}  // namespace tessera::scheduler::testing
