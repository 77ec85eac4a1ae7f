#include "scheduler/bounds/unit_loads.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

void UnitLoad::add(Cycles cycles, Ps before, Ps after, bool may_be_last) {
  work += cycles;
  first = std::min(first, before);
  if (may_be_last) tail = std::min(tail, after);
}

Ps UnitLoad::bound(const Durations& d, std::int64_t units) const {
  if (first == base::kNever) return Ps{0};
  return d.decision() + first + d.of(Cycles{base::ceil_div(work.count(), units)}) + tail;
}

namespace {

// What a tile holds its unit for, and what its group still needs after the decision on its last tile.
Ps after_decision(const Tile& t, const Durations& d) {
  if (t.kind == TileKind::movement) return Ps{0};
  if (t.kind == TileKind::vector) return d.of(t.vector_cycles);
  return d.of(std::min(d.work(t).occupancy, d.work(t).latency));
}

}  // namespace

UnitLoads unit_loads(const TileGraph& graph, const Durations& d) {
  UnitLoads loads;
  for (const Tile& t : graph.tiles) {
    if (t.kind == TileKind::host) continue;
    const Ps store = d.store(graph.groups[t.group]);
    if (t.last()) loads.scheduler_tail = std::min(loads.scheduler_tail, after_decision(t, d) + store);
    if (t.kind == TileKind::pe) {
      const auto& work = d.work(t);
      loads.arrays.add(work.occupancy, d.loads(t), d.of(work.latency - work.occupancy) + store, t.last());
    }
    const bool on_vector_unit = t.kind == TileKind::vector || (t.kind == TileKind::pe && t.vector_cycles > Cycles{0});
    if (on_vector_unit) loads.vectors.add(t.vector_cycles, d.loads(t), store, true);
  }
  return loads;
}

}  // namespace tessera::scheduler
