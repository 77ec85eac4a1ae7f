// The invariants of a trace, each broken once in a sound one: the check names it, and says what it could not judge.
#include "trace/analysis/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"
#include "trace/file/reader.h"

namespace tessera::trace {
namespace {

using base::Ps;
using testing::Contains;
using testing::IsEmpty;

struct Sound {
  TraceHeader header;
  TileTable tiles;
  Trailer trailer;
  RecordBatch batch;
};

Sound sound(const std::string& network, std::vector<std::string> overrides, const std::string& machine = "tiny_8x8",
            const std::string& policy = "lookahead") {
  const tests::TempFolder out;
  (void)tests::execute(tests::shipped(machine, network, policy, std::move(overrides)), out.path());
  auto reader = FileReader::open(out / "trace.tsr");
  Sound s{reader->header(), reader->tiles(), *reader->trailer(), {}};
  RecordBatch block;
  while (reader->next(block).ok() && !block.ids.empty()) {
    s.batch.records.insert(s.batch.records.end(), block.records.begin(), block.records.end());
    s.batch.ids.insert(s.batch.ids.end(), block.ids.begin(), block.ids.end());
  }
  return s;
}
// Of level burst, with the policy's answers and energy: it lacks nothing.
const Sound& whole() {
  static const Sound s =
      sound("tiny_residual", {"trace.level=burst", "trace.decisions=true", "energy.table=generic_45nm"}, "tiny_8x8",
            "depth_first");
  return s;
}

struct Verdict {
  std::vector<Invariant> held, violated;
  std::vector<InvariantCheck::Unjudged> unjudged;
  std::vector<std::string> lines;
};

Verdict judged(const Sound& s, bool truncated = false) {
  InvariantCheck check(s.header, s.tiles, truncated ? nullptr : &s.trailer);
  replay(s.batch, check);
  check.finish(s.trailer.end);
  return {check.held(), check.violated(), check.unjudged(), check.violations()};
}

// The `nth` record of that name.
Record& record(Sound& s, Name name, std::size_t nth = 0) {
  for (Record& r : s.batch.records)
    if (r.name == name && nth-- == 0) return r;
  throw std::runtime_error("no such record");
}
Record& stall(Sound& s, Reason reason) {
  for (Record& r : s.batch.records)
    if (r.name == Name::stall && r.reason() == reason) return r;
  throw std::runtime_error("no such stall");
}

// The first two candidates of one answer.
std::pair<Record*, Record*> two_candidates(Sound& s) {
  auto& all = s.batch.records;
  for (std::size_t i = 1; i < all.size(); ++i)
    if (all[i - 1].name == Name::candidate && all[i].name == Name::candidate) return {&all[i - 1], &all[i]};
  throw std::runtime_error("no answer has two candidates");
}

UnitInfo& unit_of(Sound& s, Name name) { return s.header.units[record(s, name).unit]; }
TileTable::Tile& vector_tile(Sound& s) {
  return *std::find_if(s.tiles.tiles.begin(), s.tiles.tiles.end(),
                       [](const TileTable::Tile& t) { return t.kind == TileTable::Kind::vector; });
}

TEST(InvariantCheck, ASoundTraceHasNoViolations) {
  const Verdict v = judged(whole());
  EXPECT_THAT(v.lines, IsEmpty());
  EXPECT_THAT(v.unjudged, IsEmpty());
  EXPECT_EQ(v.held.size(), kInvariantCount);
}

// A launch outlasts the decisions that other schedulers begin after it, and a slot waits for the tile that it launches.
TEST(InvariantCheck, LaunchesOfSeveralSchedulersAreSound) {
  for (const char* machine : {"gemmini_16x16", "nvdla_nv_small"}) {
    for (const char* network : {"tiny_depthwise", "tiny_attention", "tiny_residual"}) {
      for (const char* more : {"npu.cores=1", "npu.cores=3"}) {
        Sound s = sound(network, {"npu.scheduler.count=3", "npu.scheduler.launch_latency=700 cycles", more}, machine);
        EXPECT_THAT(judged(s).lines, IsEmpty()) << machine << ", " << network << ", " << more;
        // Both run at 1 GHz; one launch becomes a cycle longer than the others.
        const auto launch = std::ranges::find_if(s.batch.records, [](const Record& r) {
          return r.name == Name::decision && r.start > Ps{0} && r.end - r.start >= Ps{700'000};
        });
        ASSERT_NE(launch, s.batch.records.end());
        launch->start -= Ps{1'000};
        EXPECT_THAT(judged(s).violated, Contains(Invariant::causes)) << machine << ", " << network << ", " << more;
      }
    }
  }
}

struct Fault {
  const char* name;
  Invariant broken;
  std::function<void(Sound&)> change;
};
void PrintTo(const Fault& f, std::ostream* out) { *out << f.name; }

class InvariantCheckFault : public testing::TestWithParam<Fault> {};

TEST_P(InvariantCheckFault, IsNamed) {
  Sound s = whole();
  GetParam().change(s);
  const Verdict v = judged(s);
  EXPECT_THAT(v.violated, Contains(GetParam().broken));
  const std::string key(spec(GetParam().broken).key);
  EXPECT_TRUE(std::any_of(v.lines.begin(), v.lines.end(), [&](const std::string& line) {
    return line.starts_with(key + ": ");
  })) << testing::PrintToString(v.lines);
}

using I = Invariant;
INSTANTIATE_TEST_SUITE_P(
    Each, InvariantCheckFault,
    testing::Values(
        Fault{"units", I::units, [](Sound& s) { s.header.units[3].path += "x"; }},
        Fault{"unit_without_core", I::places, [](Sound& s) { unit_of(s, Name::fill).core = UnitInfo::kNoCore; }},
        Fault{"array_without_core", I::places, [](Sound& s) { unit_of(s, Name::compute).core = UnitInfo::kNoCore; }},
        Fault{"unit_clock", I::units, [](Sound& s) { s.header.units.back().clock = 2; }},
        Fault{"clocks", I::clocks,
              [](Sound& s) {
                s.header.clocks[0].clock = base::Clock{7, 1};
              }},
        Fault{"facts", I::facts, [](Sound& s) { s.trailer.meta.erase("wasted_bytes"); }},
        Fault{"no_cores", I::facts, [](Sound& s) { s.header.meta["cores"] = "0"; }},
        Fault{"table", I::table, [](Sound& s) { ++s.tiles.tiles[2].group; }},
        Fault{"rows_of_a_vector_tile", I::table, [](Sound& s) { vector_tile(s).rows = 1; }},
        Fault{"planned", I::table, [](Sound& s) { ++s.tiles.tiles[2].input_bytes; }},
        Fault{"edge", I::table, [](Sound& s) { s.tiles.edges.pop_back(); }},
        Fault{"level", I::level, [](Sound& s) { s.header.level = Level::fold; }},
        Fault{"ids", I::ids, [](Sound& s) { ++s.batch.ids[7]; }},
        Fault{"counts", I::counts, [](Sound& s) { ++s.trailer.units[2].kept; }},
        Fault{"spans", I::spans, [](Sound& s) { record(s, Name::store).start = Ps{-1}; }},
        Fault{"lanes", I::lanes, [](Sound& s) { record(s, Name::compute, 1).start -= Ps{100'000'000}; }},
        Fault{"labels", I::labels, [](Sound& s) { ++record(s, Name::load).op; }},
        Fault{"places", I::places, [](Sound& s) { record(s, Name::load).set_channel(7); }},
        Fault{"rows", I::places, [](Sound& s) { record(s, Name::compute).set_rows(3); }},
        Fault{"arrivals", I::arrivals, [](Sound& s) { record(s, Name::arrival).request = 1; }},
        Fault{"tiles", I::tiles, [](Sound& s) { record(s, Name::decision, 1).tile = record(s, Name::decision).tile; }},
        Fault{"macs", I::macs, [](Sound& s) { record(s, Name::compute, 1).set_macs(1); }},
        Fault{"bytes", I::bytes, [](Sound& s) { record(s, Name::load).set_bytes(32); }},
        Fault{"stored", I::bytes,
              [](Sound& s) { record(s, Name::store).set_bytes(record(s, Name::store).bytes() - 32); }},
        Fault{"tasks", I::tasks, [](Sound& s) { record(s, Name::load, 1).task = record(s, Name::load).task; }},
        Fault{"waits", I::waits,
              [](Sound& s) {
                record(s, Name::waits) = Record::extension({Ps{-1}, Ps{0}, Ps{0}});
              }},
        Fault{"wait_sums", I::waits, [](Sound& s) { s.trailer.units[record(s, Name::load).unit].waits[2] += Ps{1}; }},
        Fault{"causes", I::causes, [](Sound& s) { record(s, Name::load, 2).cause = 2; }},
        Fault{"off_path", I::causes, [](Sound& s) { record(s, Name::drain).cause = 1; }},
        Fault{"links", I::causes, [](Sound& s) { record(s, Name::store).link = Link::array; }},
        Fault{"path", I::path,
              [](Sound& s) {
                record(s, Name::store, 5).cause = 1;
                s.trailer.meta["makespan_ps"] = "5";
              }},
        Fault{"window", I::window, [](Sound& s) { stall(s, Reason::load).start += Ps{1}; }},
        Fault{"reasons", I::reasons, [](Sound& s) { stall(s, Reason::load).set_reason(Reason::output_slot); }},
        Fault{"stall_cause", I::reasons, [](Sound& s) { stall(s, Reason::dispatch).cause = 1; }},
        Fault{"operand_slots", I::operand_slots, [](Sound& s) { record(s, Name::hold).end -= Ps{1}; }},
        Fault{"output_slots", I::output_slots, [](Sound& s) { record(s, Name::draining).start += Ps{1}; }},
        Fault{"operators", I::operators, [](Sound& s) { record(s, Name::op).start += Ps{1}; }},
        Fault{"requests", I::requests, [](Sound& s) { record(s, Name::request).end -= Ps{1}; }},
        Fault{"counters", I::counters, [](Sound& s) { record(s, Name::counter).set_value(-1); }},
        Fault{"peaks", I::peaks, [](Sound& s) { record(s, Name::compute).set_macs(1'000'000'000); }},
        Fault{"bus", I::peaks, [](Sound& s) { s.trailer.meta["dram_read_bytes"] = "1000000000000"; }},
        Fault{"folds", I::folds, [](Sound& s) { record(s, Name::fold).set_macs(1); }},
        Fault{"packets", I::packets,
              [](Sound& s) { record(s, Name::burst).set_bytes(record(s, Name::burst).bytes() * 2); }},
        Fault{"answers", I::answers, [](Sound& s) { ++record(s, Name::answer).tile; }},
        Fault{"answer_for_another_core", I::answers,
              [](Sound& s) { record(s, Name::answer).set_core(record(s, Name::answer).core() + 1); }},
        Fault{"answer_too_early", I::answers,
              [](Sound& s) { record(s, Name::answer, 3).start = record(s, Name::answer, 3).end = Ps{0}; }},
        Fault{"refused_and_done", I::answers, [](Sound& s) { record(s, Name::answer).set_refusal(8); }},
        Fault{"more_candidates_than_weighed", I::answers, [](Sound& s) { record(s, Name::answer).set_weighed(0); }},
        Fault{"candidates_out_of_order", I::answers,
              [](Sound& s) {
                const auto [first, second] = two_candidates(s);
                *first = *second;  // neither is the one taken
                second->set_score(first->score() - 1);
              }},
        Fault{"the_taken_one_behind_another", I::answers,
              [](Sound& s) {
                const auto [first, second] = two_candidates(s);
                std::swap(*first, *second);
              }},
        Fault{"answer_of_a_run_without", I::answers, [](Sound& s) { s.header.meta["decisions"] = "0"; }},
        Fault{"end", I::end, [](Sound& s) { s.trailer.clean_end = false; }}),
    [](const auto& i) { return std::string(i.param.name); });

TEST(InvariantCheck, EdgesHoldAgainstStores) {
  Sound s = whole();
  for (Record& r : s.batch.records)
    if (r.name == Name::decision && r.tile == s.tiles.edges.back().to) r.start = Ps{1};
  EXPECT_THAT(judged(s).violated, Contains(Invariant::order));
}

// At an eighth of the rate that it had, a channel would have moved too much; a rate for no channel names no unit.
TEST(InvariantCheck, WhatChannelsMoveUnderCapsIsAddedUp) {
  const Sound capped = sound(
      "tiny_residual", {"requests.list=[{}, {arrival: 5 us, deadline: 1 us}]", "scheduler.best_effort_rate=4 B/cycle"},
      "tiny_8x8", "depth_first");
  EXPECT_THAT(judged(capped).lines, IsEmpty());
  Sound s = capped;
  Record& cap = record(s, Name::cap);
  ASSERT_EQ(cap.rate() % 1000, 0);
  cap.set_rate(cap.rate() / 8);
  EXPECT_THAT(judged(s).violated, testing::ElementsAre(Invariant::caps));
  s = capped;
  record(s, Name::cap).set_channel(77);
  EXPECT_THAT(judged(s).violated, Contains(Invariant::places));
  s = capped;
  record(s, Name::cap).cause = 1;
  record(s, Name::cap).link = Link::array;
  EXPECT_THAT(judged(s).violated, Contains(Invariant::causes));
}

// Neither the next span of the slot nor the end of the trace passes over a hold or a draining that is missing.
TEST(InvariantCheck, NoHoldAndNoDrainingMayBeMissing) {
  for (const Name missing : {Name::hold, Name::draining}) {
    Sound s = sound("tiny_residual", {"scheduler.policy=depth_first", "buffers.input=1", "buffers.output=1"});
    const auto& records = s.batch.records;
    const auto at = std::find_if(records.begin(), records.end(), [&](const Record& r) { return r.name == missing; });
    const auto spans_before = std::count_if(records.begin(), at, [](const Record& r) { return !r.is_extension(); });
    s.batch.ids.erase(s.batch.ids.begin() + spans_before);
    s.batch.records.erase(at);
    EXPECT_THAT(judged(s).violated,
                Contains(missing == Name::hold ? Invariant::operand_slots : Invariant::output_slots));
  }
}

TEST(InvariantCheck, SaysWhatItCouldNotJudgeAndWhy) {
  Sound s = sound("tiny_residual", {});
  Verdict v = judged(s);
  EXPECT_THAT(v.lines, IsEmpty());
  ASSERT_EQ(v.unjudged.size(), 3u);
  EXPECT_EQ(v.unjudged[0].invariant, Invariant::folds);
  EXPECT_EQ(v.unjudged[0].why, "level tile does not keep folds");
  s = sound("tiny_residual", {"trace.level=operator"});
  v = judged(s);
  EXPECT_THAT(v.lines, IsEmpty());
  EXPECT_GT(v.unjudged.size(), 15u);
  EXPECT_EQ(v.held.size() + v.unjudged.size(), kInvariantCount);
}

TEST(InvariantCheck, ATruncatedTraceIsJudgedAsFarAsItGoesAndNeverHolds) {
  Sound s = whole();
  s.batch.records.resize(60);
  s.batch.ids.resize(static_cast<std::size_t>(std::count_if(s.batch.records.begin(), s.batch.records.end(),
                                                            [](const Record& r) { return !r.is_extension(); })));
  Verdict v = judged(s, true);
  EXPECT_THAT(v.violated, testing::ElementsAre(Invariant::end));
  record(s, Name::load, 1).cause = 1;
  v = judged(s, true);
  EXPECT_THAT(v.violated, Contains(Invariant::causes));
}

// Flipping the kind of the trace or how the run ended switches nothing off.
TEST(InvariantCheck, ForgedMacsDoNotHideBehindDeviceOrFailure) {
  for (const bool device : {false, true}) {
    Sound s = whole();
    s.header.device = s.trailer.device = device;
    s.trailer.clean_end = device;
    record(s, Name::compute, 1).set_macs(1);
    EXPECT_THAT(judged(s).violated, Contains(Invariant::macs));
  }
}

TEST(InvariantCheck, StopsAfterAThousandViolations) {
  Sound s = whole();
  for (Record& r : s.batch.records)
    if (!r.is_extension()) r.end -= Ps{1'000'000'000};
  const Verdict v = judged(s);
  ASSERT_EQ(v.lines.size(), 101u);
  EXPECT_EQ(v.lines.back(), "and 900 more, and perhaps others");
}

// Two schedulers with a launch latency: the later decision may start first, and then a tile waits for the output slot
// until the decision on a tile before it has taken its own. No store stands at the end of that wait.
TEST(InvariantCheckSound, AWaitForASlotMayEndWithADecision) {
  const tests::TempFolder out;
  (void)tests::execute(tests::shipped("gemmini_16x16", "tiny_residual", "depth_first", {"scheduler.count=2"}),
                       out.path());
  EXPECT_THAT(tests::read_trace(out / "trace.tsr").violations, IsEmpty());
}

}  // namespace
}  // namespace tessera::trace
