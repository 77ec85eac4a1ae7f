#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/results/summary.h"

namespace tessera::sim {
namespace {

using Json = nlohmann::ordered_json;

Json ratio(const trace::Ratio& r) { return r ? Json(*r) : Json(nullptr); }
double ns(base::Ps t) { return static_cast<double>(t.count()) / 1000.0; }

Json unit_json(const trace::UnitTime& unit, base::Ps window) {
  Json stalls = Json::object();
  for (int i = 0; i < trace::kReasonCount; ++i) {
    const auto reason = static_cast<trace::Reason>(i);
    if (reason == trace::Reason::none || reason == trace::Reason::no_work) continue;
    stalls[std::string(to_string(reason))] = unit.stall[static_cast<std::size_t>(i)].count();
  }
  return {{"window_ps", window.count()},
          {"busy_ps", unit.busy.count()},
          {"no_work_ps", unit.stall[static_cast<std::size_t>(trace::Reason::no_work)].count()},
          {"stall_ps", stalls}};
}

// The array's identity stands at the core's top level: window = busy + no_work + sum of stalls.
Json core_json(const trace::CoreMeasures& core, base::Ps window) {
  Json json = {{"name", core.name}};
  json.update(unit_json(core.array, window));
  json["macs"] = core.macs;
  json["pe_time_utilization"] = ratio(core.time_utilization);
  json["pe_mac_utilization"] = ratio(core.mac_utilization);
  json["overlap_ratio"] = ratio(core.overlap_ratio);
  json["hidden_transfer"] = ratio(core.hidden_transfer);
  json["exposed_transfer"] = ratio(core.exposed_transfer);
  json["vector_unit"] = unit_json(core.vector, window);
  return json;
}

Json bound_json(const scheduler::LowerBound& bound) {
  Json terms = Json::object();
  for (std::size_t i = 0; i < bound.terms.size(); ++i) {
    terms[std::string(scheduler::kBoundTermNames[i]) + "_ps"] = bound.terms[i].count();
  }
  const auto binding = static_cast<std::size_t>(bound.binding());
  return {{"ps", bound.time().count()}, {"binding", scheduler::kBoundTermNames[binding]}, {"terms", terms}};
}

Json operators_json(const trace::MeasuresResult& m, std::size_t most) {
  Json list = Json::array();
  for (const auto& op : m.operators) {
    if (list.size() == most) break;
    list.push_back({{"name", op.name},
                    {"type", op.type},
                    {"active_ps", op.active.count()},
                    {"macs", op.macs},
                    {"read_bytes", op.read_bytes},
                    {"write_bytes", op.write_bytes},
                    {"tiles", op.tiles}});
  }
  return list;
}

Json channels_json(const trace::MeasuresResult& m) {
  Json list = Json::array();
  for (const auto& c : m.channels) {
    list.push_back({{"name", c.name},
                    {"read_bytes", c.read_bytes},
                    {"write_bytes", c.write_bytes},
                    {"utilization", ratio(c.utilization)}});
  }
  return list;
}

void add_memory(Json& json, const RunSummary& s) {
  json["dram_read_bytes"] = s.dram.read_bytes;
  json["dram_write_bytes"] = s.dram.write_bytes;
  const double seconds = static_cast<double>(s.makespan.count()) * 1e-12;
  const double peak = static_cast<double>(s.dram_peak_bytes_per_second) * seconds;
  const auto moved = static_cast<double>(s.dram.read_bytes + s.dram.write_bytes);
  json["dram_bandwidth_utilization"] = peak > 0 ? Json(moved / peak) : Json(nullptr);
  const auto accesses = s.dram.row_hits + s.dram.row_misses + s.dram.row_conflicts;
  json["dram_row_hit_rate"] =
      accesses > 0 ? Json(static_cast<double>(s.dram.row_hits) / static_cast<double>(accesses)) : Json(nullptr);
  json["dram_activates"] = s.dram.activates;
  json["dram_refreshes"] = s.dram.refreshes;
  if (!s.shared_sram) return;
  json["shared_sram"] = {{"read_hit_bytes", s.shared_sram->read_hit_bytes},
                         {"read_miss_bytes", s.shared_sram->read_miss_bytes},
                         {"write_bytes", s.shared_sram->write_bytes},
                         {"write_through_bytes", s.shared_sram->write_through_bytes},
                         {"write_back_bytes", s.shared_sram->write_back_bytes},
                         {"dropped_dirty_bytes", s.shared_sram->dropped_dirty_bytes}};
}

double uj(arch::Femtojoules energy) { return static_cast<double>(energy.count()) * 1e-9; }

// Who says so: every figure that took part, with what it came to.
Json figures_json(const arch::EnergyReport& report) {
  Json list = Json::array();
  for (const arch::FigureUse& use : report.figures) {
    const bool power = use.figure.kind == arch::EnergyKind::power;
    list.push_back({{"name", use.name},
                    {"component", to_string(use.component)},
                    {power ? "mw" : "pj", use.figure.value_pj()},
                    {"count", use.count},
                    {"energy_uj", uj(use.energy)},
                    {"confidence", to_string(use.figure.confidence)},
                    {"source", use.figure.source}});
  }
  return list;
}

void add_energy(Json& json, const EnergySummary& s, std::size_t most) {
  const arch::EnergyReport& report = s.run.report;
  json["energy_uj"] = report.total_uj();
  json["energy_per_request_uj"] = report.total_uj() / static_cast<double>(s.requests);
  json["average_power_mw"] = report.average_mw();
  json["peak_power_mw"] = s.peak_mw();
  Json components = Json::object();
  for (int i = 0; i < arch::kComponentCount; ++i) {
    const auto energy = report.components[static_cast<std::size_t>(i)];
    components[std::string(to_string(static_cast<arch::Component>(i))) + "_uj"] = uj(energy);
  }
  Json operators = Json::array();
  for (std::size_t i = 0; i < std::min(most, s.operators.size()); ++i) {
    const OperatorEnergy& op = s.operators[i];
    operators.push_back({{"name", op.name}, {"type", op.type}, {"energy_uj", uj(op.energy)}});
  }
  Json energy = {{"table", report.table}, {"components", components}, {"operators", operators}};
  energy["unattributed_uj"] = uj(s.unattributed);
  if (!s.run.power.empty()) {
    energy["peak_from_ns"] = ns(s.run.power[s.run.peak].start);
    energy["peak_to_ns"] = ns(s.run.power[s.run.peak].end);
  }
  energy["figures"] = figures_json(report);
  energy["unpriced"] = report.unpriced;
  energy["unsourced"] = report.unsourced();
  json["energy"] = energy;
}

}  // namespace

std::string summary_json(const RunSummary& s) {
  const auto& m = s.measures;
  Json json;
  json["network"] = s.network;
  json["npu"] = s.npu;
  json["policy"] = s.policy;
  json["makespan_cycles"] = s.makespan_cycles.count();
  json["makespan_ns"] = ns(s.makespan);
  json["makespan_ps"] = s.makespan.count();
  json["lower_bound_cycles"] = s.lower_bound_cycles.count();
  json["lower_bound"] = {{"tile_graph", bound_json(s.bound)},
                         {"with_moved_bytes", bound_json(s.bound_moved)},
                         {"network", bound_json(s.bound_network)}};
  json["macs"] = s.macs;
  json["operators"] = s.operators;
  json["tiles"] = s.tiles;
  json["groups"] = s.groups;
  json["pe_time_utilization"] = ratio(m.time_utilization);
  json["pe_mac_utilization"] = ratio(m.mac_utilization);
  json["overlap_ratio"] = ratio(m.overlap_ratio);
  json["any_overlap_ratio"] = ratio(m.any_overlap_ratio);
  json["hidden_transfer"] = ratio(m.hidden_transfer);
  json["exposed_transfer"] = ratio(m.exposed_transfer);
  add_memory(json, s);
  json["dma_bytes_per_second"] = ratio(m.dma_bytes_per_second);
  json["dma_utilization"] = ratio(m.dma_utilization);
  json["dma_channels"] = channels_json(m);
  json["planned_bytes"] = s.planned_bytes;
  json["loaded_bytes"] = s.dispatch.loaded_bytes;
  json["reused_bytes"] = s.dispatch.reused_bytes;
  json["wasted_bytes"] = s.wasted_bytes();
  json["padding_bytes"] = s.padding_bytes;
  json["dropped_prefetch_bytes"] = s.dropped_bytes;
  json["decisions"] = {
      {"dispatches", s.dispatch.dispatches}, {"prefetches", s.dispatch.prefetches}, {"illegal", s.dispatch.illegal}};
  Json cores = Json::array();
  for (const auto& core : m.cores) cores.push_back(core_json(core, m.window));
  json["cores"] = cores;
  if (s.energy) add_energy(json, *s.energy, 20);
  json["operators_by_time"] = operators_json(m, 20);
  json["trace_events"] = s.trace.events;
  json["trace_bytes"] = s.trace.bytes;
  if (s.trace.device_kept) {
    json["device_trace"] = {{"kept_records", *s.trace.device_kept}, {"lost_records", *s.trace.device_lost}};
  }
  json["wall_seconds"] = s.wall_seconds();
  return json.dump(2) + "\n";
}

}  // namespace tessera::sim
