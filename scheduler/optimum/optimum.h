// The best schedule that a small tile graph has on a machine: depth-first branch and bound over its schedules, each of
// which is run by the dispatcher itself on the machine's own engine (scheduler/optimum/plain_machine.h).
//
// What it ranges over. A schedule is an order of actions: every tile once, dispatched to any core, and prefetches of
// constant operands to any core between them. Each action begins as soon as it is legal and a scheduler is idle, and
// none before the one that stands before it (what the policy `static` makes of a table of actions without waits). So
// a core may well idle for a tile that is not ready yet although another could go: that is an order like any other. A
// prefetch brings what no tile that is legal there could bring at once, and what a later tile of its core then finds:
// others are left out. Transfers go
// where no channel is asked for (docs/semantics.md 8.3). Schedules that differ in the names of their cores only are one
// schedule, and so are those that differ by an exchange of tiles that are the same (scheduler/optimum/interchange.h):
// cores come in the order of their numbers, and which of two events of one picosecond comes first is not searched
// over. With `waits` an action may also be held back although it is legal, until any later event.
//
// Not in it: waits until times at which nothing happens, channels by name, and dispatches that are taken back.
//
// Why no constraint solver: a schedule's time is what packets make of it on shared channels, places among the
// outstanding ones, ports and slots. A model of that in constraints would be a second machine, and its optimum another
// machine's; what can be said in closed form is the bound, and that prunes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/policy/action_plan.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

inline constexpr std::size_t kMostOptimumTiles = 14;  // that go to a core; of the host as many as there are

struct OptimumOptions {
  bool prefetches = true;
  bool waits = false;
  bool prunes = true;              // false: every schedule there is, without bounds and symmetries (tests)
  std::uint64_t runs = 1'000'000;  // of the machine, each for a schedule or for as much of one as was worth it
  // Now and then: runs so far, the best makespan.
  std::function<void(std::uint64_t runs, base::Ps best)> on_progress = {};
};

struct Optimum {
  base::Ps makespan = base::kNever;  // kNever: no schedule was found
  ActionPlan plan;                   // that has it
  base::Ps bound{0};                 // no schedule takes less
  std::uint64_t runs = 0;            // of the machine
  std::uint64_t nodes = 0;           // beginnings of schedules that were looked at, those that a bound cut off too
  std::uint64_t schedules = 0;       // that were run to their end
  [[nodiscard]] bool proved() const { return bound == makespan; }
};

// A graph of at most kMostOptimumTiles. `known`: a schedule to begin with, if any; a makespan above what its plan says
// is not looked for.
[[nodiscard]] Optimum find_optimum(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&,
                                   const ScheduleSpec&, const ActionPlan& known, const OptimumOptions& = {});

}  // namespace tessera::scheduler
