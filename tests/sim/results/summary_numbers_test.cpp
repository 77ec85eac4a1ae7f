// Numbers of a summary worked out by hand, from a summary that was filled by hand.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/results/phases.h"
#include "sim/results/summary.h"
#include "sim/results/traffic_meter.h"

namespace tessera::tests {
namespace {

using nlohmann::json;

// 2 us at a peak of 1 GB/s: 2000 bytes at most.
sim::RunSummary by_hand() {
  sim::RunSummary s;
  s.makespan = base::Ps{2'000'000};
  s.dram_peak_bytes_per_second = 1'000'000'000;
  s.dram.read_bytes = 600;
  s.dram.write_bytes = 400;
  s.dram.row_hits = 6;
  s.dram.row_misses = 3;
  s.dram.row_conflicts = 1;
  s.padding_bytes = 30;
  s.dropped_bytes = 12;
  s.dispatch.loaded_bytes = 500;
  s.dispatch.reused_bytes = 70;
  s.dispatch.prefetches = 4;
  s.dispatch.prefetches_evicted = 2;
  s.dispatch.illegal = 1;
  s.port_cycles_left_behind = base::Cycles{17};
  return s;
}

json document(const sim::RunSummary& s) { return json::parse(sim::summary_json(s)); }

TEST(SummaryNumbers, MemoryCountsReadsAndWrites) {
  const json d = document(by_hand());
  EXPECT_EQ(d.at("dram_read_bytes"), 600);
  EXPECT_EQ(d.at("dram_write_bytes"), 400);
  EXPECT_DOUBLE_EQ(d.at("dram_bandwidth_utilization").get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(d.at("dram_row_hit_rate").get<double>(), 0.6);
  EXPECT_EQ(d.at("padding_bytes"), 30);
  EXPECT_EQ(d.at("dropped_prefetch_bytes"), 12);
  EXPECT_EQ(d.at("loaded_bytes"), 500);
  EXPECT_EQ(d.at("reused_bytes"), 70);
  EXPECT_EQ(d.at("sram_left_behind_cycles"), 17);
}

// A bound of 800 ns, 1000 with the bytes that were moved, 1600 operator by operator, 2000 in truth.
TEST(SummaryNumbers, TheGapIsTheProductOfItsFactors) {
  sim::RunSummary s = by_hand();
  s.bound[scheduler::BoundTerm::arrays] = base::Ps{800'000};
  s.bound_moved[scheduler::BoundTerm::dram] = base::Ps{1'000'000};
  s.phases = base::Ps{1'600'000};
  const json gap = document(s).at("gap");
  EXPECT_DOUBLE_EQ(gap.at("bytes_factor").get<double>(), 1.25);
  EXPECT_DOUBLE_EQ(gap.at("phases_factor").get<double>(), 1.6);
  EXPECT_DOUBLE_EQ(gap.at("overlap_factor").get<double>(), 1.25);
  EXPECT_DOUBLE_EQ(gap.at("total").get<double>(), 2.5);
  EXPECT_EQ(gap.at("phases_ps"), 1'600'000);
  double product = 1;
  for (const sim::GapFactor& factor : sim::kGapFactors) product *= (s.gap().*factor.value)().value();
  EXPECT_DOUBLE_EQ(product, *s.gap().total());
  EXPECT_NE(sim::summary_text(s).find("gap       2.500 x = bytes 1.250 * phases 1.600 * overlap 1.250\n"),
            std::string::npos);
  EXPECT_TRUE(document(sim::RunSummary{}).at("gap").at("total").is_null());
}

// Two operators on two cores: the first is busiest on the arrays (300 / 2), the second with its bytes: 900 of the 1000
// that were loaded, so 1800 of 2000 at the DRAM, at 10 bytes per ns. Then a task of the host.
TEST(Phases, EveryOperatorTakesTheTimeOfItsBusiestResource) {
  trace::MeasuresResult measures;
  measures.cores.resize(2);
  measures.operators.resize(2);
  measures.operators[0].array_busy = base::Ps{300'000};
  measures.operators[0].vector_busy = base::Ps{200'000};
  measures.operators[0].read_bytes = 100;
  measures.operators[1].array_busy = base::Ps{300'000};
  measures.operators[1].read_bytes = 900;
  scheduler::TileGraph graph;
  graph.host_tasks.push_back({0, base::Ps{7'000}, {}, {}});
  arch::MachineLimits limits;
  limits.dram.peak_bytes_per_second = 10'000'000'000;
  limits.interconnect_rate = 1'000'000'000'000;
  scheduler::Traffic moved;
  moved.dram_read = 2000;
  moved.core_read = 1000;
  EXPECT_EQ(sim::phases_time(measures, graph, moved, limits), base::Ps{150'000 + 180'000 + 7'000});
}

TEST(SummaryNumbers, DecisionsByKind) {
  const json d = document(by_hand()).at("decisions");
  EXPECT_EQ(d.at("prefetches"), 4);
  EXPECT_EQ(d.at("prefetches_evicted"), 2);
  EXPECT_EQ(d.at("illegal"), 1);
}

// Of 128 bytes that the input's bursts hold 100 are wanted, of 64 of the weights 60, of 64 of the result 32. The input
// comes in two parts, and the weights twice: their padding moves twice.
TEST(TrafficMeter, PaddingCountsOnceForATransfer) {
  scheduler::TileGraph graph;
  for (const auto& [bytes, useful] : {std::pair{128, 100}, {64, 60}, {64, 32}}) {
    scheduler::Block b;
    b.bytes = bytes;
    b.useful_bytes = useful;
    graph.blocks.push_back(b);
  }
  scheduler::Tile tile;
  tile.input = 0;
  tile.weight = 1;
  graph.tiles = {tile};
  scheduler::Group group{};
  group.output = 2;
  graph.groups = {group};
  sim::TrafficMeter meter(graph);
  trace::Sink sink;
  sink.add(meter);
  const auto transfer = [&](trace::Name name, trace::Operand operand, std::uint32_t task, std::int64_t bytes) {
    trace::Record r;
    r.name = name;
    r.tile = 0;
    r.task = task;
    r.set_operand(operand);
    r.set_bytes(bytes);
    sink.emit(r);
  };
  transfer(trace::Name::load, trace::Operand::input, 1, 64);
  transfer(trace::Name::load, trace::Operand::input, 1, 64);
  transfer(trace::Name::load, trace::Operand::weight, 2, 64);
  transfer(trace::Name::load, trace::Operand::weight, 4, 64);
  transfer(trace::Name::store, trace::Operand::output, 3, 64);
  sink.finish(base::Ps{0});
  EXPECT_EQ(meter.padding_bytes(), 28 + 2 * 4 + 32);
  EXPECT_EQ(meter.load_bytes(), 256);
  EXPECT_EQ(meter.store_bytes(), 64);
  EXPECT_EQ(sim::planned_bytes(graph), 128 + 64 + 64);
}

// A network without tiles takes no time and moves nothing: a ratio of nothing to nothing has no value.
TEST(SummaryNumbers, NothingOfNothingHasNoValue) {
  sim::RunSummary s;
  s.dram_peak_bytes_per_second = 1'000'000'000;
  const json d = document(s);
  EXPECT_TRUE(d.at("dram_bandwidth_utilization").is_null());
  EXPECT_TRUE(d.at("dram_row_hit_rate").is_null());
  EXPECT_EQ(sim::summary_text(s).find("nan"), std::string::npos);
}

TEST(SummaryNumbers, EnergyOfARequestIsItsShare) {
  sim::RunSummary s = by_hand();
  s.energy.emplace();
  s.energy->requests = 4;
  s.energy->run.report.total = arch::Femtojoules{10'000'000'000};  // 10 uJ
  const json d = document(s);
  EXPECT_DOUBLE_EQ(d.at("energy_uj").get<double>(), 10.0);
  EXPECT_DOUBLE_EQ(d.at("energy_per_request_uj").get<double>(), 2.5);
}

}  // namespace
}  // namespace tessera::tests
