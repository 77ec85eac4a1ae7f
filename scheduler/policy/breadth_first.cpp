#include <algorithm>
#include <optional>
#include <tuple>

#include "scheduler/policy/homes.h"
#include "scheduler/policy/placement.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kBreadthFirst;

namespace {

// Tile ids ascend with the operators of the network. A core takes its own tiles of the earliest operator that has ready
// ones, then what others can spare of it, and only then its own of a later operator.
class BreadthFirst final : public Policy {
 public:
  [[nodiscard]] std::string_view name() const override { return kBreadthFirst.name; }

  void begin(const View& view) override { homes_.begin(view); }
  void on_tile_ready(const View& view, TileId tile) override { homes_.ready(view, tile); }

  [[nodiscard]] Action decide(const View& view) override {
    placement_.forget();
    const auto open = placement_.continue_group(view);
    if (open && waiting(view, *open) == 0) return *open;
    best_.reset();
    for (const TileKind kind : {TileKind::pe, TileKind::vector, TileKind::movement}) {
      const TileId first = view.next_ready(kind, 0);
      if (first == kNoId) continue;
      const TileId later = homes_.next_operator(first);
      std::optional<Homes::Offer> offer;
      const int left = placement_.visit_homes(view, kind, homes_, [&](std::uint32_t core) {
        TileId tile = homes_.next(kind, core, 0);
        if (tile >= later) {
          if (!offer) offer = homes_.offer(view, first);
          if (const TileId spare = homes_.take(view, *offer, core); spare != kNoId) tile = spare;
        }
        consider(view, tile, core);
      });
      if (left == 0 && best_) continue;
      placement_.visit_others(view, first, homes_, left == 0 ? Placement::kProbes : left,
                              [&](std::uint32_t core, TileId spare) { consider(view, spare, core); });
    }
    placement_.move_on(view);
    if (open && (!best_ || waiting(view, *best_) >= waiting(view, *open))) return *open;
    if (!best_) look_everywhere(view);
    if (!best_) return Wait{};
    homes_.dispatched(view, best_->tile);
    return *best_;
  }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return placement_.weighed(); }
  [[nodiscard]] std::uint32_t weighed() const override { return placement_.count(); }
  [[nodiscard]] std::string_view score() const override { return "missing bytes"; }

 private:
  // Operator, then queue, then missing bytes, then tile.
  using Key = std::tuple<TileId, std::uint32_t, std::int64_t, TileId, std::uint32_t>;

  // Cores that were not looked at: the first that can go on with a tile of its own.
  void look_everywhere(const View& view) {
    for (const TileKind kind : {TileKind::pe, TileKind::vector, TileKind::movement}) {
      for (std::uint32_t c = homes_.next_core(view, kind, 0); c != kNoId && !best_;
           c = homes_.next_core(view, kind, c + 1)) {
        consider(view, homes_.next(kind, c, 0), c);
      }
    }
  }

  void consider(const View& view, TileId tile, std::uint32_t core) {
    const Dispatch d{tile, core};
    if (view.check(d) != Illegal::none) return;
    const std::int64_t missing = view.missing_bytes(tile, core);
    placement_.weigh({tile, core, missing});
    const Key key{homes_.next_operator(tile), view.queued(core, unit_of(view, tile)), missing, tile, core};
    if (!best_ || key < best_key_) best_ = d, best_key_ = key;
  }

  Homes homes_;
  Placement placement_;
  std::optional<Dispatch> best_;
  Key best_key_;
};

}  // namespace

constinit const PolicyEntry kBreadthFirst{
    "breadth_first", [](const PolicySpec&) -> std::unique_ptr<Policy> { return std::make_unique<BreadthFirst>(); }};

}  // namespace tessera::scheduler
