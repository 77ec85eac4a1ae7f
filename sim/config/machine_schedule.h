// The `schedule` section of a machine file: how the machine's own compiler schedules where a run does not say.
//
// Buffers, tile sizes and DMA binding are decisions of software, but a fixed-function engine's driver leaves little
// choice: NVDLA keeps the input of a layer in its buffer and streams kernels by groups of eight. The section holds keys
// of a run file; a run file and --set go before it.
#pragma once

#include "base/config/node.h"
#include "base/result.h"

namespace tessera::sim {

// Puts what `machine.schedule` says and `run` does not into `run`. Keys that are no schedule are reported.
void add_machine_schedule(const base::Node& machine, base::Node& run, base::Diagnostics& problems);

// The section alone, as a run would read it; for checks of a machine file.
void check_machine_schedule(const base::Node& machine, base::Diagnostics& problems);

}  // namespace tessera::sim
