// Which DMA channel sends the next packet into the interconnect.
//
// Works on bit sets of channels: the engine says who could send now, the arbiter picks one and remembers what it
// needs for fairness. At most 64 channels.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

class Arbiter {
 public:
  explicit Arbiter(const DmaSpec& spec)
      : kind_(spec.arbitration), channels_(spec.channels), served_(spec.channels.size(), 0) {}

  // `eligible` has at least one bit set; returns a set bit's index.
  [[nodiscard]] std::uint32_t pick(std::uint64_t eligible) const {
    switch (kind_) {
      case Arbitration::round_robin: return next_after_last(eligible);
      case Arbitration::priority: return next_after_last(highest_priority(eligible));
      case Arbitration::weighted: return least_served(eligible);
    }
    return next_after_last(eligible);
  }
  // The picked channel sent `bytes`.
  void granted(std::uint32_t channel, std::int64_t bytes) {
    last_ = channel;
    if (kind_ != Arbitration::weighted) return;
    auto& mine = served_[channel];
    virtual_time_ = mine = std::max(mine, virtual_time_);
    mine += bytes * kScale / channels_[channel].weight;
  }
  // A channel that was empty has work again: what it did not use while it was away is not owed to it.
  void joined(std::uint32_t channel) { served_[channel] = std::max(served_[channel], virtual_time_); }

 private:
  static constexpr std::int64_t kScale = 1024;

  [[nodiscard]] std::uint32_t next_after_last(std::uint64_t eligible) const {
    const std::uint64_t later = last_ >= 63 ? 0 : eligible & (~std::uint64_t{0} << (last_ + 1));
    return static_cast<std::uint32_t>(std::countr_zero(later != 0 ? later : eligible));
  }
  [[nodiscard]] std::uint64_t highest_priority(std::uint64_t eligible) const {
    std::uint64_t best = 0;
    std::int64_t priority = 0;
    for (std::uint64_t rest = eligible; rest != 0; rest &= rest - 1) {
      const auto c = static_cast<std::uint32_t>(std::countr_zero(rest));
      const std::int64_t p = channels_[c].priority;
      if (best == 0 || p > priority) {
        best = 0;
        priority = p;
      }
      if (p == priority) best |= std::uint64_t{1} << c;
    }
    return best;
  }
  [[nodiscard]] std::uint32_t least_served(std::uint64_t eligible) const {
    auto best = static_cast<std::uint32_t>(std::countr_zero(eligible));
    for (std::uint64_t rest = eligible; rest != 0; rest &= rest - 1) {
      const auto c = static_cast<std::uint32_t>(std::countr_zero(rest));
      if (served_[c] < served_[best]) best = c;
    }
    return best;
  }

  Arbitration kind_;
  std::vector<DmaChannelSpec> channels_;
  std::vector<std::int64_t> served_;  // weighted: virtual time of each channel
  std::int64_t virtual_time_ = 0;
  std::uint32_t last_ = 63;  // round robin begins with channel 0
};

}  // namespace tessera::arch
