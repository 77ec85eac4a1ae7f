// What all units of one kind have to do, and what must come before and after (docs/semantics.md 13.4, 13.5).
#pragma once

#include <cstdint>

#include "base/units.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// One kind of unit, all of it together: nothing starts before the first operands are there, and something follows the
// last task.
struct UnitLoad {
  base::Cycles work{0};
  base::Ps first = base::kNever, tail = base::kNever;  // kNever: no tile needs the unit

  void add(base::Cycles cycles, base::Ps before, base::Ps after, bool may_be_last);
  [[nodiscard]] base::Ps bound(const Durations&, std::int64_t units) const;
};

struct UnitLoads {
  UnitLoad arrays, vectors;
  base::Ps scheduler_tail = base::kNever;  // after the last decision; kNever: there is none
};

[[nodiscard]] UnitLoads unit_loads(const TileGraph&, const Durations&);

}  // namespace tessera::scheduler
