// The step between a network and its tiles: operators that fit no slot of the machine become several that do
// (docs/semantics.md 3.13 and 3.30 to 3.35).
//
// A vector operator needs some axes of its input whole: a reduction those that it reduces, a normalization those of its
// statistics, a pool its window. Where a slot does not hold them, a compiler cuts the axes in pieces: a pass leaves a
// partial result of every piece, another combines them, and a normalization reads its input once more with the result.
// Each pass is an operator of the network with tensors and a name of its own. What fits stays as it is.
#pragma once

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// The network as this machine runs it under this schedule. What cannot be cut is left to the tiling, whose message says
// what does not fit. NpuSpec::precision is that of the run.
[[nodiscard]] models::Network fit_network(models::Network, const arch::NpuSpec&, const ScheduleSpec&);

}  // namespace tessera::scheduler
