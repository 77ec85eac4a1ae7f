// What the policies share: which cores are looked at, and which open group goes on.
//
// Bounded: at most kProbes cores are looked at, from a position that moves on, so that an answer costs the same on
// 8 cores and on 1000.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

// The unit whose queue a tile waits in.
[[nodiscard]] inline CoreUnit unit_of(const View& view, TileId tile) {
  return view.graph().tiles[tile].kind == TileKind::vector ? CoreUnit::vector_unit : CoreUnit::pe_array;
}

// Tiles that the tile of a Dispatch would wait behind. A core with fewer goes before an open group that goes on: its
// unit runs dry sooner.
[[nodiscard]] inline std::uint32_t waiting(const View& view, const Dispatch& d) {
  return view.queued(d.core, unit_of(view, d.tile));
}

// Calls visit(core) for up to `probes` cores that next(from) finds, beginning at `start` and going round once.
template <class Next, class Visit>
void go_round(std::uint32_t start, int probes, const Next& next, const Visit& visit) {
  bool wrapped = false;
  for (std::uint32_t c = next(start); probes > 0; c = next(c + 1)) {
    if (c == kNoId || (wrapped && c >= start)) {
      if (wrapped || start == 0) return;
      wrapped = true;
      c = next(0);
      if (c == kNoId || c >= start) return;
    }
    visit(c);
    --probes;
  }
}

class Placement {
 public:
  static constexpr int kProbes = 8;

  // A later slice of an open group, on the core with the shortest queue.
  [[nodiscard]] std::optional<Dispatch> continue_group(const View&);
  // Cores that may take a tile of that kind.
  template <class Visit>
  void visit_accepting(const View& view, TileKind kind, const Visit& visit) const {
    go_round(
        start_, kProbes, [&](std::uint32_t from) { return view.next_accepting(kind, from); }, visit);
  }
  // Where there are more cores than are looked at, the next question begins with others.
  void move_on(const View& view) {
    if (view.npu().cores > kProbes) start_ = (start_ + kProbes) % static_cast<std::uint32_t>(view.npu().cores);
  }

  void forget() { weighed_.clear(); }
  void weigh(const Candidate& c) {
    if (weighed_.size() < 16) weighed_.push_back(c);
  }
  [[nodiscard]] std::span<const Candidate> weighed() const { return weighed_; }

 private:
  std::uint32_t start_ = 0, continue_start_ = 0;
  std::vector<Candidate> weighed_;
};

}  // namespace tessera::scheduler
