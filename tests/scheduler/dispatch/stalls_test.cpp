// Each reason of an idle picosecond in a run small enough to work out by hand. Clock 1 ns; a load of b bytes takes
// 20 ps x b + 1 ns from its packet's issue; dispatch latency 10 cycles; computes of 400 cycles (drain 30), posts of
// 100.
#include <gtest/gtest.h>

#include <algorithm>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/idle_spans.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Name;
using trace::Reason;

using Span = IdleSpan;

Scenario chain(std::int64_t operators, std::int64_t blocks) {
  Scenario s;
  s.graph = layered_graph(operators, blocks, 1);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  s.schedule.binding = ChannelBinding::statically;  // inputs and results on channel 0, weights on 1
  s.schedule.static_channel = {0, 1, 0};
  return s;
}

std::vector<Span> stalls_under(Policy& policy, const Scenario& s, const char* lane,
                               std::vector<trace::Collector::Item>* records = nullptr) {
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  const Outcome o = run_checked(s, policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  // The host, the schedulers, then array, drain lane and vector unit of core 0.
  const auto unit = static_cast<std::uint16_t>(s.npu.scheduler.count + (lane[0] == 'p' ? 1 : 3));
  if (records != nullptr) *records = o.records;
  return idle_spans(o.records, unit);
}

std::vector<Span> stalls(const Scenario& s, const char* lane, std::vector<trace::Collector::Item>* records = nullptr) {
  PolicySpec spec;
  spec.name = "breadth_first";
  const auto policy = make_policy(spec);
  return stalls_under(*policy, s, lane, records);
}

// Dispatch to 10; the input (4096 B) is there at 10 + 81.92 + 1, the weights (8192 B) at 10 + 163.84 + 1 = 174.84;
// the array starts at the edge 175, ends at 575; its post starts 300 cycles later and lasts until 605 (result 605).
TEST(Stalls, OneTileFromItsDecisionToTheEndOfTheRun) {
  std::vector<trace::Collector::Item> records;
  const auto pe = stalls(chain(1, 1), "pe", &records);
  // Store: 605 + 81.92 + 1 = 687.92.
  EXPECT_EQ(
      pe,
      (std::vector<Span>{
          {Reason::dispatch, 0, 10}, {Reason::load, 10, 174}, {Reason::sync, 174, 175}, {Reason::no_work, 575, 687}}));
  EXPECT_EQ(stalls(chain(1, 1), "vector"),
            (std::vector<Span>{{Reason::pe_result, 0, 475}, {Reason::no_work, 605, 687}}));
}

// The second operator waits for the first's store at 687.92, is decided from then to the edge 688 + 10, and loads.
TEST(Stalls, ASuccessorWaitsForTheStoreOfItsProducer) {
  const auto pe = stalls(chain(2, 1), "pe");
  ASSERT_GE(pe.size(), 5U);
  EXPECT_EQ(pe[3], (Span{Reason::dependence, 575, 687}));
  EXPECT_EQ(pe[4], (Span{Reason::dispatch, 687, 698}));
}

// One input slot: the second tile is decided when the first ends, at 575, and its load cannot hide under a compute.
TEST(Stalls, WithOneInputSlotLoadsFollowComputes) {
  Scenario s = chain(1, 3);
  s.graph.slots[0] = 1;
  const auto pe = stalls(s, "pe");
  ASSERT_GE(pe.size(), 5U);
  EXPECT_EQ(pe[3], (Span{Reason::dispatch, 575, 585}));
  EXPECT_EQ(pe[4].reason, Reason::load);
}

TEST(Stalls, AnOutputSlotThatDrainsHoldsTheNextTile) {
  Scenario s = chain(1, 3);
  s.graph.slots[2] = 1;
  const auto pe = stalls(s, "pe");
  // The second tile is loaded under the first; the slot is empty when the first is stored. The store, at 605, finds
  // its channel free: 687.92.
  ASSERT_GE(pe.size(), 5U);
  EXPECT_EQ(pe[3], (Span{Reason::output_slot, 575, 687}));
  EXPECT_EQ(pe[4], (Span{Reason::sync, 687, 688}));
}

TEST(Stalls, ALateRequestIsNoWork) {
  Scenario s = chain(1, 1);
  s.graph.set_arrivals({Ps{5000}});
  const auto pe = stalls(s, "pe");
  ASSERT_GE(pe.size(), 2U);
  EXPECT_EQ(pe[0], (Span{Reason::no_work, 0, 5}));
  EXPECT_EQ(pe[1], (Span{Reason::dispatch, 5, 15}));
  EXPECT_EQ(stalls(s, "vector"),
            (std::vector<Span>{{Reason::no_work, 0, 5}, {Reason::pe_result, 5, 480}, {Reason::no_work, 610, 692}}));
}

// The weights come in two parts of 4096 B over one channel: the second part's first packet goes at 10 + 81.92.
TEST(Stalls, ALoadIsUnderWayWhenItsLastPartIs) {
  Scenario s = chain(1, 1);
  s.schedule.dma_split = 2;
  EXPECT_EQ(stalls(s, "pe"), (std::vector<Span>{{Reason::dispatch, 0, 10},
                                                {Reason::dma_queue, 10, 91},
                                                {Reason::load, 91, 174},
                                                {Reason::sync, 174, 175},
                                                {Reason::no_work, 575, 687}}));
}

// Input and weights on one channel: the weights' first packet goes when the input's last has gone, at 10 + 81.92; they
// are there at 91.92 + 163.84 + 1.
TEST(Stalls, ALoadThatWaitsForItsChannelIsDmaQueue) {
  Scenario s = chain(1, 1);
  s.schedule.static_channel = {0, 0, 0};
  EXPECT_EQ(stalls(s, "pe"), (std::vector<Span>{{Reason::dispatch, 0, 10},
                                                {Reason::dma_queue, 10, 91},
                                                {Reason::load, 91, 256},
                                                {Reason::sync, 256, 257},
                                                {Reason::no_work, 657, 769}}));
}

// The first tile, on the vector unit, loads 4096 B on channel 0; the second tile's input, 4096 B, goes behind that from
// 91.92 on, and its weights, 8192 B, go over channel 1 from 10 on. Both end at 174.84: the input counts.
TEST(Stalls, OfOperandsThatFillTogetherTheInputIsTheReason) {
  Scenario s = chain(1, 2);
  s.npu.scheduler.count = 2;
  for (const TileId t : {0U, 1U}) {
    Block& input = s.graph.blocks[s.graph.tiles[t].input];
    input.box = {{0, t, 0, 0}, {1, t + 1, 1, 1}};
    input.bytes = input.useful_bytes = input.where.run_bytes = 4096;
  }
  Tile& first = s.graph.tiles[0];
  first.kind = TileKind::vector;
  first.weight = first.work = kNoId;
  first.vector_cycles = base::Cycles{100};
  Scripted policy(first_legal);
  const auto pe = stalls_under(policy, s, "pe");
  ASSERT_GE(pe.size(), 4U);
  EXPECT_EQ(pe[0], (Span{Reason::dispatch, 0, 10}));
  EXPECT_EQ(pe[1], (Span{Reason::dma_queue, 10, 91}));
  EXPECT_EQ(pe[2], (Span{Reason::load, 91, 174}));
  EXPECT_EQ(pe[3], (Span{Reason::sync, 174, 175}));
}

// The second tile waits for nothing but the edge from the first, whose store ends at 687.92. Its operands are there.
TEST(Stalls, AControlEdgeIsABarrier) {
  Scenario s = chain(1, 2);
  s.graph.control_rows = s.graph.predecessor_rows = {0, 0, 1};
  s.graph.control_ids = s.graph.predecessor_ids = {0};
  s.graph.successor_rows = {0, 1, 1};
  s.graph.successor_ids = {1};
  const auto pe = stalls(s, "pe");
  ASSERT_GE(pe.size(), 6U);
  EXPECT_EQ(pe[3], (Span{Reason::barrier, 575, 687}));
  EXPECT_EQ(pe[4], (Span{Reason::dispatch, 687, 698}));
  EXPECT_EQ(pe[5].reason, Reason::no_work);
}

// A vector tile has the only input slot from its decision to its end, at 175 + 100. The array idles meanwhile, for the
// next tile needs another input.
TEST(Stalls, ASlotThatIsHeldIsTheReason) {
  Scenario s = chain(1, 3);
  s.graph.slots[0] = 1;
  Tile& first = s.graph.tiles[0];
  first.kind = TileKind::vector;
  first.work = kNoId;
  first.vector_cycles = base::Cycles{100};
  Scripted policy(first_legal);
  std::vector<trace::Collector::Item> records;
  const auto pe = stalls_under(policy, s, "pe", &records);
  ASSERT_GE(pe.size(), 2U);
  EXPECT_EQ(pe[0], (Span{Reason::operand_slot, 0, 275}));
  EXPECT_EQ(pe[1], (Span{Reason::dispatch, 275, 285}));
  const auto stall = std::find_if(records.begin(), records.end(), [](const auto& i) {
    return i.record.name == Name::stall && i.record.reason() == Reason::operand_slot;
  });
  ASSERT_NE(stall, records.end());
  EXPECT_EQ(stall->record.lack(), trace::SlotLack::slot);
}

// A second request keeps the run from being stuck while the policy sleeps.
TEST(Stalls, APolicyThatSleepsIsTheReason) {
  Scenario s = chain(1, 1);
  s.graph.set_arrivals({Ps{0}, Ps{5'000'000}});
  Scripted policy([](const View& v) { return v.now() < Ps{100'000} ? Action{Wait{Ps{100'000}}} : first_legal(v); });
  const auto pe = stalls_under(policy, s, "pe");
  ASSERT_GE(pe.size(), 3U);
  EXPECT_EQ(pe[0], (Span{Reason::policy, 0, 100}));
  EXPECT_EQ(pe[1], (Span{Reason::dispatch, 100, 110}));
  EXPECT_EQ(pe[2], (Span{Reason::load, 110, 274}));
}

// The scheduler first decides on a prefetch of the weights, which are there at 10 + 163.84 + 1.
TEST(Stalls, ASchedulerThatDecidesOnSomethingElseIsTheReason) {
  bool prefetched = false;
  Scripted policy([&](const View& v) {
    if (prefetched) return first_legal(v);
    prefetched = true;
    return Action{Prefetch{0, 1, 0}};
  });
  const auto pe = stalls_under(policy, chain(1, 1), "pe");
  ASSERT_GE(pe.size(), 4U);
  EXPECT_EQ(pe[0], (Span{Reason::scheduler, 0, 10}));
  EXPECT_EQ(pe[1], (Span{Reason::dispatch, 10, 20}));
  EXPECT_EQ(pe[2], (Span{Reason::load, 20, 174}));
  EXPECT_EQ(pe[3], (Span{Reason::sync, 174, 175}));
}

}  // namespace
}  // namespace tessera::scheduler::testing
