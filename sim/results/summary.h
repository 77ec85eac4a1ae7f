// The result of one run: every number that the screen, summary.json and a sweep's row show. Definitions stand beside
// the numbers here and in trace/analysis/measures.h.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "arch/dram/memory.h"
#include "arch/engine/shared_sram.h"
#include "arch/engine/transfer_engine.h"
#include "scheduler/bounds/lower_bound.h"
#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/replay/plan_comparison.h"
#include "scheduler/tiles/operator_plan.h"
#include "sim/config/run_spec.h"
#include "sim/results/gap.h"
#include "sim/results/request_results.h"
#include "sim/results/run_energy.h"
#include "trace/analysis/critical_path.h"
#include "trace/analysis/measures.h"
#include "trace/report/screen.h"

namespace tessera::sim {

struct TraceTotals {
  std::uint64_t events = 0;  // records at the run's level, written or not
  std::uint64_t bytes = 0;   // of trace.tsr; 0 if none was written
  std::optional<std::uint64_t> device_kept, device_lost;
};

struct RunSummary {
  std::string network, npu, policy;
  base::Ps makespan{0};
  base::Cycles makespan_cycles{0};      // of the core clock, rounded up
  scheduler::LowerBound bound;          // of this tile graph: no schedule of these tiles is faster
  scheduler::LowerBound bound_moved;    // the same with the bytes that this run moved
  scheduler::LowerBound bound_network;  // of the network on this machine, whatever the tiling
  base::Ps phases{0};                   // its operators one after the other (sim/results/phases.h)
  [[nodiscard]] Gap gap() const { return {makespan, bound.time(), bound_moved.time(), phases}; }
  base::Cycles lower_bound_cycles{0};  // `bound` in cycles of the core clock, rounded down
  std::int64_t macs = 0;
  std::array<std::int64_t, base::kPrecisionCount> macs_at{};  // by the wider format of their operands
  std::string precision;                                      // of all tensors; "mixed" where they differ
  std::uint64_t operators = 0, tiles = 0, groups = 0;
  std::vector<RequestResult> requests;
  trace::MeasuresResult measures;
  trace::CriticalPath path;
  scheduler::DispatchCounts dispatch;
  // Of all dispatched tiles; loaded for them, brought by a Prefetch for its first use, or used again from a slot.
  [[nodiscard]] std::int64_t operand_bytes() const {
    return dispatch.loaded_bytes + dispatch.prefetched_bytes + dispatch.reused_bytes;
  }
  std::int64_t planned_bytes = 0;  // if no slot were ever reused
  std::int64_t padding_bytes = 0;  // of touched bursts, outside the blocks
  std::int64_t dropped_bytes = 0;  // of prefetches that were evicted or still under way at the end
  [[nodiscard]] std::int64_t wasted_bytes() const { return padding_bytes + dropped_bytes; }
  base::Cycles port_cycles_left_behind{0};  // of the DMA's accesses that could prolong no compute any further
  arch::MemoryStatistics dram;
  std::int64_t dram_peak_bytes_per_second = 0;  // 0: of a user's own memory, not known
  std::optional<arch::SharedSramStatistics> shared_sram;
  std::optional<double> shared_sram_utilization;  // of its port
  arch::EngineStatistics engine;
  scheduler::TilingPlan tiling;         // what was chosen
  std::optional<EnergySummary> energy;  // empty: energy.table is "none"
  TraceTotals trace;
  std::optional<scheduler::PlanReport> plan;  // where the run parted from scheduler.table; empty: it followed none
  double prepare_seconds = 0, simulate_seconds = 0;  // wall time: reading and tiling; simulating and writing
  [[nodiscard]] double wall_seconds() const { return prepare_seconds + simulate_seconds; }
};

// One JSON document, snake_case keys with the unit in the key; ends with a new line.
[[nodiscard]] std::string summary_json(const RunSummary& summary);
// The screen of `tessera run`.
[[nodiscard]] std::string summary_text(const RunSummary& summary, const trace::Screen& screen = {});

}  // namespace tessera::sim
