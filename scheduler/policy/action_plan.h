// A schedule in full: the actions of a run in the order in which they are to be taken. What the policy `static` follows
// and what a run leaves of itself (scheduler/replay reads and writes it as a file).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "scheduler/policy/policy.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

inline constexpr std::uint32_t kAnyScheduler = 0xffffffff;

struct PlannedAction {
  Action action;                            // a Wait is one until a time
  std::uint32_t scheduler = kAnyScheduler;  // that took it; whichever is idle first takes it again
  base::Ps start = base::kNever;            // when it began, or is expected to: nothing waits for it; kNever: not said
  int line = 0;                             // of the file; 0: none
};

struct ActionPlan {
  std::string file;  // for messages; empty: made by the program
  std::vector<PlannedAction> actions;
  base::Ps makespan = base::kNever;  // that the plan's maker expects; kNever: not said
};

// What a run says of the policy `static`: the file of its plan, empty where there is none, and whether each core
// follows its own part of it.
[[nodiscard]] std::string plan_file(const PolicySpec&);
[[nodiscard]] bool plan_is_per_core(const PolicySpec&);

// An action that a dispatcher has accepted, as it begins.
struct TakenAction {
  Action action;  // no Wait
  std::uint32_t scheduler = 0;
  base::Ps start{0};
  base::Ps since{0};  // from when on a scheduler could have taken it
};

}  // namespace tessera::scheduler
