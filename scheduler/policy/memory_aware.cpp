// Of the ready tiles the one that has the fewest bytes to load, of equals the deepest: a stack of operators runs tile
// by tile, and what a core has loaded is used up before other operands come.
#include <array>

#include "scheduler/policy/plan_follower.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kMemoryAware;

namespace {
constexpr std::array kOrder{Order::leanest};
}  // namespace

constinit const PolicyEntry kMemoryAware{"memory_aware", [](const PolicySpec&) -> std::unique_ptr<Policy> {
                                           return std::make_unique<PlanFollower>(kMemoryAware.name,
                                                                                 PlanFollower::Rules{kOrder});
                                         }};

}  // namespace tessera::scheduler
