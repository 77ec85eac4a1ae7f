#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "scheduler/policy/homes.h"
#include "scheduler/policy/placement.h"
#include "scheduler/policy/policies.h"
#include "scheduler/policy/regulated.h"
#include "scheduler/policy/sharing.h"
#include "scheduler/tiles/request_rank.h"

namespace tessera::scheduler {

extern const PolicyEntry kDepthFirst;

namespace {

// Requests by their priority, those of one priority in the order of their arrival; within a request, a core takes, of
// the newest few of its own tiles, the one with the fewest missing bytes that other tiles share; of equals the newest.
// Only a core without tiles of its own takes what others can spare.
class DepthFirst final : public Policy {
 public:
  [[nodiscard]] std::string_view name() const override { return kDepthFirst.name; }
  // Tiles go only where `regulated` lets them.
  void obey(const Regulated& regulated) { regulated_ = &regulated; }

  void begin(const View& view) override {
    homes_.begin(view);
    sharing_.begin(view);
    ranks_ = request_ranks(view.graph().requests);
    enabled_at_.assign(view.graph().tiles.size(), 0);
    for (auto& kind : mine_) kind.assign(static_cast<std::size_t>(view.npu().cores), {});
  }
  void on_tile_ready(const View& view, TileId tile) override {
    const Tile& t = view.graph().tiles[tile];
    if (t.slice != 0) return;
    homes_.ready(view, tile);
    enabled_at_[tile] = view.now().count();
    enabled_[static_cast<int>(t.kind)].insert(key(view, tile));
    mine_[static_cast<int>(t.kind)][homes_.home(view, tile)].insert(key(view, tile));
  }

  [[nodiscard]] Action decide(const View& view) override {
    placement_.forget();
    const auto open = placement_.continue_group(view);
    if (open && waiting(view, *open) == 0) return *open;
    // The newest of each kind that has room somewhere, newest kind first.
    std::array<std::pair<Key, int>, kDispatchedKinds> kinds;
    std::size_t n = 0;
    for (int k = 0; k < 3; ++k) {
      if (!enabled_[k].empty() && !view.accepting(static_cast<TileKind>(k)).empty())
        kinds[n++] = {*enabled_[k].begin(), k};
    }
    std::sort(kinds.begin(), kinds.begin() + n);
    best_.reset();
    for (std::size_t i = 0; i < n && !best_; ++i)
      look_at(view, static_cast<TileKind>(kinds[i].second), std::get<2>(kinds[i].first));
    placement_.move_on(view);
    if (open && (!best_ || waiting(view, *best_) >= waiting(view, *open))) return *open;
    if (!best_) look_everywhere(view);
    if (!best_ && regulated_ != nullptr) look_at_all(view);
    if (!best_) return Wait{};
    forget(view, best_->tile);
    return *best_;
  }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return placement_.weighed(); }
  [[nodiscard]] std::uint32_t weighed() const override { return placement_.count(); }
  [[nodiscard]] std::string_view score() const override { return "missing bytes that other tiles share"; }

 private:
  static constexpr int kTries = 12;
  // Rank of the request, enabled when (newest first), then lowest id.
  using Key = std::tuple<std::uint32_t, std::int64_t, TileId>;
  // Queue, rank of the request, bytes, tile, core.
  using Rank = std::tuple<std::uint32_t, std::uint32_t, std::int64_t, Key, std::uint32_t>;

  [[nodiscard]] Key key(const View& view, TileId tile) const {
    return {ranks_[view.graph().tiles[tile].request], -enabled_at_[tile], tile};
  }

  void look_at(const View& view, TileKind kind, TileId newest) {
    std::optional<Homes::Offer> offer;
    placement_.visit_accepting(view, kind, [&](std::uint32_t core) {
      if (homes_.waiting(kind).contains(core)) return consider_own(view, kind, core);
      if (!offer) offer = homes_.offer(view, newest);
      if (const TileId spare = homes_.take(view, *offer, core); spare != kNoId) consider(view, spare, core);
    });
    if (best_ || (offer && offer->last == kNoId)) return;
    placement_.visit_others(view, newest, homes_, Placement::kProbes,
                            [&](std::uint32_t core, TileId spare) { consider(view, spare, core); });
  }
  // Its newest few tiles; those after one that misses nothing are older, and no better.
  void consider_own(const View& view, TileKind kind, std::uint32_t core) {
    const auto& mine = mine_[static_cast<int>(kind)][core];
    if (best_ && view.queued(core, unit_of(view, std::get<2>(*mine.begin()))) > std::get<0>(best_rank_)) return;
    int tries = kTries;
    for (auto i = mine.begin(); i != mine.end() && tries-- > 0; ++i)
      if (consider(view, std::get<2>(*i), core) == 0) return;
  }

  // Cores that were not looked at: the first that can go on with a tile of its own.
  void look_everywhere(const View& view) {
    for (const TileKind kind : {TileKind::pe, TileKind::vector, TileKind::movement}) {
      for (std::uint32_t c = homes_.next_core(view, kind, 0); c != kNoId && !best_;
           c = homes_.next_core(view, kind, c + 1)) {
        consider(view, std::get<2>(*mine_[static_cast<int>(kind)][c].begin()), c);
      }
    }
  }

  // What is home to a core where it may not go now goes to any other.
  void look_at_all(const View& view) {
    for (const TileKind kind : {TileKind::pe, TileKind::vector, TileKind::movement})
      for (TileId t = view.next_ready(kind, 0); t != kNoId && !best_; t = view.next_ready(kind, t + 1))
        for (std::uint32_t c = view.next_accepting(kind, 0); c != kNoId && !best_; c = view.next_accepting(kind, c + 1))
          consider(view, t, c);
  }

  // Returns the shared bytes that it misses; -1: not legal.
  std::int64_t consider(const View& view, TileId tile, std::uint32_t core) {
    const Dispatch d{tile, core};
    if (view.check(d) != Illegal::none || (regulated_ != nullptr && !regulated_->may_go(view, tile, core))) return -1;
    const std::int64_t missing = sharing_.missing_bytes(view, tile, core);
    placement_.weigh({tile, core, missing});
    const std::uint32_t request = ranks_[view.graph().tiles[tile].request];
    const Rank rank{view.queued(core, unit_of(view, tile)), request, missing, key(view, tile), core};
    if (!best_ || rank < best_rank_) best_ = d, best_rank_ = rank;
    return missing;
  }

  void forget(const View& view, TileId tile) {
    const Tile& t = view.graph().tiles[tile];
    if (t.slice != 0) return;
    enabled_[static_cast<int>(t.kind)].erase(key(view, tile));
    mine_[static_cast<int>(t.kind)][homes_.home(view, tile)].erase(key(view, tile));
    homes_.dispatched(view, tile);
  }

  Homes homes_;
  Sharing sharing_;
  Placement placement_;
  std::vector<std::uint32_t> ranks_;      // by request
  std::vector<std::int64_t> enabled_at_;  // by tile
  std::set<Key> enabled_[3];              // by kind
  std::vector<std::set<Key>> mine_[3];    // by kind and home
  std::optional<Dispatch> best_;
  Rank best_rank_;
  const Regulated* regulated_ = nullptr;  // null: every tile may go everywhere
};

constexpr std::array kOptions{kBestEffortRate};

}  // namespace

constinit const PolicyEntry kDepthFirst{"depth_first", regulated<DepthFirst>, kOptions};

}  // namespace tessera::scheduler
