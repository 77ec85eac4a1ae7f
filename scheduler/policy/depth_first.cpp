#include <optional>
#include <set>
#include <utility>

#include "scheduler/policy/builtin.h"
#include "scheduler/policy/placement.h"

namespace tessera::scheduler {
namespace {

// Of the newest few that have room somewhere, the one with the fewest missing bytes there; of equals the newest.
class DepthFirst final : public Policy {
 public:
  [[nodiscard]] std::string_view name() const override { return "depth_first"; }

  void on_tile_ready(const View& view, TileId tile) override {
    const Tile& t = view.graph().tiles[tile];
    if (t.slice == 0) enabled_[static_cast<int>(t.kind)].insert({-view.now().count(), tile});
  }

  [[nodiscard]] Action decide(const View& view) override {
    placement_.forget();
    if (const auto d = placement_.continue_group(view)) return *d;
    // The newest of each kind that has room somewhere, newest kind first.
    std::set<std::pair<Key, int>> kinds;
    for (int k = 0; k < 3; ++k) {
      if (!enabled_[k].empty() && view.next_accepting(static_cast<TileKind>(k), 0) != kNoId) kinds.insert({*enabled_[k].begin(), k});
    }
    for (const auto& [key, k] : kinds) if (const auto d = newest(view, enabled_[k])) return *d;
    return Wait{};
  }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return placement_.weighed(); }

 private:
  static constexpr int kTries = 6;
  using Key = std::pair<std::int64_t, TileId>;   // enabled when (newest first), then lowest id

  std::optional<Dispatch> newest(const View& view, std::set<Key>& enabled) {
    std::optional<Dispatch> best;
    std::set<Key>::iterator where;
    std::int64_t least = 0;
    int tries = kTries;
    for (auto i = enabled.begin(); i != enabled.end() && tries-- > 0; ++i) {
      const auto d = placement_.place(view, i->second);
      if (!d) continue;
      const std::int64_t missing = view.missing_bytes(d->tile, d->core);
      if (best && missing >= least) continue;
      best = d;
      where = i;
      least = missing;
    }
    if (best) enabled.erase(where);
    return best;
  }

  std::set<Key> enabled_[3];                     // by kind
  Placement placement_;
};

}  // namespace

std::unique_ptr<Policy> make_depth_first(const PolicySpec&) { return std::make_unique<DepthFirst>(); }

}  // namespace tessera::scheduler
