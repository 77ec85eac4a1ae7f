// How long a run would take if its operators ran one after the other, each with everything in it overlapped.
#pragma once

#include "arch/limits/machine_limits.h"
#include "base/units.h"
#include "scheduler/bounds/traffic.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/analysis/measures.h"

namespace tessera::sim {

// Sum over the operators of the time of the busiest resource: what arrays or vector units were busy for it / cores, its
// tasks of the host, or the time of its bytes at peak by the terms of a lower bound. What is known only of the run as a
// whole (bytes over the DRAM's buses, packets) is shared among the operators by the bytes that each loaded and stored.
[[nodiscard]] base::Ps phases_time(const trace::MeasuresResult&, const scheduler::TileGraph&,
                                   const scheduler::Traffic& moved, const arch::MachineLimits&);

}  // namespace tessera::sim
