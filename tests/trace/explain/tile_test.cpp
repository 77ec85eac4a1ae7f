// What is told of a tile and of an operator, against runs worked out by hand.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/trace/explain/told.h"
#include "trace/explain/operator_waits.h"
#include "trace/explain/screens.h"
#include "trace/explain/tile_steps.h"

namespace tessera::trace::test {
namespace {

using base::Ps;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

std::vector<std::pair<std::string, std::int64_t>> times(const std::vector<TileStep>& steps) {
  std::vector<std::pair<std::string, std::int64_t>> list;
  for (const TileStep& s : steps) list.emplace_back(s.what, s.at.count());
  return list;
}

std::vector<TileStep> steps(const Told& told, std::uint32_t tile) {
  return steps_of(*told.story, life_of(*told.story, tile));
}
TileStep step(const Told& told, std::uint32_t tile, std::string_view what) {
  for (TileStep& s : steps(told, tile))
    if (s.what == what) return s;
  ADD_FAILURE() << "tile " << tile << " has no step " << what;
  return {};
}

// Input 4096 B: there at 10 + 81.92 + 1. Weights 8192 B: at 10 + 163.84 + 1. The post starts 300 after the compute and
// lasts until 575 + 30, with the drain of the last results; the store takes 82.92.
TEST(ExplainTile, OneTileFromItsArrivalToItsStore) {
  const Told told(chain(1, 1), first_legal);
  const auto all = steps(told, 0);
  EXPECT_THAT(times(all), ElementsAre(Pair("ready", 0), Pair("decided", 0), Pair("input queued", 10'000),
                                      Pair("weights queued", 10'000), Pair("input there", 92'920),
                                      Pair("weights there", 174'840), Pair("compute", 175'000), Pair("post", 475'000),
                                      Pair("computed", 575'000), Pair("result", 605'000), Pair("post done", 605'000),
                                      Pair("store queued", 605'000), Pair("stored", 687'920)));
  EXPECT_EQ(all[0].text, "request 0 arrived");
  EXPECT_EQ(all[1].text, "at once, scheduler[0] sent it to core[0], which took 10 ns (10 cycles)");
  EXPECT_EQ(all[2].text, "4 KiB over dma.channel[0] into slot 0");
  EXPECT_EQ(step(told, 0, "weights there").waited, Ps{164'840});
  const TileStep compute = step(told, 0, "compute");
  EXPECT_EQ(compute.waited, Ps{160}) << "since the last operand";
  EXPECT_THAT(compute.text,
              HasSubstr("its last operand came with the load of the weight of tile 0 (conv0) at 174.84 ns "
                        "(cycle 174)"));
  EXPECT_THAT(compute.text, HasSubstr("dispatch 10 ns (10 cycles), load 164.84 ns (164.8 cycles), sync 0.16 ns"));
  const std::string page = tile_text(*told.story, 0, 80);
  EXPECT_THAT(page, HasSubstr("on the critical path: dispatch 10 ns, load 164.84 ns, compute 300 ns, post 130"));
  for (std::size_t at = 0, end = 0; at < page.size(); at = end + 1) {
    end = page.find('\n', at);
    EXPECT_LE(end - at, 80U) << page.substr(at, end - at);
  }
}

TEST(ExplainTile, ASuccessorIsReadyWithTheStoreOfItsProducer) {
  const Told told(chain(2, 1), first_legal);
  const TileStep ready = step(told, 1, "ready");
  EXPECT_EQ(ready.at, Ps{687'920});
  EXPECT_EQ(ready.text, "the store of tile 0 (conv0) had ended");
  EXPECT_EQ(step(told, 1, "decided").waited, Ps{0});
  EXPECT_EQ(ready.cause, step(told, 0, "stored").record);
}

// Decided on at 0, taken back from 10 to 20, and decided on again.
TEST(ExplainTile, WhatWasTakenBackIsTold) {
  int asked = 0;
  const Told told(chain(1, 2), [&](const View& v) -> Action {
    ++asked;
    if (asked == 1) return Dispatch{0, 0};
    return asked == 2 ? Action{Undispatch{0}} : first_legal(v);
  });
  const auto all = steps(told, 0);
  ASSERT_GE(all.size(), 4U);
  EXPECT_THAT(times({all.begin(), all.begin() + 4}), ElementsAre(Pair("decided", 0), Pair("taken back", 10'000),
                                                                 Pair("ready", 20'000), Pair("decided", 20'000)));
  EXPECT_EQ(all[0].text, "scheduler[0] sent it to core[0]; that was taken back");
  EXPECT_EQ(all[1].text,
            "scheduler[0] took its group back from core[0], which took 10 ns (10 cycles); nothing of it had begun");
  EXPECT_EQ(all[2].text, "it is again, for it was taken back");
  EXPECT_EQ(all[2].cause, all[1].record);
  EXPECT_EQ(all[3].text, "at once, scheduler[0] sent it to core[0], which took 10 ns (10 cycles)");
}

// Set from 0 to 10: 8192 B of weights at 8 B/cycle take 1024 ns from 20 on.
TEST(ExplainTile, WhatACapHeldBackIsTold) {
  int asked = 0;
  const Told told(chain(1, 1), [&](const View& v) -> Action {
    return ++asked == 1 ? Action{scheduler::Cap{1, 8}} : first_legal(v);
  });
  const TileStep there = step(told, 0, "weights there");
  EXPECT_EQ(there.at, Ps{1'045'000});
  EXPECT_THAT(there.text, HasSubstr("; for 1025 ns (1025 cycles) of that the policy held dma.channel[1] back: "
                                    "scheduler[0]'s cap of channel 1 to 8 B/cycle at 10 ns (cycle 10)"));
  EXPECT_THAT(step(told, 0, "input there").text, Not(HasSubstr("held")));
  EXPECT_THAT(step(told, 0, "decided").text, HasSubstr("was busy, at last with scheduler[0]'s cap of channel 1"));
  const std::string page = instant_text(*told.story, Ps{5'000}, 120);
  EXPECT_THAT(page, HasSubstr("sets the cap of channel 1 to 8 B/cycle, from 0 ns to 10 ns"));
  EXPECT_THAT(page, HasSubstr("The nearest decision: scheduler[0]'s cap of channel 1 to 8 B/cycle at 0 ns (cycle 0)."));
  EXPECT_THAT(page, HasSubstr("answered: Cap of channel 1 to 8 B/cycle."));
  EXPECT_THAT(instant_text(*told.story, Ps{50'000}, 300),
              HasSubstr("held back since 10 ns (cycle 10) by scheduler[0]"));
}

// The second tile's decision begins when the first's ends.
TEST(ExplainTile, ASchedulerThatIsBusyIsNamed) {
  const Told told(chain(1, 2), first_legal);
  const TileStep decided = step(told, 1, "decided");
  EXPECT_EQ(decided.at, Ps{10'000});
  EXPECT_EQ(decided.waited, Ps{10'000});
  EXPECT_THAT(decided.text,
              HasSubstr("until 10 ns (cycle 10) scheduler[0] was busy, at last with scheduler[0]'s decision "
                        "on tile 0 (conv0); in that time it decided on 1 other tile;"));
  EXPECT_THAT(step(told, 1, "input there").text, HasSubstr("no load of its own"));
  // Its operands serve both; it starts when the array is free.
  const TileStep compute = step(told, 1, "compute");
  EXPECT_EQ(compute.at, Ps{575'000});
  EXPECT_THAT(compute.text, HasSubstr("core[0].pe_array was busy with the compute of tile 0 (conv0) until 575 ns"));
}

// One input slot, held for the first tile until its compute ends at 575 (its input, 8192 B, is there at 174.84).
TEST(ExplainTile, ASlotThatIsHeldIsNamed) {
  Scenario s = chain(1, 3);
  s.graph.slots[0] = 1;
  const Told told(s, first_legal);
  const TileStep decided = step(told, 1, "decided");
  EXPECT_EQ(decided.at, Ps{575'000});
  EXPECT_EQ(decided.link, Link::operand_slot);
  EXPECT_THAT(
      decided.text,
      HasSubstr("until 575 ns (cycle 575) every slot of core[0] that could take its operands was in use, the last "
                "of them for tile 0 (conv0): the compute of tile 0 (conv0) gave one back"));
  EXPECT_EQ(decided.cause, step(told, 0, "compute").record);
}

TEST(ExplainTile, AQueueThatIsFullIsNamed) {
  Scenario s = chain(1, 2);
  s.npu.core.queue = 1;
  const Told told(s, first_legal);
  const TileStep decided = step(told, 1, "decided");
  EXPECT_GE(decided.at, Ps{175'000}) << "when the first tile starts";
  EXPECT_EQ(decided.link, Link::queue);
  EXPECT_THAT(decided.text,
              HasSubstr("until 174.84 ns (cycle 174) the queue of core[0]'s unit was full: the load of the "
                        "input of tile 0 (conv0) had to end so that a tile could start"));
}

// One output slot: the second tile is loaded under the first, and starts when the first is stored, at 687.92.
TEST(ExplainTile, AnOutputSlotThatDrainsIsNamed) {
  Scenario s = chain(1, 2);
  s.graph.slots[2] = 1;
  const Told told(s, first_legal);
  const TileStep compute = step(told, 1, "compute");
  EXPECT_EQ(compute.at, Ps{688'000});
  EXPECT_THAT(compute.text, HasSubstr("no output slot was free until 687.92 ns (cycle 687), when the store of tile 0 "
                                      "(conv0) emptied one"));
  EXPECT_THAT(compute.text, HasSubstr("output_slot 112.92 ns (112.9 cycles)"));
}

// Input and weights on one channel: the weights' first packet goes when the input's last has gone, 81.92 later.
TEST(ExplainTile, AChannelThatIsBusyIsNamed) {
  Scenario s = chain(1, 1);
  s.schedule.static_channel = {0, 0, 0};
  const Told told(s, first_legal);
  EXPECT_EQ(
      step(told, 0, "weights queued").text,
      "8 KiB over dma.channel[0] into slot 0; 81.92 ns (81.9 cycles) for the channel, which had 1 transfer of 4 KiB "
      "under way, the last of them the load of the input of tile 0 (conv0)");
  EXPECT_THAT(step(told, 0, "weights there").text, HasSubstr("waited 81.92 ns (81.9 cycles) for the channel"));
}

// Asked at 0, it waits until 50.
TEST(ExplainTile, APolicyThatDoesNotAskIsNamed) {
  Scenario s = chain(1, 1);
  s.graph.set_arrivals({Ps{0}, Ps{5'000'000}});  // keeps the run going while the policy sleeps
  const Told told(s, [](const View& v) { return v.now() < Ps{50'000} ? Action{Wait{Ps{50'000}}} : first_legal(v); });
  EXPECT_THAT(step(told, 0, "decided").text,
              HasSubstr("a Dispatch was legal for 50 ns (50 cycles) before the policy asked for it; scheduler[0]"));
}

// The weights are asked for at 0 and queued at 10; the tile is decided on in [10, 20).
TEST(ExplainTile, APrefetchComesBeforeTheDecision) {
  bool prefetched = false;
  const Told told(chain(1, 1), [&](const View& v) {
    return std::exchange(prefetched, true) ? first_legal(v) : Action{Prefetch{0, 1, 0}};
  });
  EXPECT_EQ(step(told, 0, "prefetched").at, Ps{0});
  EXPECT_EQ(step(told, 0, "weights queued").at, Ps{10'000});
  EXPECT_EQ(step(told, 0, "decided").at, Ps{10'000});
  EXPECT_THAT(step(told, 0, "decided").text, HasSubstr("was busy, at last with scheduler[0]'s prefetch for tile 0"));
  EXPECT_EQ(step(told, 0, "input queued").at, Ps{20'000});
}

TEST(ExplainTile, ASliceIsReadyWithTheDecisionBeforeAndStoredWithTheLast) {
  const Told told(chain(1, 1, 2), first_legal);
  EXPECT_EQ(step(told, 1, "ready").text, "scheduler[0]'s decision on tile 0 (conv0) on the slice before it had ended");
  EXPECT_EQ(step(told, 0, "no store").text, "its group's result is stored with its last slice, tile 1 (conv0)");
  EXPECT_THAT(tile_text(*told.story, 1, 80), HasSubstr("slice 2 of 2"));
}

TEST(ExplainTile, ARunThatEndedEarlySaysSo) {
  // A tile that cannot be dispatched is asked for until the run fails.
  const Told told(chain(2, 1), [](const View& v) {
    return v.check(Dispatch{0, 0}) == scheduler::Illegal::none ? Action{Dispatch{0, 0}} : Action{Dispatch{1, 0}};
  });
  EXPECT_EQ(told.outcome.state, scheduler::RunState::failed);
  const std::string page = tile_text(*told.story, 1, 80);
  EXPECT_THAT(page, HasSubstr("It was never dispatched."));
  EXPECT_THAT(page, HasSubstr("refused: at 10 ns (cycle 10) Dispatch of tile 1 (conv1) to core[0],"));
  EXPECT_THAT(page, HasSubstr("the tile is not ready:"));
  EXPECT_THAT(page, HasSubstr("(16 times)"));
  EXPECT_THAT(page, HasSubstr("It was never ready: tile 0 (conv0) is not stored."));
}

// Two tiles that share their operands: decided on at 0 and 10, started at 175 and 575. The first waited 175 from ready
// to its start, the second 575: 0 + 10 to the decisions, 165 + 555 from their ends to the starts.
TEST(ExplainOperator, SumsItsTiles) {
  Scenario s = chain(1, 2);
  s.npu.cores = 2;
  s.graph.groups[1].core_hint = 1;
  const Told told(s, first_legal);
  const OperatorWaits w = waits_of(*told.story, 0, 8);
  EXPECT_EQ(w.tiles, 2U);
  EXPECT_EQ(w.dispatched, 2U);
  EXPECT_EQ(w.first, Ps{0});
  EXPECT_EQ(w.last_tile, 1U);
  EXPECT_EQ(w.to_decision, Ps{10'000});
  EXPECT_EQ(w.to_start, Ps{165'000 + 555'000});
  EXPECT_EQ(w.work, Ps{800'000});
  EXPECT_EQ(w.longest, 1U);
  EXPECT_EQ(w.longest_wait, Ps{575'000});
  EXPECT_THAT(w.by_core, ElementsAre(2, 0));
  EXPECT_EQ(w.stalls[static_cast<std::size_t>(Reason::load)], Ps{164'840});
  ASSERT_EQ(w.unusual_count, 1U);
  EXPECT_EQ(w.unusual[0].tile, 1U);
  EXPECT_EQ(w.unusual[0].text, "went to core[0], though the tiling dealt it to core[1]");
  EXPECT_THAT(operator_text(*told.story, 0, 80), HasSubstr("operator 0: conv0 (Conv), 2 tiles, 2 of them ran"));
}

}  // namespace
}  // namespace tessera::trace::test
