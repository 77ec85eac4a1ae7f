#include <algorithm>

#include "sim/results/summary.h"
#include "sim/results/summary_measures.h"
#include "trace/report/document.h"

namespace tessera::sim {
namespace {

// Who says so: every figure that took part, with what it came to. Provenance, not measures: an energy per event stands
// under "pj", a power under "mw".
void put_figures(base::JsonDocument& document, const arch::EnergyReport& report) {
  document.open_list("energy.figures");
  for (const arch::FigureUse& use : report.figures) {
    const std::string at = document.append("energy.figures");
    document.put(at + "name", use.name);
    document.put(at + "component", to_string(use.component));
    document.put(at + (use.figure.kind == arch::EnergyKind::power ? "mw" : "pj"), use.figure.value_pj());
    document.put(at + "count", use.count);
    document.put(at + "energy_uj", static_cast<double>(use.energy.count()) * 1e-9);
    document.put(at + "confidence", to_string(use.figure.confidence));
    document.put(at + "source", use.figure.source);
  }
  document.put_list("energy.unpriced", report.unpriced);
  document.put_list("energy.unsourced", report.unsourced());
}

void put_energy(base::JsonDocument& document, const EnergySummary& s) {
  trace::put_row(document, "", energy_measures(), s);
  document.open_list(kOperatorEnergyKey);
  for (const OperatorEnergy& one : s.operators)
    trace::put_row(document, document.append(kOperatorEnergyKey), operator_energy_measures(), one);
  put_figures(document, s.run.report);
}

}  // namespace

void put_tiling(base::JsonDocument& document, const scheduler::TilingPlan& tiling) {
  trace::put_row(document, std::string(kSlotsKey) + '.', slots_measures(), tiling);
  document.open_list(kOperatorTilesKey);
  for (const scheduler::OperatorPlan& plan : tiling.operators)
    trace::put_row(document, document.append(kOperatorTilesKey), operator_tiles_measures(), plan);
}

std::string summary_json(const RunSummary& s) {
  base::JsonDocument document("tessera.summary/1");
  trace::put_row(document, "", trace::name_measures(), trace::RunName{s.network, s.npu, s.policy});
  trace::put_run(document, s.measures);
  trace::put_row(document, "", summary_measures(), s);
  if (s.shared_sram)
    trace::put_row(document, std::string(kSharedSramKey) + '.', shared_sram_measures(), *s.shared_sram);
  if (s.trace.device_kept)
    trace::put_row(document, std::string(kDeviceTraceKey) + '.', device_trace_measures(), s.trace);
  trace::put_rows(document, s.measures);
  trace::put_path(document, s.path);
  put_tiling(document, s.tiling);
  document.open_list(std::string(kRequestsKey));
  for (std::size_t r = 0; r < std::min(s.requests.size(), kMostListedRequests); ++r)
    trace::put_row(document, document.append(std::string(kRequestsKey)), request_measures(), s.requests[r]);
  if (s.plan) trace::put_row(document, std::string(kPlanKey) + '.', plan_measures(), *s.plan);
  if (s.energy) put_energy(document, *s.energy);
  return document.text() + "\n";
}

}  // namespace tessera::sim
