// A plan that mixes orders: each is played half a window ahead, but no more than 32 tiles, for longer plans would mix
// too little; the two that are better go on to the whole window, and what the best of them did first is planned. The
// next window begins where the plan ends: windows overlap, so that what an order leaves behind is seen before it is
// decided.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/play.h"

namespace tessera::scheduler {

class Mixture {
 public:
  Mixture(const MachineModel& start, Player&, std::span<const Order> orders, std::uint32_t window);

  // Plans the run, unless it takes longer than `limit`.
  void plan(base::Ps limit);
  [[nodiscard]] base::Ps makespan() const { return makespan_; }  // kNever: longer than the limit
  [[nodiscard]] std::vector<PlanChoice>& choices() { return choices_; }

 private:
  static constexpr std::uint32_t kStep = 32;  // tiles that are planned at a time, at most
  static constexpr std::size_t kGoOn = 2;     // orders, to the end of the window

  // An order, and how it goes on behind what it did first: the same play again if that is planned and the next window
  // begins there.
  struct Choice {
    Play play, further;
    std::uint32_t from = 0, until = 0;  // of `further`, in dispatched tiles; 0: not played
  };
  void play_window(std::uint32_t whole);
  void play(Choice&, std::uint32_t until);
  void look_further(std::uint32_t until);

  Player& player_;
  MachineModel model_;
  std::uint32_t window_;
  std::vector<Choice> orders_;
  std::vector<Choice*> weighed_;
  const Choice* planned_ = nullptr;  // by the last window
  std::vector<PlanChoice> choices_;
  base::Ps makespan_ = base::kNever;
};

}  // namespace tessera::scheduler
