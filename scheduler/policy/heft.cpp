// The classic list schedule (Topcuoglu et al. 2002): of the ready tiles the one with the longest way to the end of its
// request, transfers included, on the core where it ends first.
#include <array>

#include "scheduler/policy/plan_follower.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kHeft;

namespace {
constexpr std::array kOrder{Order::ranked};
}  // namespace

constinit const PolicyEntry kHeft{"heft", [](const PolicySpec&) -> std::unique_ptr<Policy> {
                                    return std::make_unique<PlanFollower>(kHeft.name, PlanFollower::Rules{kOrder});
                                  }};

}  // namespace tessera::scheduler
