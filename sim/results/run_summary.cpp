#include "sim/results/run_summary.h"

#include <algorithm>
#include <optional>

#include "scheduler/address/tensor_precision.h"
#include "sim/results/phases.h"
#include "sim/results/run_energy.h"

namespace tessera::sim {
namespace {

scheduler::Traffic moved(const RunEnd& end, const TrafficMeter& traffic, const arch::MachineLimits& limits) {
  scheduler::Traffic t{end.dram.read_bytes, end.dram.write_bytes, traffic.load_bytes(), traffic.store_bytes()};
  t.packets_read = end.engine.delivered_reads;
  t.packets_write = end.engine.delivered_writes;
  if (!limits.forwards) return t;
  t.forwarded = std::min(end.dram.forwarded_bytes, t.core_read);
  t.packets_forwarded = std::min(end.dram.forwarded_bytes / limits.burst_bytes, t.packets_read);
  return t;
}

double port_share(const PreparedRun& run, const RunEnd& end, const TrafficMeter& traffic) {
  const double seconds = static_cast<double>(end.makespan.count()) * 1e-12;
  const auto bytes = static_cast<double>(traffic.load_bytes() + traffic.store_bytes());
  return seconds > 0 ? bytes / (static_cast<double>(run.limits.shared_sram_rate) * seconds) : 0;
}

void add_bounds(const PreparedRun& run, const RunEnd& end, const TrafficMeter& traffic, RunSummary& s) {
  const arch::NpuSpec& npu = run.spec.npu;
  const arch::MachineLimits limits = end.own_memory ? run.limits.with_unknown_dram() : run.limits;
  s.bound = scheduler::lower_bound(run.graph, npu, limits);
  s.bound_moved = scheduler::bound_with_traffic(s.bound, moved(end, traffic, limits), limits);
  s.phases = phases_time(s.measures, run.graph, s.bound_moved.traffic, limits);
  s.bound_network = run.spec.model.program.empty()
                        ? scheduler::network_bound(run.network, npu, limits, run.spec.requests)
                        : scheduler::work_bound(run.graph, npu, limits);
  s.lower_bound_cycles = base::Cycles{s.bound.cycles(npu.core_clock)};
}

// The operators of a program have no geometry.
void add_macs_of_tiles(const PreparedRun& run, RunSummary& s) {
  for (const scheduler::Tile& t : run.graph.tiles) {
    if (t.work == scheduler::kNoId) continue;
    const models::Operator& op = run.network.operators[t.op];
    s.macs_at[static_cast<std::size_t>(scheduler::operand_precision(run.network, run.spec.npu, op))] +=
        run.graph.works[t.work].macs;
  }
}

void add_precisions(const PreparedRun& run, RunSummary& s) {
  const arch::NpuSpec& npu = run.spec.npu;
  std::optional<base::Precision> one;
  bool mixed = false;
  for (const models::Operator& op : run.network.operators) {
    const auto see = [&](models::TensorId t) {
      const base::Precision p = scheduler::precision_of(run.network, npu, t);
      mixed = mixed || p != one.value_or(p);
      one = p;
    };
    see(op.output);
    std::ranges::for_each(op.inputs, see);
    if (op.unit != models::Unit::pe || !run.spec.model.program.empty()) continue;
    s.macs_at[static_cast<std::size_t>(scheduler::operand_precision(run.network, npu, op))] +=
        op.pe.macs() * run.spec.requests.count;
  }
  if (!run.spec.model.program.empty()) add_macs_of_tiles(run, s);
  s.precision = mixed ? "mixed" : base::to_string(one.value_or(npu.precision));
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
  add_precisions(run, s);
  s.operators = run.network.operators.size();
  s.tiles = run.graph.tiles.size();
  s.groups = run.graph.groups.size();
  s.tiling = scheduler::tiling_plan(run.network, run.graph);
  s.dispatch = end.dispatch;
  s.requests = request_results(run.graph, end.request_ends);
  s.planned_bytes = planned_bytes(run.graph);
  s.padding_bytes = traffic.padding_bytes();
  s.dropped_bytes = end.engine.dropped_bytes;
  s.port_cycles_left_behind = end.port_cycles_left_behind;
  s.dram = end.dram;
  s.dram_peak_bytes_per_second = end.own_memory ? 0 : run.limits.dram.peak_bytes_per_second;
  s.shared_sram = end.shared_sram;
  if (end.shared_sram) s.shared_sram_utilization = port_share(run, end, traffic);
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
