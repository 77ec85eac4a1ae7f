// The work of a group's ancestors and of its descendants, as the time that it takes at least: before the group is ready
// all of the one has passed the machine's resources, and after it is stored all of the other has yet to
// (docs/semantics.md 13.14).
#pragma once

#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/bounds/reach.h"
#include "scheduler/bounds/traffic.h"
#include "scheduler/bounds/unit_loads.h"
#include "scheduler/bounds/work.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// By block: the groups that load it, distinct and ascending; none of one that no tile loads.
[[nodiscard]] Lists loaders_of(const TileGraph&);

class DependentWork {
 public:
  // All outlive it.
  DependentWork(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const Durations&,
                const CompulsoryMoves&, const Lists& loaders);

  // By group: not ready before.
  [[nodiscard]] std::vector<base::Ps> heads() const;
  // By group: the run goes on for as long after it is stored.
  [[nodiscard]] std::vector<base::Ps> tails() const;

 private:
  [[nodiscard]] std::int64_t held_constants() const;
  [[nodiscard]] Work load_work(BlockId, bool constants_apart) const;
  [[nodiscard]] base::Ps moving(Traffic) const;
  [[nodiscard]] base::Ps units(const Work&, base::Ps first_load) const;
  [[nodiscard]] base::Ps tail(const Work& behind) const;

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const Durations& d_;
  const CompulsoryMoves& moves_;
  const Lists& loaders_;
  UnitLoads units_;
  std::vector<Work> own_;
  std::int64_t may_be_held_ = 0;
};

}  // namespace tessera::scheduler
