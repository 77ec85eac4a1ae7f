// Refreshes of a channel that has nothing else to do: seconds of them in one step.
//
// Every interval a round begins: one refresh of each unit. A round that begins at rest depends on nothing but its
// beginning, so it does what every other such round does. Once a round has begun and ended at rest, so do all that
// follow, and those in the middle change nothing but the count. The last two are done one by one, since they leave
// behind what the next command must wait for. A channel whose commands are logged is never at rest.
#pragma once

#include <algorithm>

#include "arch/dram/timing_state.h"

namespace tessera::arch {

// Whether no earlier command delays a refresh of any unit in cycle `now`.
[[nodiscard]] inline bool can_refresh_all(const TimingState& timing, const DramStandard& standard, DramCycle now) {
  for (std::int32_t u = 0; u < standard.units; ++u)
    if (timing.earliest_in_unit(DramCommand::refresh, u) > now) return false;
  return true;
}

class IdleRefreshes {
 public:
  explicit IdleRefreshes(const DramStandard& standard)
      : interval_(standard.timings.refresh_interval), units_(standard.units) {}

  // Called when a round is about to begin, in cycle `next`, with whether the channel is at rest. Moves `next` over
  // the rounds that need not be done, of those that begin until `until`; returns how many refreshes they have.
  [[nodiscard]] std::int64_t skip(bool at_rest, DramCycle& next, DramCycle until) {
    const bool settled = at_rest && was_at_rest_;
    was_at_rest_ = at_rest;
    if (!settled) return 0;
    const std::int64_t rounds = std::max<std::int64_t>(0, (until - next) / interval_ - 1);
    next += rounds * interval_;
    return rounds * units_;
  }

 private:
  std::int64_t interval_;
  std::int32_t units_;
  bool was_at_rest_ = false;  // when the round before began
};

}  // namespace tessera::arch
