// What the policies share: which cores are looked at, and which open group goes on.
//
// Bounded: at most kProbes cores are looked at, from a position that moves on, so that an answer costs the same on
// 8 cores and on 1000.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/policy/homes.h"
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

// Calls visit(core) for up to `probes` cores that next(from) finds, beginning at `start` and going round once. Returns
// how many probes are left.
template <class Next, class Visit>
int go_round(std::uint32_t start, int probes, const Next& next, const Visit& visit) {
  bool wrapped = false;
  for (std::uint32_t c = next(start); probes > 0; c = next(c + 1)) {
    if (c == kNoId || (wrapped && c >= start)) {
      if (wrapped || start == 0) break;
      wrapped = true;
      c = next(0);
      if (c == kNoId || c >= start) break;
    }
    visit(c);
    --probes;
  }
  return probes;
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
  // Of the cores that may take a tile of that kind, those that are home to a waiting one. Returns the probes left.
  template <class Visit>
  int visit_homes(const View& view, TileKind kind, const Homes& homes, const Visit& visit) const {
    const IdSet &accepting = view.accepting(kind), &own = homes.waiting(kind);
    return go_round(
        start_, kProbes, [&](std::uint32_t from) { return accepting.next_common(own, from); }, visit);
  }
  // The others, with what a waiting tile's home can spare: visit(core, that tile).
  template <class Visit>
  void visit_others(const View& view, TileId first, const Homes& homes, int probes, const Visit& visit) const {
    const TileKind kind = view.graph().tiles[first].kind;
    const IdSet &accepting = view.accepting(kind), &own = homes.waiting(kind);
    if (accepting.next_without(own, 0) == kNoId) return;
    const Homes::Offer offer = homes.offer(view, first);
    if (offer.last == kNoId) return;
    go_round(
        start_, probes, [&](std::uint32_t from) { return accepting.next_without(own, from); },
        [&](std::uint32_t core) {
          if (const TileId spare = homes.take(view, offer, core); spare != kNoId) visit(core, spare);
        });
  }
  // Where there are more cores than are looked at, the next question begins with others.
  void move_on(const View& view) {
    if (view.npu().cores > kProbes) start_ = (start_ + kProbes) % static_cast<std::uint32_t>(view.npu().cores);
  }

  void forget() {
    weighed_.clear();
    count_ = 0;
  }
  // Of many the best few are kept.
  void weigh(const Candidate& c) {
    ++count_;
    if (weighed_.size() < kKept) weighed_.push_back(c);
    else if (c.score < weighed_[worst_].score) weighed_[worst_] = c;
    else return;
    const auto worse = [](const Candidate& a, const Candidate& b) { return a.score < b.score; };
    if (weighed_.size() == kKept)
      worst_ = static_cast<std::size_t>(std::max_element(weighed_.begin(), weighed_.end(), worse) - weighed_.begin());
  }
  [[nodiscard]] std::span<const Candidate> weighed() const { return weighed_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  static constexpr std::size_t kKept = 16;

  std::uint32_t start_ = 0, continue_start_ = 0, count_ = 0;
  std::size_t worst_ = 0;
  std::vector<Candidate> weighed_;
};

}  // namespace tessera::scheduler
