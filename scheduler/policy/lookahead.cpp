// Plans the next tiles in a model of the machine: several orders are played through a window, the one that loses the
// least time is followed, with weights prefetched for what was planned (docs/policies.md).
#include <array>

#include "scheduler/policy/plan_follower.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kLookahead;

namespace {

constexpr PolicyOption kWindow{"window", "tiles planned ahead", 64, PolicyOption::Kind::integer, 1, 4096};
constexpr PolicyOption kPrefetch{"prefetch", "load weights of tiles that cannot run yet", 1, PolicyOption::Kind::flag};
constexpr std::array kOptions{kWindow, kPrefetch};
constexpr std::array kWeighed{Order::earliest, Order::deepest, Order::cheapest, Order::leanest,
                              Order::ranked,   Order::storing, Order::in_turn};

}  // namespace

constinit const PolicyEntry kLookahead{
    "lookahead",
    [](const PolicySpec& spec) -> std::unique_ptr<Policy> {
      const PlanFollower::Rules rules{kWeighed, static_cast<std::uint32_t>(kWindow.of(spec)), kPrefetch.of(spec) != 0};
      return std::make_unique<PlanFollower>(kLookahead.name, rules);
    },
    kOptions};

}  // namespace tessera::scheduler
