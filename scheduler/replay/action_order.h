// Whether the order of a plan can be kept at all, whatever the machine's timing: it is played through with edges,
// slices and open groups alone.
#pragma once

#include <optional>

#include "arch/spec/npu_spec.h"
#include "scheduler/policy/action_plan.h"
#include "scheduler/replay/tile_names.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// Who waits for whom in a plan that has every tile once and its slices on one core: of the order, or of the lists of
// the cores (`per_core`). Nothing: it can be kept.
struct OrderFault {
  int line = 0;  // of the row that is stuck
  std::string text;
};
[[nodiscard]] std::optional<OrderFault> find_order_fault(const ActionPlan&, const TileGraph&, const arch::NpuSpec&,
                                                         const TileNames&, bool per_core);

}  // namespace tessera::scheduler
