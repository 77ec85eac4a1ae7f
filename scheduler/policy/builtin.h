// The factories of the built-in policies; policies.cpp lists them by name.
#pragma once

#include <memory>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

// Follows the newest enabled successor, so that a result is used soon after it was made.
[[nodiscard]] std::unique_ptr<Policy> make_depth_first(const PolicySpec&);
// Operator by operator, in the order of the network: the lowest tile id that may go.
[[nodiscard]] std::unique_ptr<Policy> make_breadth_first(const PolicySpec&);
// Takes turns: the next core in order gets a tile of the next operator or request in order.
[[nodiscard]] std::unique_ptr<Policy> make_round_robin(const PolicySpec&);
// Weighs a window of tiles by the stall and the traffic that each would cause, and prefetches weights.
[[nodiscard]] std::unique_ptr<Policy> make_lookahead(const PolicySpec&);

}  // namespace tessera::scheduler
