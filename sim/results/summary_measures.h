// The measures that only a run knows: bounds, decisions, what the memory counted, energy, wall time. The same form as
// the measures of a trace (trace/analysis/measure_table.h); summary.json holds both.
#pragma once

#include "base/json_document.h"
#include "sim/results/summary.h"
#include "trace/analysis/measure_table.h"

namespace tessera::sim {

[[nodiscard]] const trace::MeasureTable<RunSummary>& summary_measures();
// Parts that a run has or has not; without them their keys are not in the document.
[[nodiscard]] const trace::MeasureTable<arch::SharedSramStatistics>& shared_sram_measures();  // in shared_sram
[[nodiscard]] const trace::MeasureTable<TraceTotals>& device_trace_measures();                // in device_trace
[[nodiscard]] const trace::MeasureTable<scheduler::PlanReport>& plan_measures();              // in plan
[[nodiscard]] const trace::MeasureTable<RequestResult>& request_measures();                   // in requests[]
[[nodiscard]] const trace::MeasureTable<EnergySummary>& energy_measures();
[[nodiscard]] const trace::MeasureTable<OperatorEnergy>& operator_energy_measures();          // in energy.operators[]
[[nodiscard]] const trace::MeasureTable<scheduler::TilingPlan>& slots_measures();             // in slots
[[nodiscard]] const trace::MeasureTable<scheduler::OperatorPlan>& operator_tiles_measures();  // in operator_tiles[]

inline constexpr std::string_view kSharedSramKey = "shared_sram", kDeviceTraceKey = "device_trace",
                                  kOperatorEnergyKey = "energy.operators", kOperatorTilesKey = "operator_tiles",
                                  kSlotsKey = "slots", kPlanKey = "plan", kRequestsKey = "requests";
// Requests that summary.json lists one by one; of more, the first ones.
inline constexpr std::size_t kMostListedRequests = 1000;

// What a run can hold: slots, and the list operator_tiles of held rules, each with what its tiles come to.
void put_tiling(base::JsonDocument&, const scheduler::TilingPlan&);

// Every measure of summary.json: those of the trace, then these. What `tessera params measures` lists.
[[nodiscard]] std::vector<trace::ListedMeasure> listed_summary_measures();

}  // namespace tessera::sim
