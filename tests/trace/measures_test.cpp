#include "trace/analysis/measures.h"

#include <gtest/gtest.h>

#include "tests/trace/known_trace.h"
#include "trace/analysis/critical_path.h"
#include "trace/analysis/intervals.h"
#include "trace/analysis/measure_table.h"

namespace tessera::trace {
namespace {

using base::Ps;
using test::KnownTrace;

MeasuresResult measure(const KnownTrace& known) {
  Measures measures(known.lanes.units(), known.tiles, known.facts);
  Sink sink;
  sink.add(measures);
  known.emit(sink);
  return measures.result();
}

double number(const MeasuresResult& m, std::string_view id) { return base::number_of(run_value(m, id)).value(); }

Ps stall(const UnitTime& t, Reason r) { return t.stall[static_cast<std::size_t>(r)]; }

TEST(Measures, TimeOfAnArrayAddsUpByReason) {
  const auto m = measure({});
  ASSERT_EQ(m.cores.size(), 1u);
  const UnitTime& a = m.cores[0].array;
  EXPECT_EQ(a.busy, Ps{270});  // 200 - 20 conflict + 90
  EXPECT_EQ(stall(a, Reason::sram_conflict), Ps{20});
  EXPECT_EQ(stall(a, Reason::dispatch), Ps{10});
  EXPECT_EQ(stall(a, Reason::load), Ps{100});
  EXPECT_EQ(stall(a, Reason::no_work), Ps{100});
  EXPECT_EQ(a.sum(), Ps{500});
  EXPECT_EQ(m.cores[0].vector.sum(), Ps{500});
}

TEST(Measures, UtilizationOverlapAndLatencies) {
  const auto m = measure({});
  EXPECT_DOUBLE_EQ(number(m, "pe_time_utilization"), 270.0 / 500);
  EXPECT_DOUBLE_EQ(number(m, "pe_mac_utilization"), 3000.0 / (16 * 500));
  // U(compute) = [110, 400); U(dma) = [10, 150) + [310, 350) + [410, 500): 40 + 40 under compute of 270.
  EXPECT_EQ(m.cores[0].transfer, Ps{270});
  EXPECT_EQ(m.cores[0].hidden, Ps{80});
  EXPECT_DOUBLE_EQ(number(m, "overlap_ratio"), 80.0 / 500);
  EXPECT_DOUBLE_EQ(number(m, "hidden_transfer"), 80.0 / 270);
  EXPECT_DOUBLE_EQ(number(m, "exposed_transfer"), 190.0 / 270);
  EXPECT_DOUBLE_EQ(number(m, "any_overlap_ratio"), 80.0 / 500);
  EXPECT_EQ(m.load_to_compute.samples, 2u);
  EXPECT_EQ(m.load_to_compute.p50, Ps{0});
  EXPECT_EQ(m.load_to_compute.max, Ps{160});  // 310 - 150
  EXPECT_EQ(m.compute_to_writeback.max, Ps{100});
  EXPECT_EQ(m.compute_to_writeback.p50, Ps{40});
  EXPECT_EQ(m.cores[0].tile_gap.max, Ps{0});
  EXPECT_EQ(m.request_latency.p99, Ps{500});
  EXPECT_EQ(m.no_request, Ps{0});
}

// The request comes at 100 ps of 500: what is asked of the machine it is asked in 400.
TEST(Measures, TimeBeforeTheFirstRequestIsNotRequested) {
  const KnownTrace known;
  Measures measures(known.lanes.units(), known.tiles, known.facts);
  Sink sink;
  sink.add(measures);
  known.emit(sink, [](std::uint64_t, Record& r) {
    if (r.name == Name::request) r.start = Ps{100};
  });
  const MeasuresResult& m = measures.result();
  EXPECT_EQ(m.no_request, Ps{100});
  EXPECT_DOUBLE_EQ(number(m, "pe_time_utilization"), 270.0 / 500);
  EXPECT_DOUBLE_EQ(number(m, "pe_time_utilization_requested"), 270.0 / 400);
  EXPECT_DOUBLE_EQ(number(m, "pe_mac_utilization_requested"), 3000.0 / (16 * 400));
}

TEST(Measures, DoubleBufferingHasAVerdictAndNothingGivesNoValue) {
  const auto m = measure({});
  // Fill of the input: [0, 150), of it [110, 150) under compute.
  EXPECT_DOUBLE_EQ(*m.operands[0].effectiveness, 40.0 / 150);
  EXPECT_EQ(m.operands[0].verdict, Buffering::partly);
  EXPECT_FALSE(m.operands[1].effectiveness.has_value());
  EXPECT_FALSE(m.operands[1].verdict.has_value());
}

TEST(Measures, BytesBandwidthAndOperators) {
  const auto m = measure({});
  EXPECT_EQ(run_value(m, "read_bytes"), base::value_of(192));
  EXPECT_EQ(run_value(m, "write_bytes"), base::value_of(64));
  EXPECT_EQ(m.wasted_bytes, 5);
  ASSERT_EQ(m.channels.size(), 1u);
  EXPECT_EQ(m.channels[0].transfers, 4u);
  EXPECT_EQ(m.channels[0].active, Ps{270});
  EXPECT_EQ(m.channels[0].waits[2], Ps{12});
  EXPECT_DOUBLE_EQ(*m.channels[0].utilization, 256.0 / 500);
  EXPECT_DOUBLE_EQ(*m.dma_utilization, 256.0 / 500);
  ASSERT_EQ(m.operators.size(), 2u);
  EXPECT_EQ(m.operators[0].name, "first");
  EXPECT_EQ(m.operators[0].active, Ps{200});
  EXPECT_EQ(m.operators[1].macs, 2000);
  EXPECT_EQ(m.operators[1].last, Ps{500});
}

// Records of one core, emitted by `emit`; the run ends at 200.
template <class Emit>
MeasuresResult measure_records(const KnownTrace& k, Emit emit) {
  Measures measures(k.lanes.units(), k.tiles, k.facts);
  Sink sink;
  sink.add(measures);
  emit(sink);
  sink.finish(Ps{200});
  return measures.result();
}

// The array waits for its trace buffer from 90 on, of which 10 ps lie in its task; the vector unit in its last 10 ps.
TEST(Measures, AWaitInsideATaskIsTakenFromTheUnitThatWaits) {
  const KnownTrace k;
  const auto m = measure_records(k, [&](Sink& sink) {
    const auto wait = [&](std::uint16_t unit, std::int64_t start, std::int64_t end) {
      Record r = k.span(Name::stall, unit, start, end, 0, Link::none, kNoTile);
      r.set_reason(Reason::trace_buffer);
      sink.emit(r);
    };
    Record compute = k.span(Name::compute, k.lanes.pe_array(0), 0, 100, 0, Link::none, 0);
    compute.set_macs(1000);
    sink.emit(compute);
    wait(k.lanes.pe_array(0), 90, 120);
    Record vector = k.span(Name::vector, k.lanes.vector_unit(0), 20, 160, 0, Link::none, 1);
    vector.set_macs(70);
    sink.emit(vector);
    wait(k.lanes.vector_unit(0), 150, 160);
  });
  EXPECT_EQ(m.cores[0].array.busy, Ps{90});
  EXPECT_EQ(m.cores[0].vector.busy, Ps{130});
  EXPECT_EQ(m.cores[0].macs, 1000) << "the vector unit's are no work of the array";
  EXPECT_EQ(m.macs, 1070);
}

// The load of tile 0 is there at 10. It is first used at 12; its post, at 40, reads nothing. Its store ends in two
// parts, the later at 95. Computes of other tiles follow after 10 and after 30 ps.
TEST(Measures, LatenciesOfATileAreThoseOfItsFirstUseAndItsLastPart) {
  const KnownTrace k;
  const auto m = measure_records(k, [&](Sink& sink) {
    const auto transfer = [&](Name name, std::int64_t start, std::int64_t end) {
      Record r = k.span(name, k.lanes.channel(0), start, end, 0, Link::none, 0);
      r.set_bytes(64);
      sink.emit(r);
      sink.emit_waits({});
    };
    transfer(Name::load, 0, 10);
    sink.emit(k.span(Name::compute, k.lanes.pe_array(0), 12, 50, 0, Link::none, 0));
    sink.emit(k.span(Name::post, k.lanes.vector_unit(0), 40, 60, 0, Link::start_of, 0));
    sink.emit(k.span(Name::compute, k.lanes.pe_array(0), 60, 70, 0, Link::none, kNoTile));
    transfer(Name::store, 60, 80);
    transfer(Name::store, 60, 95);
    sink.emit(k.span(Name::compute, k.lanes.pe_array(0), 100, 110, 0, Link::none, kNoTile));
  });
  EXPECT_EQ(m.load_to_compute.samples, 1u);
  EXPECT_EQ(m.load_to_compute.max, Ps{2});
  EXPECT_EQ(m.compute_to_writeback.samples, 1u);
  EXPECT_EQ(m.compute_to_writeback.max, Ps{35});
  EXPECT_EQ(m.cores[0].tile_gap.samples, 2u);
  EXPECT_EQ(m.cores[0].tile_gap.p50, Ps{10});
  EXPECT_EQ(m.cores[0].tile_gap.max, Ps{30});
}

// Ten requests of 1 to 10 ps: the rank of a percentile is rounded up, of 99 % to the tenth.
TEST(Measures, PercentilesAreSamples) {
  const KnownTrace k;
  const auto m = measure_records(k, [&](Sink& sink) {
    for (std::int64_t i = 10; i > 0; --i) sink.emit(k.span(Name::request, 0, 100, 100 + i, 0, Link::none, kNoTile));
  });
  EXPECT_EQ(m.request_latency.p50, Ps{5});
  EXPECT_EQ(m.request_latency.p90, Ps{9});
  EXPECT_EQ(m.request_latency.p99, Ps{10});
  EXPECT_EQ(m.request_latency.mean, Ps{5});
}

TEST(Measures, AnOperatorBeginsWithItsFirstDecision) {
  const KnownTrace k;
  const auto m = measure_records(k, [&](Sink& sink) {
    for (const std::int64_t start : {7, 3, 9})
      sink.emit(k.span(Name::decision, k.lanes.scheduler(0), start, start + 2, 0, Link::none, 0));
  });
  ASSERT_EQ(m.operators.size(), 1u);
  EXPECT_EQ(m.operators[0].first, Ps{3});
  EXPECT_EQ(m.operators[0].tiles, 1u) << "a tile that was taken back and decided on again is one tile";
}

// 256 bytes in 500 ps at a byte per picosecond, and 100 bytes that a channel may be ahead of its rate.
TEST(Measures, AChannelMayLeadItsRate) {
  KnownTrace known;
  known.facts.channel_lead_bytes = 100;
  EXPECT_DOUBLE_EQ(*measure(known).channels[0].utilization, 256.0 / 600);
}

TEST(Measures, AnEmptyRunHasNoRatios) {
  const KnownTrace known;
  Measures measures(known.lanes.units(), known.tiles, known.facts);
  measures.finish(Ps{0});
  const auto& m = measures.result();
  for (const char* id :
       {"pe_time_utilization", "pe_mac_utilization", "overlap_ratio", "hidden_transfer", "exposed_transfer",
        "any_overlap_ratio", "dma_bytes_per_second", "requests_per_second", "request_latency.p50_ps"}) {
    EXPECT_FALSE(base::has_value(run_value(m, id))) << id;
  }
}

TEST(CriticalPath, AddsUpAndIsAttributed) {
  const KnownTrace known;
  CriticalPathWalk walk;
  Sink sink;
  sink.add(walk);
  known.emit(sink);
  const CriticalPath& p = walk.path();
  EXPECT_TRUE(p.problems.empty()) << p.problems.front();
  EXPECT_EQ(p.makespan, Ps{500});
  EXPECT_EQ(p.sum(), p.makespan);
  const auto part = [&](PathPart x) { return p.length[static_cast<std::size_t>(x)]; };
  EXPECT_EQ(part(PathPart::dispatch), Ps{10});
  EXPECT_EQ(part(PathPart::load), Ps{100});
  EXPECT_EQ(part(PathPart::compute), Ps{290});
  EXPECT_EQ(part(PathPart::drain), Ps{10});
  EXPECT_EQ(part(PathPart::store), Ps{90});
  EXPECT_EQ(p.links[static_cast<std::size_t>(Link::array)], 1u);
  Ps at{0};
  for (const PathStep& s : p.steps) {
    EXPECT_EQ(s.begin, at);
    at = s.end;
  }
  EXPECT_EQ(at, Ps{500});
}

TEST(CriticalPath, GapsAreSyncOrPolicyAndAPostCountsFromItsStart) {
  const KnownTrace k;
  CriticalPathWalk walk;
  Sink sink;
  sink.add(walk);
  const auto arrival = sink.emit(k.span(Name::arrival, 0, 5, 5, 0, Link::none, kNoTile));
  const auto decision = sink.emit(k.span(Name::decision, k.lanes.scheduler(0), 12, 20, arrival, Link::none, 0));
  const auto compute = sink.emit(k.span(Name::compute, k.lanes.pe_array(0), 23, 60, decision, Link::none, 0));
  const auto post = sink.emit(k.span(Name::post, k.lanes.vector_unit(0), 40, 70, compute, Link::start_of, 0));
  sink.emit(k.span(Name::store, k.lanes.channel(0), 70, 90, post, Link::none, 0));
  sink.finish(Ps{90});
  const CriticalPath& p = walk.path();
  EXPECT_TRUE(p.problems.empty());
  const std::array<std::int64_t, kPathParts> expected{5, 7, 8, 0, 17, 0, 0, 30, 20, 3, 0};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(p.length[i], Ps{expected[i]}) << to_string(static_cast<PathPart>(i));
  EXPECT_EQ(p.sum(), Ps{90});
}

TEST(CriticalPath, AGapThatNothingExplainsIsAProblem) {
  const KnownTrace known;
  CriticalPathWalk walk;
  Sink sink;
  sink.add(walk);
  known.emit(sink, [](std::uint64_t id, Record& r) {
    if (id == 14) r.start = Ps{420};  // a store starts when its cause ends
  });
  ASSERT_EQ(walk.path().problems.size(), 1u);
  EXPECT_NE(walk.path().problems[0].find("record 14"), std::string::npos);
  EXPECT_EQ(walk.path().sum(), walk.path().makespan);
}

// The store starts at 405, the drain that it names ends at 410.
TEST(CriticalPath, ACauseThatHasNotEndedIsAProblem) {
  const KnownTrace known;
  CriticalPathWalk walk;
  Sink sink;
  sink.add(walk);
  known.emit(sink, [](std::uint64_t id, Record& r) {
    if (id == 14) r.start = Ps{405};
  });
  ASSERT_EQ(walk.path().problems.size(), 2u) << "and so nothing explains the time before";
  EXPECT_NE(walk.path().problems[0].find("had not ended"), std::string::npos);
}

// Of two stores that end the run together, the one written last ends the path.
TEST(CriticalPath, TheLastOfEqualStoresEndsThePath) {
  const KnownTrace k;
  CriticalPathWalk walk;
  Sink sink;
  sink.add(walk);
  const auto arrival = sink.emit(k.span(Name::arrival, 0, 0, 0, 0, Link::none, kNoTile));
  const auto decision = sink.emit(k.span(Name::decision, k.lanes.scheduler(0), 0, 20, arrival, Link::none, 0));
  const auto first = sink.emit(k.span(Name::compute, k.lanes.pe_array(0), 20, 60, decision, Link::none, 0));
  const auto second = sink.emit(k.span(Name::compute, k.lanes.pe_array(0), 60, 70, first, Link::array, 1));
  sink.emit(k.span(Name::store, k.lanes.channel(0), 60, 90, first, Link::none, 0));
  sink.emit(k.span(Name::store, k.lanes.channel(0), 70, 90, second, Link::none, 1));
  sink.finish(Ps{90});
  EXPECT_TRUE(walk.path().problems.empty());
  EXPECT_EQ(walk.path().length[static_cast<std::size_t>(PathPart::store)], Ps{20});
  EXPECT_EQ(walk.path().length[static_cast<std::size_t>(PathPart::compute)], Ps{50});
}

TEST(IntervalSet, UnionAndOverlapEqualACountOfPicoseconds) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::array<bool, 200> in_a{}, in_b{};
    IntervalSet a, b;
    const auto fill = [&random](IntervalSet& set, std::array<bool, 200>& in) {
      for (int i = 0; i < 12; ++i) {
        const std::int64_t begin = static_cast<std::int64_t>(random() % 190),
                           end = begin + static_cast<std::int64_t>(random() % 10);
        set.add(Ps{begin}, Ps{end});
        for (std::int64_t t = begin; t < end; ++t) in[static_cast<std::size_t>(t)] = true;
      }
    };
    fill(a, in_a);
    fill(b, in_b);
    std::int64_t length = 0, both = 0;
    for (std::size_t t = 0; t < 200; ++t) {
      length += in_a[t] ? 1 : 0;
      both += in_a[t] && in_b[t] ? 1 : 0;
    }
    ASSERT_EQ(a.length(), Ps{length});
    ASSERT_EQ(overlap(a, b), Ps{both});
  }
}

}  // namespace
}  // namespace tessera::trace
