#include "sim/results/summary_measures.h"

#include <array>

namespace tessera::sim {
namespace {

using trace::MeasureTable;
using enum trace::MeasureUnit;

double in_uj(arch::Femtojoules energy) { return static_cast<double>(energy.count()) * 1e-9; }
double in_ns(base::Ps t) { return static_cast<double>(t.count()) / 1000.0; }

// All of these are known to a run whatever its trace keeps, and none is made of rows.
template <class Row>
class RunTable {
 public:
  template <class Get>
  trace::Measure<Row>& add(std::string id, trace::MeasureUnit unit, std::string definition, Get get) {
    return table_.add(std::move(id), unit, trace::Level::off, trace::Aggregate::none, std::move(definition), get);
  }
  [[nodiscard]] MeasureTable<Row> done() { return std::move(table_); }

 private:
  MeasureTable<Row> table_;
};

void add_gap(RunTable<RunSummary>& t) {
  t.add("gap.total", factor, "makespan / bound of these tiles: the product of the three below",
        [](const RunSummary& s) { return base::value_of(s.gap().total()); });
  for (const GapFactor& one : kGapFactors) {
    t.add("gap." + std::string(one.name) + "_factor", factor, std::string(one.definition),
          [value = one.value](const RunSummary& s) { return base::value_of((s.gap().*value)()); });
  }
  t.add("gap.phases_ps", ps,
        "sum over the operators of the busiest resource's time: arrays or vector units / cores, host, bytes at peak",
        &RunSummary::phases);
}

void add_bound(RunTable<RunSummary>& t, const std::string& place, const std::string& what,
               scheduler::LowerBound RunSummary::*bound) {
  t.add(place + ".ps", ps, "least makespan " + what, [bound](const RunSummary& s) { return (s.*bound).time(); });
  t.add(place + ".binding", text, "the term that binds: the largest, the first of equal ones",
        [bound](const RunSummary& s) {
          return scheduler::kBoundTermNames[static_cast<std::size_t>((s.*bound).binding())];
        });
  for (std::size_t i = 0; i < scheduler::kBoundTermNames.size(); ++i) {
    const std::string term(scheduler::kBoundTermNames[i]);
    t.add(place + ".terms." + term + "_ps", ps, "the same by its term " + term + "; 0 where it does not apply",
          [bound, i](const RunSummary& s) { return (s.*bound).terms[i]; });
  }
}

base::Value dram_utilization(const RunSummary& s) {
  const double seconds = static_cast<double>(s.makespan.count()) * 1e-12;
  const double peak = static_cast<double>(s.dram_peak_bytes_per_second) * seconds;
  if (peak <= 0) return {};
  return static_cast<double>(s.dram.read_bytes + s.dram.write_bytes) / peak;
}

base::Value row_hit_rate(const RunSummary& s) {
  const auto accesses = s.dram.row_hits + s.dram.row_misses + s.dram.row_conflicts;
  if (accesses <= 0) return {};
  return static_cast<double>(s.dram.row_hits) / static_cast<double>(accesses);
}

void add_memory(RunTable<RunSummary>& t) {
  using S = RunSummary;
  t.add("dram_read_bytes", bytes, "bytes read over the DRAM's data buses",
        [](const S& s) { return s.dram.read_bytes; });
  t.add("dram_write_bytes", bytes, "bytes written over the DRAM's data buses",
        [](const S& s) { return s.dram.write_bytes; });
  t.add("dram_merged_bytes", bytes, "bytes read without moving: with the data of an equal read that waited",
        [](const S& s) { return s.dram.merged_bytes; });
  t.add("dram_forwarded_bytes", bytes, "bytes read without moving: out of a write that waited in the controller",
        [](const S& s) { return s.dram.forwarded_bytes; });
  t.add("dram_bandwidth_utilization", ratio, "bytes over the DRAM's data buses / (their peak x makespan)",
        dram_utilization);
  t.add("shared_sram_utilization", ratio, "bytes through the shared SRAM's port / (its peak x makespan)",
        [](const S& s) { return base::value_of(s.shared_sram_utilization); });
  t.add("dram_row_hit_rate", ratio, "bursts whose first look found their row open / all bursts", row_hit_rate);
  t.add("dram_activates", count, "rows opened", [](const S& s) { return s.dram.activates; });
  t.add("dram_refreshes", count, "refresh commands", [](const S& s) { return s.dram.refreshes; });
  t.add("planned_bytes", bytes, "bytes to move if no slot were ever reused", &S::planned_bytes);
  t.add("loaded_bytes", bytes, "operand bytes that dispatched tiles found missing",
        [](const S& s) { return s.dispatch.loaded_bytes; });
  t.add("operand_bytes", bytes, "operand bytes of dispatched tiles: loaded, prefetched and reused", &S::operand_bytes);
  t.add("prefetched_bytes", bytes, "operand bytes that a Prefetch had brought when dispatched tiles first used them",
        [](const S& s) { return s.dispatch.prefetched_bytes; });
  t.add("reused_bytes", bytes, "operand bytes that dispatched tiles used again from a slot",
        [](const S& s) { return s.dispatch.reused_bytes; });
  t.add("padding_bytes", bytes, "bytes of touched bursts outside the blocks", &S::padding_bytes);
  t.add("dropped_prefetch_bytes", bytes, "bytes moved by prefetches that were evicted or still under way at the end",
        &S::dropped_bytes);
  t.add("sram_left_behind_cycles", cycles,
        "cycles of SRAM ports, all cores, that DMA accesses needed beyond the time by which a compute may be prolonged",
        [](const S& s) { return s.port_cycles_left_behind; });
}

MeasureTable<RunSummary> make_summary() {
  using S = RunSummary;
  RunTable<S> t;
  t.add("lower_bound_cycles", cycles, "lower_bound.tile_graph in cycles of the core clock, rounded down",
        &S::lower_bound_cycles)
      .same_as = "lower_bound.tile_graph.ps";
  add_bound(t, "lower_bound.tile_graph", "of any schedule of these tiles", &S::bound);
  add_bound(t, "lower_bound.with_moved_bytes", "of these tiles with the bytes that this run moved", &S::bound_moved);
  add_bound(t, "lower_bound.network", "of this network on this machine, whatever the tiling", &S::bound_network);
  add_gap(t);
  t.add("precision", text, "format of all tensors; mixed where they have formats of their own", &S::precision);
  for (std::size_t p = 0; p < base::kPrecisions.size(); ++p) {
    const std::string name(base::kPrecisions[p].name);
    t.add("macs_at." + name, count, "MACs of operators whose wider operand is " + name + ", all requests",
          [p](const S& s) { return s.macs_at[p]; });
  }
  t.add("operators", count, "operators of the network", &S::operators);
  t.add("tiles", count, "tiles of the graph, all requests", &S::tiles);
  t.add("groups", count, "output blocks: tiles that share one are slices along K", &S::groups);
  add_memory(t);
  t.add("decisions.asked", count, "times that the policy was asked what to do",
        [](const S& s) { return s.dispatch.asked; });
  t.add("decisions.waits", count, "times that it answered to wait", [](const S& s) { return s.dispatch.waits; });
  t.add("decisions.dispatches", count, "decisions that began a tile", [](const S& s) { return s.dispatch.dispatches; });
  t.add("decisions.prefetches", count, "decisions that loaded an operand ahead",
        [](const S& s) { return s.dispatch.prefetches; });
  t.add("decisions.prefetches_evicted", count, "prefetches that a later decision evicted before they were full",
        [](const S& s) { return s.dispatch.prefetches_evicted; });
  t.add("decisions.caps", count, "decisions that set or lifted a cap on a DMA channel's rate",
        [](const S& s) { return s.dispatch.caps; });
  t.add("decisions.undispatches", count, "decisions that took back tiles that had not started",
        [](const S& s) { return s.dispatch.undispatches; });
  t.add("decisions.illegal", count, "decisions that the dispatcher refused",
        [](const S& s) { return s.dispatch.illegal; });
  t.add("deadlines.given", count, "requests with a deadline", [](const S& s) { return deadlines(s.requests).given; });
  t.add("deadlines.missed", count, "of them, those whose last store came later",
        [](const S& s) { return deadlines(s.requests).missed; });
  t.add("deadlines.late_by_ps", ps, "by how much the latest of those missed its deadline; 0: none did",
        [](const S& s) { return deadlines(s.requests).late_by; });
  t.add("trace_bytes", bytes, "size of trace.tsr; 0 if none was written", [](const S& s) { return s.trace.bytes; });
  t.add("wall_seconds", seconds, "wall time of reading, tiling, simulating and writing", &S::wall_seconds);
  return t.done();
}

MeasureTable<arch::SharedSramStatistics> make_shared_sram() {
  using S = arch::SharedSramStatistics;
  RunTable<S> t;
  t.add("read_hit_bytes", bytes, "bytes read that the shared SRAM held", &S::read_hit_bytes);
  t.add("read_miss_bytes", bytes, "bytes read that came from DRAM", &S::read_miss_bytes);
  t.add("write_bytes", bytes, "bytes stored in it", &S::write_bytes);
  t.add("write_through_bytes", bytes, "bytes written that went on to DRAM at once", &S::write_through_bytes);
  t.add("write_back_bytes", bytes, "dirty bytes of replaced lines", &S::write_back_bytes);
  t.add("dropped_dirty_bytes", bytes, "dirty bytes of dead tensors, never written", &S::dropped_dirty_bytes);
  return t.done();
}

MeasureTable<TraceTotals> make_device_trace() {
  RunTable<TraceTotals> t;
  t.add("kept_records", count, "records that the modelled trace buffer kept", &TraceTotals::device_kept);
  t.add("lost_records", count, "records that the modelled trace buffer lost", &TraceTotals::device_lost);
  return t.done();
}

using PlanPart = std::optional<scheduler::PlanReport::Part>;

void add_part(RunTable<scheduler::PlanReport>& t, const std::string& place, const std::string& what,
              PlanPart scheduler::PlanReport::*part) {
  const auto of = [part](auto get) {
    return [part, get](const scheduler::PlanReport& r) {
      return r.*part ? base::value_of(get(*(r.*part))) : base::Value{};
    };
  };
  t.add(place + ".tile", count, what, of([](const auto& p) { return std::uint64_t{p.tile}; }));
  t.add(place + ".operator", text, "its operator", of([](const auto& p) { return p.op; }));
  t.add(place + ".core", count, "the core that it was dispatched to",
        of([](const auto& p) { return std::uint64_t{p.core}; }));
  t.add(place + ".planned_ps", ps, "start of its decision in the table", of([](const auto& p) { return p.planned; }));
  t.add(place + ".taken_ps", ps, "start of its decision in the run", of([](const auto& p) { return p.taken; }));
}

MeasureTable<scheduler::PlanReport> make_plan() {
  using R = scheduler::PlanReport;
  RunTable<R> t;
  t.add("table", text, "the file that the run followed", &R::table);
  t.add("dispatches", count, "dispatches of the table", &R::dispatches);
  t.add("with_start", count, "of them, those for which the table has a start", &R::timed);
  t.add("on_time", count, "decisions that began when the table says", &R::on_time);
  t.add("later", count, "decisions that began later than the table says", &R::later);
  t.add("earlier", count, "decisions that began earlier than the table says", &R::earlier);
  t.add("later_sum_ps", ps, "by how much, added up over those that began later", &R::later_sum);
  t.add("earlier_sum_ps", ps, "by how much, added up over those that began earlier", &R::earlier_sum);
  add_part(t, "first_later", "the first of the table's order that began later", &R::first_later);
  add_part(t, "most_later", "the one that began later by the most", &R::most_later);
  add_part(t, "first_earlier", "the first of the table's order that began earlier", &R::first_earlier);
  t.add("prefetches", count, "prefetches of the table", &R::prefetches);
  t.add("skipped_prefetches", count, "of them, those that were not needed or had no slot when their turn came",
        &R::skipped_prefetches);
  t.add("makespan_ps", ps, "makespan that the table expects", [](const R& r) {
    return r.planned_makespan == base::kNever ? base::Value{} : base::value_of(r.planned_makespan);
  });
  return t.done();
}

MeasureTable<RequestResult> make_request() {
  using R = RequestResult;
  RunTable<R> t;
  const auto of_deadline = [](auto get) {
    return [get](const R& r) { return r.has_deadline() ? base::value_of(get(r)) : base::Value{}; };
  };
  t.add("request", count, "its number, in the order of arrival", [](const R& r) { return std::uint64_t{r.request}; });
  t.add("network", count, "index of its network", [](const R& r) { return std::uint64_t{r.network}; });
  t.add("priority", count, "requests with a higher one go first", [](const R& r) { return std::int64_t{r.priority}; });
  t.add("arrival_ps", ps, "when it arrived", &R::arrival);
  t.add("end_ps", ps, "its last store, or task of the host", &R::end);
  t.add("latency_ps", ps, "end - arrival", &R::latency);
  t.add("deadline_ps", ps, "when it should have ended; null: it has no deadline",
        of_deadline([](const R& r) { return r.deadline; }));
  t.add("missed", count, "1: it ended after its deadline; 0: it did not; null: it has none",
        of_deadline([](const R& r) { return std::uint64_t{r.missed() ? 1U : 0U}; }));
  return t.done();
}

// The sample of highest power; nothing of a run without length.
base::Value peak_ns(const EnergySummary& s, base::Ps arch::PowerSample::*edge) {
  if (s.run.power.empty()) return {};
  return in_ns(s.run.power[s.run.peak].*edge);
}

MeasureTable<EnergySummary> make_energy() {
  using S = EnergySummary;
  RunTable<S> t;
  t.add("energy_uj", microjoules, "energy of the run", [](const S& s) { return s.run.report.total_uj(); });
  t.add("energy_per_request_uj", microjoules, "energy of the run / its requests",
        [](const S& s) { return s.run.report.total_uj() / static_cast<double>(s.requests); });
  t.add("average_power_mw", milliwatts, "energy / makespan", [](const S& s) { return s.run.report.average_mw(); });
  t.add("idle_power_mw", milliwatts, "energy.idle_uj / makespan", [](const S& s) { return s.run.report.idle_mw(); });
  t.add("peak_power_mw", milliwatts, "highest mean power of equal steps of the run", &S::peak_mw);
  t.add("energy.table", text, "the table that gave the figures", [](const S& s) { return s.run.report.table; });
  t.add("energy.dynamic_uj", microjoules, "what happened: all energy but energy.idle_uj",
        [](const S& s) { return in_uj(s.run.report.dynamic()); });
  t.add("energy.idle_uj", microjoules, "leakage, and the DRAM's background and refreshes: flows whatever happens",
        [](const S& s) { return in_uj(s.run.report.idle()); });
  for (int i = 0; i < arch::kComponentCount; ++i) {
    const std::string component(to_string(static_cast<arch::Component>(i)));
    t.add("energy.components." + component + "_uj", microjoules, "energy of " + component,
          [i](const S& s) { return in_uj(s.run.report.components[static_cast<std::size_t>(i)]); });
  }
  t.add("energy.unattributed_uj", microjoules, "refresh, background and leakage; no operator's",
        [](const S& s) { return in_uj(s.unattributed); });
  t.add("energy.peak_from_ns", ns, "start of the step with peak_power_mw",
        [](const S& s) { return peak_ns(s, &arch::PowerSample::start); });
  t.add("energy.peak_to_ns", ns, "end of the step with peak_power_mw",
        [](const S& s) { return peak_ns(s, &arch::PowerSample::end); });
  return t.done();
}

MeasureTable<OperatorEnergy> make_operator_energy() {
  RunTable<OperatorEnergy> t;
  t.add("name", text, "name of the operator in the network's file", &OperatorEnergy::name);
  t.add("type", text, "type of the operator in the network's file", &OperatorEnergy::type);
  t.add("energy_uj", microjoules, "energy that its tiles and transfers used",
        [](const OperatorEnergy& o) { return in_uj(o.energy); });
  return t.done();
}

MeasureTable<scheduler::TilingPlan> make_slots() {
  RunTable<scheduler::TilingPlan> t;
  constexpr std::array kRegions{"input", "weight", "output"};
  for (std::size_t i = 0; i < kRegions.size(); ++i)
    t.add(kRegions[i], count, std::string("slots that a core's ") + kRegions[i] + " region is cut into",
          [i](const scheduler::TilingPlan& p) { return p.slots[i]; });
  return t.done();
}

// Keys of a held rule first (docs/formats.md, run files), then what its tiles come to.
MeasureTable<scheduler::OperatorPlan> make_operator_tiles() {
  using P = scheduler::OperatorPlan;
  RunTable<P> t;
  const auto of_pe = [](auto get) {
    return [get](const P& p) { return p.unit == models::Unit::pe ? base::value_of(get(p)) : base::Value{}; };
  };
  t.add("operator", text, "name of the operator in the network's file", [](const P& p) { return p.rule.pattern; });
  t.add("type", text, "type of the operator in the network's file", &P::type);
  t.add("unit", text, "pe, vector or movement", [](const P& p) { return models::to_string(p.unit); });
  t.add("b", count, "images of an output block", [](const P& p) { return p.rule.b; });
  t.add("m", count, "output rows of a block", [](const P& p) { return p.rule.m; });
  t.add("w", count, "output columns of a block", [](const P& p) { return p.rule.w; });
  t.add("n", count, "output channels of a block", [](const P& p) { return p.rule.n; });
  t.add("k", count, "input channels of one slice; null of what is no PE operator, as are the next four",
        of_pe([](const P& p) { return p.rule.k; }));
  t.add("input", text, "window: a tile loads what it reads; whole: the whole input",
        of_pe([](const P& p) { return p.rule.whole_input ? "whole" : "window"; }));
  t.add("loop_order", text, "order of the loops, the outermost first",
        of_pe([](const P& p) { return p.rule.loop_order; }));
  t.add("deal", text, "how blocks are dealt to cores: chunks or columns",
        of_pe([](const P& p) { return p.rule.deal == scheduler::Deal::columns ? "columns" : "chunks"; }));
  t.add("cores", count, "cores that they are dealt to; 0: all", of_pe([](const P& p) { return p.rule.cores; }));
  t.add("channel_groups", count, "groups of a grouped convolution in one block", &P::channel_groups);
  t.add("tiles", count, "tiles of the operator, all requests", &P::tiles);
  t.add("slices", count, "tiles of one block, along k", &P::slices);
  t.add("input_bytes", bytes, "bytes that its tiles load as input if no slot is ever reused", &P::input_bytes);
  t.add("weight_bytes", bytes, "bytes that its tiles load as weights if no slot is ever reused", &P::weight_bytes);
  t.add("output_bytes", bytes, "bytes that its blocks store", &P::output_bytes);
  return t.done();
}

}  // namespace

const MeasureTable<RunSummary>& summary_measures() {
  static const auto table = make_summary();
  return table;
}
const MeasureTable<arch::SharedSramStatistics>& shared_sram_measures() {
  static const auto table = make_shared_sram();
  return table;
}
const MeasureTable<TraceTotals>& device_trace_measures() {
  static const auto table = make_device_trace();
  return table;
}
const MeasureTable<scheduler::PlanReport>& plan_measures() {
  static const auto table = make_plan();
  return table;
}
const MeasureTable<RequestResult>& request_measures() {
  static const auto table = make_request();
  return table;
}
const MeasureTable<EnergySummary>& energy_measures() {
  static const auto table = make_energy();
  return table;
}
const MeasureTable<OperatorEnergy>& operator_energy_measures() {
  static const auto table = make_operator_energy();
  return table;
}

const MeasureTable<scheduler::TilingPlan>& slots_measures() {
  static const auto table = make_slots();
  return table;
}
const MeasureTable<scheduler::OperatorPlan>& operator_tiles_measures() {
  static const auto table = make_operator_tiles();
  return table;
}

std::vector<trace::ListedMeasure> listed_summary_measures() {
  auto all = trace::listed_measures();
  trace::list_measures(all, "", summary_measures());
  trace::list_measures(all, std::string(kSharedSramKey) + '.', shared_sram_measures());
  trace::list_measures(all, std::string(kDeviceTraceKey) + '.', device_trace_measures());
  trace::list_measures(all, std::string(kSlotsKey) + '.', slots_measures());
  trace::list_measures(all, std::string(kOperatorTilesKey) + "[].", operator_tiles_measures());
  trace::list_measures(all, std::string(kPlanKey) + '.', plan_measures());
  trace::list_measures(all, std::string(kRequestsKey) + "[].", request_measures());
  trace::list_measures(all, "", energy_measures());
  trace::list_measures(all, std::string(kOperatorEnergyKey) + "[].", operator_energy_measures());
  return all;
}

}  // namespace tessera::sim
