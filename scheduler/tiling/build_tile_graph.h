// Network, machine and schedule to tile graph: the front end's last step.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/spec/size_limits.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// What the building of a large graph may ask of the machine that it runs on, and whom it tells how far it is.
struct Building {
  SizeLimits limits = {};
  std::function<void(const RunSize&)> on_size = {};  // at the start: it will be no less
  // At each step and now and then within one: what has been done, how often, and how often in all (0: not known).
  std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> on_progress = {};
  // What a run of these tiles takes, in the engine itself; never: not less than `limit`. Empty: rehearsals alone
  // decide.
  std::function<base::Ps(const TileGraph&, base::Ps limit)> trial = {};
};

// Every operator of every request as tiles; ids in loop order, operators in topological order, request by request.
// Fails (all operators' problems at once) where a tile fits no slot, an operator has operands that its unit does not
// take, a tensor is read that nothing writes, or the limits do not allow it. NpuSpec::precision is that of the run; the
// limits are the machine's.
[[nodiscard]] base::Result<TileGraph> build_tile_graph(const models::Network&, const arch::NpuSpec&,
                                                       const arch::MachineLimits&, const ScheduleSpec&,
                                                       const RequestSpec&, const Building& = {});

}  // namespace tessera::scheduler
