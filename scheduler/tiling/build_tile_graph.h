// Network, machine and schedule to tile graph: the front end's last step.
#pragma once

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// Every operator of every request as tiles; ids in loop order, operators in topological order, request by request.
// Fails (all operators' problems at once) where a tile fits no slot, an operator has operands that its unit does not
// take, or a tensor is read that nothing writes. NpuSpec::precision is that of the run; the limits are the machine's.
[[nodiscard]] base::Result<TileGraph> build_tile_graph(const models::Network&, const arch::NpuSpec&,
                                                       const arch::MachineLimits&, const ScheduleSpec&,
                                                       const RequestSpec&);

}  // namespace tessera::scheduler
