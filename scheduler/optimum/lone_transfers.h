// Least times of transfers as the packet engine itself has them: each block alone on an idle machine, where no bound in
// closed form comes as near. Others on the way can only make a packet wait.
//
// Where that is not so plain the closed form stays (arch::MachineLimits::transfer_min): memories that remember what
// they served, transfers in several parts, rates that are no whole number of picoseconds a burst.
#pragma once

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

[[nodiscard]] Durations lone_durations(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&,
                                       const ScheduleSpec&);

}  // namespace tessera::scheduler
