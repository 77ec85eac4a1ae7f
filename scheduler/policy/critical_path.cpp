// Of the ready tiles the one with the most work on its way to the end, without transfers, wherever its home is.
#include <array>

#include "scheduler/policy/plan_follower.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kCriticalPath;

namespace {
constexpr std::array kOrder{Order::critical};
}  // namespace

constinit const PolicyEntry kCriticalPath{"critical_path", [](const PolicySpec&) -> std::unique_ptr<Policy> {
                                            return std::make_unique<PlanFollower>(kCriticalPath.name,
                                                                                  PlanFollower::Rules{kOrder});
                                          }};

}  // namespace tessera::scheduler
