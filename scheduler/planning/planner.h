// Plans a run: which tile goes where, in which order.
//
// Each order is first played alone to the end of the run; those that go alone (goes_alone) only a quarter of the way,
// if they are not clearly better there. The best of these plays is a plan. The others are mixtures of the orders that
// are not far behind it (Mixture), at the run's window and at narrower ones, from kMixing on, each kWider times as wide
// as the one before. Plans are compared as a machine follows them (FollowedPlan). So a wider window has all that a
// narrower one has; where it is wider than kWide, a difference that is less than the model is true for (kTold) does not
// count, for wide windows mix no better by themselves.
//
// A window below kMixing sees no more than itself: no order is played to the end, and its mixtures begin at 1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/followed_plan.h"
#include "scheduler/planning/mixture.h"
#include "scheduler/planning/play.h"

namespace tessera::scheduler {

class Planner {
 public:
  // Makes the plan. One order: it is followed to the end, and the window says only how much next() gives at a time.
  // `prefetch`: whether who follows the plan prefetches.
  Planner(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&,
          std::span<const Order> orders, std::uint32_t window, bool prefetch = true);

  // The next tiles in the order of their dispatches; empty: there are no more.
  [[nodiscard]] std::span<const PlanChoice> next();
  [[nodiscard]] std::span<const PlanChoice> plan() const { return plan_; }
  // Where the model's play of it ends.
  [[nodiscard]] base::Ps makespan() const { return makespan_; }

 private:
  static constexpr std::int64_t kMuch = 10;     // one part in; orders so far behind are not mixed
  static constexpr std::int64_t kTold = 128;    // one part in
  static constexpr std::int64_t kClearly = 20;  // one part in, by which an order that is not mixed must be better
  static constexpr std::uint32_t kMixing = 16;  // the narrowest window that is compared with orders to their ends
  static constexpr std::uint32_t kWide = 64;
  static constexpr std::uint32_t kWider = 4;    // times
  static constexpr std::uint32_t kShort = 256;  // tiles of a run in which a quarter tells nothing

  void play_alone(std::span<const Order> orders);
  void play_on(MachineModel&, Play&);
  static void reject_lone(std::vector<Play>&);
  void mix();
  void weigh(Mixture&, std::int64_t margin);  // one part in; 0: none

  PlanCosts costs_;
  const MachineModel start_;  // where the run begins
  Player player_;
  FollowedPlan followed_;
  std::uint32_t window_;
  std::vector<Order> mixed_;  // orders that are mixed, the best alone first
  std::vector<PlanChoice> plan_;
  base::Ps makespan_ = base::kNever;  // where its play ends
  base::Ps expected_ = base::kNever;  // where it ends as it is followed; of several orders only
  std::size_t given_ = 0;
};

}  // namespace tessera::scheduler
