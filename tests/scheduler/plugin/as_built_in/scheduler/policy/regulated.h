// In a library depth_first stands alone: what is around it inside (scheduler/policy/regulated.h) stays there.
#pragma once

#include <memory>

#include "tessera/policy.h"

namespace tessera::scheduler {

inline constexpr PolicyOption kBestEffortRate{"best_effort_rate", "", 0, PolicyOption::Kind::integer, 0, 0};

struct Regulated {
  [[nodiscard]] bool may_go(const View&, TileId, std::uint32_t) const { return true; }
};

template <class Inner>
[[nodiscard]] std::unique_ptr<Policy> regulated(const PolicySpec&) {
  return std::make_unique<Inner>();
}

}  // namespace tessera::scheduler
