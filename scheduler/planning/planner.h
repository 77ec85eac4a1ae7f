// Plans the next tiles of a run: which goes where, in which order. Each of several orders is played through the model
// over a window of tiles; the one that gets furthest is the plan, and the next window begins where it ends.
//
// "Furthest" is measured in work: what a tile must cost the resource that it needs most (the memory path for its own
// bytes, its unit for its cycles, each shared by all cores), so that orders that hand out different tiles compare. An
// order whose window ends later than that work asks for has lost time, and the least lost time wins. That says nothing
// of the tiles that it leaves behind (few that are ready, a long way to go); where few are left, all orders are played
// to the end of the run instead.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/machine_model.h"
#include "scheduler/planning/orders.h"

namespace tessera::scheduler {

class Planner {
 public:
  Planner(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&,
          std::span<const Order> orders, std::uint32_t window);

  // The next tiles in the order of their dispatches; empty: all are planned.
  [[nodiscard]] const std::vector<PlanChoice>& next();
  // Of the model, where the plan ends; once all is planned, the predicted makespan.
  [[nodiscard]] base::Ps now() const { return model_.now(); }

 private:
  static constexpr std::uint32_t kToTheEnd = 1024;  // tiles left

  // Plays until so many tiles more are dispatched, or to the end of the run with the last of them; the time that was
  // lost.
  base::Ps play(Order, std::uint32_t until);
  [[nodiscard]] bool ended(std::uint32_t until) const;
  [[nodiscard]] base::Ps lost() const;

  PlanCosts costs_;
  std::vector<base::Ps> needs_;  // by tile: of the resource that it needs most
  MachineModel model_;
  std::span<const Order> orders_;
  OrderPick pick_;
  std::uint32_t window_;
  std::vector<PlanChoice> plan_, best_;
  base::Ps needed_{0};  // by the tiles of the window
};

}  // namespace tessera::scheduler
