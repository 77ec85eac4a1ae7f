// Plans over a window of tiles of several operators. A choice (tile, core) costs the time that the unit would stand
// idle for it (its missing bytes come behind the channels' backlog, the work before it ends when it ends) and the time
// of those missing bytes that other tiles share: bytes of one tile alone have to be moved some time anyway. Cores whose
// array has nothing to do go first: their time is being lost. Equal cost: the earliest tile. When nothing may be
// dispatched, weights of the tiles that come next are prefetched.
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include "scheduler/policy/homes.h"
#include "scheduler/policy/memory_pace.h"
#include "scheduler/policy/placement.h"
#include "scheduler/policy/policies.h"
#include "scheduler/policy/sharing.h"

namespace tessera::scheduler {

extern const PolicyEntry kLookahead;

namespace {

using base::Ps;

constexpr PolicyOption kWindow{"window", "tiles planned ahead", 16, PolicyOption::Kind::integer, 1, 4096};
constexpr PolicyOption kPrefetch{"prefetch", "load weights of tiles that cannot run yet", 1, PolicyOption::Kind::flag};
constexpr std::array kOptions{kWindow, kPrefetch};

class Lookahead final : public Policy {
 public:
  explicit Lookahead(const PolicySpec& spec)
      : window_(static_cast<int>(kWindow.of(spec))), prefetch_(kPrefetch.of(spec) != 0) {}
  [[nodiscard]] std::string_view name() const override { return kLookahead.name; }

  void begin(const View& view) override {
    homes_.begin(view);
    const auto& graph = view.graph();
    was_ready_.assign(graph.tiles.size(), false);
    sharing_.begin(view);
    coming_.assign(static_cast<std::size_t>(view.npu().cores), {});
    for (TileId t = 0; t < graph.tiles.size(); ++t) {
      const BlockId weight = graph.tiles[t].weight;
      const bool wanted = graph.tiles[t].kind == TileKind::pe && weight != kNoId && graph.blocks[weight].constant;
      if (wanted) coming_[homes_.home(view, t)].tiles.push_back(t);
    }
    pace_.measure(view.npu(), view.limits());
    decision_ = view.npu().core_clock.duration(view.npu().scheduler.dispatch_latency);
  }
  void on_tile_ready(const View& view, TileId tile) override {
    was_ready_[tile] = true;
    homes_.ready(view, tile);
  }

  [[nodiscard]] Action decide(const View& view) override {
    placement_.forget();
    best_.reset();
    backlog_ = Ps{0};
    for (std::uint32_t c = 0; c < view.npu().dma.channels.size(); ++c) backlog_ += pace_.time(view.unissued_bytes(c));
    go_round(
        turn_, Placement::kProbes, [&](std::uint32_t from) { return view.next_continuing(from); },
        [&](std::uint32_t core) {
          for (const TileId t : view.continuations(core)) consider(view, t, core);
        });
    for (const TileKind kind : {TileKind::movement, TileKind::vector, TileKind::pe}) look_at(view, kind);
    placement_.move_on(view);
    if (!best_) look_everywhere(view);
    turn_ = (turn_ + 1) % static_cast<std::uint32_t>(view.npu().cores);
    if (best_) {
      homes_.dispatched(view, best_->tile);
      return *best_;
    }
    if (prefetch_)
      if (const auto p = next_prefetch(view)) return *p;
    return Wait{};
  }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return placement_.weighed(); }

 private:
  static constexpr int kOfOperator = 2;  // tiles of one operator that are weighed for one core
  // Whether the core's array has work, cost, tile, missing bytes, core.
  using Key = std::tuple<bool, std::int64_t, TileId, std::int64_t, std::uint32_t>;

  void consider(const View& view, TileId tile, std::uint32_t core) {
    const Dispatch d{tile, core};
    if (view.check(d) != Illegal::none) return;
    const std::int64_t missing = view.missing_bytes(tile, core);
    const Ps ready = view.now() + decision_ + (missing == 0 ? Ps{0} : backlog_ + pace_.time(missing));
    const Ps idle = std::max(Ps{0}, ready - view.busy_until(core, unit_of(view, tile)));
    const std::int64_t cost = (idle + pace_.time(missing == 0 ? 0 : sharing_.missing_bytes(view, tile, core))).count();
    placement_.weigh({tile, core, cost});
    const Key key{view.busy_until(core, CoreUnit::pe_array) > view.now(), cost, tile, missing, core};
    if (!best_ || key < best_key_) best_ = d, best_key_ = key;
  }

  // For each core that may take one: its own next tiles of the next operators, and what others can spare.
  void look_at(const View& view, TileKind kind) {
    const TileId first = view.next_ready(kind, 0);
    if (first == kNoId) return;
    placement_.visit_accepting(view, kind, [&](std::uint32_t core) {
      int left = window_, same = 0;
      TileId tile = homes_.next(kind, core, 0);
      if (tile == kNoId || homes_.next_operator(tile) > homes_.next_operator(first)) {
        if (const TileId spare = homes_.spare(view, first, core); spare != kNoId) consider(view, spare, core);
      }
      for (TileId last = kNoId; left-- > 0 && tile != kNoId; last = tile) {
        consider(view, tile, core);
        const TileId next = homes_.next_operator(tile);
        same = last != kNoId && homes_.next_operator(last) == next ? same + 1 : 1;
        tile = homes_.next(kind, core, same >= kOfOperator ? next : tile + 1);
      }
    });
  }

  // Cores that were not looked at: the first that can go on with a tile of its own.
  void look_everywhere(const View& view) {
    for (const TileKind kind : {TileKind::movement, TileKind::vector, TileKind::pe}) {
      for (std::uint32_t c = homes_.next_core(view, kind, 0); c != kNoId && !best_;
           c = homes_.next_core(view, kind, c + 1)) {
        consider(view, homes_.next(kind, c, 0), c);
      }
    }
  }

  // On a core that has nothing to take: the first weights of its own tiles that cannot run yet.
  [[nodiscard]] std::optional<Prefetch> next_prefetch(const View& view) {
    const auto cores = static_cast<std::uint32_t>(view.npu().cores);
    const int probes = static_cast<int>(std::min<std::uint32_t>(cores, Placement::kProbes));
    for (int i = 0; i < probes; ++i) {
      const std::uint32_t core = prefetch_turn_ = (prefetch_turn_ + 1) % cores;
      if (!view.continuations(core).empty() || view.evictable_slots(core, 1) == 0) continue;
      if (homes_.next(TileKind::pe, core, 0) != kNoId) continue;
      if (const auto p = for_core(view, core)) return p;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Prefetch> for_core(const View& view, std::uint32_t core) {
    const auto& graph = view.graph();
    Coming& mine = coming_[core];
    while (mine.next < mine.tiles.size() && was_ready_[mine.tiles[mine.next]]) ++mine.next;
    // No more distinct blocks than there are slots; of several, one stays for what runs.
    std::int64_t room = std::max<std::int64_t>(1, graph.slots[1] - 1);
    BlockId last = kNoId;
    int left = window_;
    for (std::size_t i = mine.next; i < mine.tiles.size() && left-- > 0 && room > 0; ++i) {
      const TileId tile = mine.tiles[i];
      const BlockId block = graph.tiles[tile].weight;
      if (was_ready_[tile] || block == last) continue;
      last = block;
      --room;
      const Prefetch p{tile, 1, core, kAnyChannel};
      const Illegal why = view.check(p);
      if (why == Illegal::none) return p;
      if (why != Illegal::resident) return std::nullopt;
    }
    return std::nullopt;
  }

  // Tiles with constant weights that a core is home of, ascending; those before `next` have been ready.
  struct Coming {
    std::vector<TileId> tiles;
    std::size_t next = 0;
  };

  int window_;
  bool prefetch_;
  MemoryPace pace_;
  Ps decision_{0}, backlog_{0};
  Homes homes_;
  Sharing sharing_;
  Placement placement_;
  std::vector<bool> was_ready_;
  std::vector<Coming> coming_;  // by core
  std::uint32_t turn_ = 0, prefetch_turn_ = 0;
  std::optional<Dispatch> best_;
  Key best_key_;
};

}  // namespace

constinit const PolicyEntry kLookahead{
    "lookahead", [](const PolicySpec& spec) -> std::unique_ptr<Policy> { return std::make_unique<Lookahead>(spec); },
    kOptions};

}  // namespace tessera::scheduler
