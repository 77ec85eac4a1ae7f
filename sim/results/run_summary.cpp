#include "sim/results/run_summary.h"

#include "sim/results/run_energy.h"

namespace tessera::sim {
namespace {

void add_bounds(const PreparedRun& run, const RunEnd& end, const TrafficMeter& traffic, RunSummary& s) {
  const arch::NpuSpec& npu = run.spec.npu;
  s.bound = scheduler::lower_bound(run.graph, npu, run.limits);
  s.bound_moved = scheduler::bound_with_traffic(
      s.bound, {end.dram.read_bytes, end.dram.write_bytes, traffic.load_bytes(), traffic.store_bytes()}, run.limits);
  s.bound_network = scheduler::network_bound(run.network, npu, run.limits, run.spec.requests);
  s.lower_bound_cycles = base::Cycles{s.bound.cycles(npu.core_clock)};
}

}  // namespace

RunSummary summarize(const PreparedRun& run, const RunEnd& end, const Outputs& outputs) {
  const RunSpec& spec = run.spec;
  const TrafficMeter& traffic = outputs.traffic();
  RunSummary s;
  s.network = run.network.name;
  s.npu = spec.npu.name;
  s.policy = spec.schedule.policy.name;
  s.makespan = end.makespan;
  s.makespan_cycles = spec.npu.core_clock.first_edge(end.makespan);
  s.macs = run.graph.macs;
  s.operators = run.network.operators.size();
  s.tiles = run.graph.tiles.size();
  s.groups = run.graph.groups.size();
  s.dispatch = end.dispatch;
  s.planned_bytes = planned_bytes(run.graph);
  s.padding_bytes = traffic.padding_bytes();
  s.dropped_bytes = end.engine.dropped_bytes;
  s.dram = end.dram;
  s.dram_peak_bytes_per_second = run.limits.dram.peak_bytes_per_second;
  s.shared_sram = end.shared_sram;
  s.engine = end.engine;
  s.measures = outputs.measures();
  s.path = outputs.path();
  if (const auto& energy = outputs.energy()) s.energy = summarize(*energy, run.network, spec.requests.count);
  s.trace = outputs.totals();
  add_bounds(run, end, traffic, s);
  s.prepare_seconds = run.seconds;
  return s;
}

}  // namespace tessera::sim
