// One simulation: a prepared run in, summary and files out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "scheduler/policy/policy.h"
#include "scheduler/replay/action_table.h"
#include "sim/prepare/prepare.h"
#include "sim/results/summary.h"
#include "trace/record/sink.h"

namespace tessera::sim {

class CustomMemory;

struct SimulationOptions {
  // Where summary.json, trace.tsr, schedule.csv and resolved.yaml go; empty: nothing is written.
  std::filesystem::path out;
  // The files that the run was read from: they are not removed from `out` before the run, whatever their names.
  std::vector<std::filesystem::path> inputs;
  // Called now and then: tiles done, tiles in all.
  std::function<void(std::uint32_t, std::uint32_t)> on_progress;
  // Encode the trace in the simulation's own thread (many simulations side by side).
  bool trace_in_place = false;
  // More listeners to every record (tests); they outlive the simulation.
  std::vector<trace::Consumer*> listeners;
  // Where to keep the actions that the policy takes (--save-actions); it outlives the simulation.
  scheduler::ActionLog* actions = nullptr;
  // A user's own TLM-2.0 memory instead of the built-in DRAM (sim/machine/custom_memory.h); made inside the
  // simulation's kernel. Bounds, peaks and burst length still follow the machine's `dram`: describe there what no
  // access can beat.
  std::function<std::unique_ptr<CustomMemory>()> memory;
  // A policy of the caller's own instead of the run's.
  std::function<std::unique_ptr<scheduler::Policy>()> policy;
};

struct SimulationResult {
  bool ok = false;
  std::string failure;            // deadlock with its wait-for chain, or the policy's error; empty if ok
  std::vector<std::string> lost;  // outputs that could not be written (a full disk): then `out` holds no results
  RunSummary summary;             // complete if ok
};

// A folder that is no place for the run is a Diagnostics (exit 2); a run that fails, or whose outputs are lost, is a
// result (exit 1).
[[nodiscard]] base::Result<SimulationResult> simulate(const PreparedRun& run, const SimulationOptions& options);

}  // namespace tessera::sim
