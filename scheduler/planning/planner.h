// Plans a run: which tile goes where, in which order. Of several orders each is first played through the model alone,
// to the end. Those that do not end much later than the best are then mixed: each is played half a window ahead, but
// no more than 32 tiles, for longer plans would mix too little; the two that are better go on to the whole window, and
// what the best of them did first is planned. The next window begins where the plan ends: windows overlap, so that what
// an order leaves behind is seen before it is decided. If the best order alone ends before the mixture does, it is the
// plan.
//
// Windows are compared by the time that is lost: what a tile must cost the resource that it needs most (the memory path
// for its own bytes, its unit for its cycles, each shared by all cores) is taken off, so that orders that hand out
// different tiles compare. What an order leaves behind may still cost more than it saved: that is what the first plays,
// and the last comparison, are for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/machine_model.h"
#include "scheduler/planning/orders.h"

namespace tessera::scheduler {

class Planner {
 public:
  // Makes the plan. One order: it is followed to the end, and the window says only how much next() gives at a time.
  Planner(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&,
          std::span<const Order> orders, std::uint32_t window);

  // The next tiles in the order of their dispatches; empty: there are no more.
  [[nodiscard]] std::span<const PlanChoice> next();
  [[nodiscard]] std::span<const PlanChoice> plan() const { return plan_; }
  [[nodiscard]] base::Ps makespan() const { return makespan_; }  // that the model expects

 private:
  static constexpr std::int64_t kMuch = 10;   // one part in
  static constexpr std::uint32_t kStep = 32;  // tiles that are planned at a time, at most
  static constexpr std::size_t kGoOn = 2;     // orders, to the end of the window

  // An order, played from where the plan ends.
  struct Play {
    Order order = Order::earliest;
    std::vector<PlanChoice> plan;
    base::Ps needed{0};  // by its tiles
    base::Ps lost{0};    // where it ends; the makespan, if that is the end of the run
    MachineModel::Branch there;
  };
  void play_alone();
  void mix();
  void play_window(std::uint32_t whole);
  void look_further(std::uint32_t until);
  // Until so many tiles are dispatched, or to the end of the run with the last of them.
  void play(Play&, std::uint32_t until);
  [[nodiscard]] bool ended(std::uint32_t until) const;
  [[nodiscard]] base::Ps lost(base::Ps needed) const;

  PlanCosts costs_;
  std::vector<base::Ps> needs_;  // by tile: of the resource that it needs most
  MachineModel model_;
  OrderPick pick_;
  std::uint32_t window_;
  std::vector<Play> plays_;  // by order, as they are given; then the best first
  std::vector<Play*> weighed_;
  Play further_;
  std::vector<PlanChoice> plan_;
  base::Ps makespan_{0};
  std::size_t given_ = 0;
};

}  // namespace tessera::scheduler
