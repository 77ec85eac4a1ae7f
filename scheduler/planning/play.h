// An order of tiles, played through the model: what a planner compares.
//
// Plays are compared by the time that is lost: what a tile must cost the resource that it needs most (the memory path
// for its own bytes, its unit for its cycles, each shared by all cores) is taken off, so that orders that hand out
// different tiles compare.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/machine_model.h"
#include "scheduler/planning/orders.h"

namespace tessera::scheduler {

struct Play {
  Order order = Order::earliest;
  std::vector<PlanChoice> plan;
  base::Ps needed{0};   // by its tiles
  base::Ps lost{0};     // where it ends; the makespan, if that is the end of the run
  base::Ps reached{0};  // the time there
  MachineModel::Branch there;
};

class Player {
 public:
  Player(const MachineModel& start, std::span<const Order> orders);

  // On from where the model is, until so many tiles are dispatched, or to the end of the run with the last of them.
  void play(MachineModel&, Play&, std::uint32_t until);

 private:
  [[nodiscard]] base::Ps lost(const MachineModel&, base::Ps needed) const;

  const PlanCosts& costs_;
  std::vector<base::Ps> needs_;  // by tile: of the resource that it needs most
  OrderPick pick_;
};

}  // namespace tessera::scheduler
