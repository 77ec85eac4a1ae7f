// What becomes of a plan when a machine follows it: each core takes its planned tiles in their order, but passes over
// what may not go yet for one of the next few; of the cores that may, the one whose tile was planned first goes on; and
// where nothing may go, weights of the next planned tiles are prefetched. So a plan is judged by what a run will do
// with it, and not by the play that made it, which knows no tile that is to come and so no prefetch.
//
// scheduler/policy/plan_follower does the same on the dispatcher's view; the numbers that say how far a core looks are
// here for both.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/planning/machine_model.h"
#include "scheduler/planning/orders.h"

namespace tessera::scheduler {

inline constexpr int kPassedOver = 3;   // tiles of a core that are looked at for one that may go
inline constexpr int kPrefetched = 16;  // planned tiles of a core whose weights are looked at

class FollowedPlan {
 public:
  FollowedPlan(const MachineModel& start, bool prefetch);

  // When the run ends; kNever: after `limit`, or not at all.
  [[nodiscard]] base::Ps makespan(std::span<const PlanChoice> plan, base::Ps limit);

 private:
  struct Mine {
    std::uint32_t begin = 0, head = 0, end = 0;  // in places_; all before the head are dispatched
  };
  void deal(std::span<const PlanChoice> plan);
  bool dispatch(MachineModel&);
  [[nodiscard]] std::uint32_t next_of(const MachineModel&, std::uint32_t core, std::uint32_t before);
  bool prefetch(MachineModel&);
  bool prefetch_at(MachineModel&, std::uint32_t core) const;

  const MachineModel& start_;
  const PlanCosts& costs_;
  bool prefetches_;
  std::span<const PlanChoice> plan_;
  std::vector<Mine> cores_;
  std::vector<std::uint32_t> places_;   // in the plan, by core
  std::vector<bool> dispatched_;        // by place
  std::vector<std::uint32_t> core_of_;  // by group
  std::vector<std::uint64_t> fetching_;
};

}  // namespace tessera::scheduler
