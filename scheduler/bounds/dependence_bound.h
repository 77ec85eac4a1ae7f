// The lower bound that knows what must come before and after (docs/semantics.md 13.14): before a group can start, all
// work of its ancestors has passed the machine's resources, and after it is stored all work of its descendants has yet
// to; and every resource has tasks that begin no earlier, and are followed by no less, than that.
//
// Cost: O((groups + blocks) / 64 x distinct edges) for the sums (scheduler/bounds/reach.h; with a limit, beyond which
// they become smaller), and O(n log n) for the resources.
//
// A later machine that keeps results on chip moves fewer bytes: then traffic.h says so, and this follows.
#pragma once

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// By group, in ps: what no schedule can beat.
struct DependenceTimes {
  std::vector<base::Ps> ready;   // from t = 0 until its predecessors are stored
  std::vector<base::Ps> stored;  // from t = 0 until it is stored
  std::vector<base::Ps> after;   // from then to the end of the run
};

struct DependenceBound {
  base::Ps time{0};
  DependenceTimes groups;
};

[[nodiscard]] DependenceBound dependence_bound(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&,
                                               const Durations&);

}  // namespace tessera::scheduler
