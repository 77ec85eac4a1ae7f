// From the end of a run and what its listeners counted to its summary.
#pragma once

#include "sim/prepare/prepare.h"
#include "sim/results/outputs.h"
#include "sim/results/run_end.h"
#include "sim/results/summary.h"

namespace tessera::sim {

// After the sink is finished. `simulate_seconds` is the caller's to add.
[[nodiscard]] RunSummary summarize(const PreparedRun& run, const RunEnd& end, const Outputs& outputs);

}  // namespace tessera::sim
