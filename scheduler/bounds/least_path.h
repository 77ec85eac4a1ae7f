// The critical path of a tile graph without contention (docs/semantics.md 13.3), forwards.
#pragma once

#include <vector>

#include "base/units.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// Earliest times in ps from t = 0. Linear in tiles and edges.
struct LeastPath {
  std::vector<base::Ps> ready;   // by group: all its predecessors are stored
  std::vector<base::Ps> result;  // by group: its result lies in the output slot (of a host task: is written)
  std::vector<base::Ps> stored;  // by group
  std::vector<base::Ps> start;   // by tile: its unit starts it; of a movement: its operand is full; of the host: ready
  base::Ps length{0};            // the last is stored
  base::Ps host{0};              // the tasks of the host one after the other, from when the first can be ready
};

// `not_ready_before`, by group, if there is any: what else is known to hold a group back.
[[nodiscard]] LeastPath least_path(const TileGraph&, const Durations&,
                                   const std::vector<base::Ps>& not_ready_before = {});

}  // namespace tessera::scheduler
