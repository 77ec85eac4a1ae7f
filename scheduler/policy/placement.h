// What the simple policies share: on which core a given tile goes, and which open group goes on.
//
// Bounded: at most kProbes cores are looked at, from a position that moves on, so that an answer costs the same on
// 8 cores and on 1000. Among those looked at: shortest queue, then fewest missing bytes, then lowest core.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

class Placement {
 public:
  static constexpr int kProbes = 8;

  // The core for a ready first slice or single tile; nothing if no core that was looked at may take it. Where the
  // schedule deals tiles to cores (core_split), that core goes first.
  [[nodiscard]] std::optional<Dispatch> place(const View&, TileId);
  // A later slice of an open group, on the core with the shortest queue.
  [[nodiscard]] std::optional<Dispatch> continue_group(const View&);

  void forget() { weighed_.clear(); }
  [[nodiscard]] std::span<const Candidate> weighed() const { return weighed_; }

 private:
  void weigh(const Candidate& c) { if (weighed_.size() < 16) weighed_.push_back(c); }
  std::uint32_t start_ = 0, continue_start_ = 0;
  std::vector<Candidate> weighed_;
};

}  // namespace tessera::scheduler
