// Plans over a window of tiles. A choice (tile, core) costs the time until it could start there (work before it on the
// unit, or its missing bytes behind the channels' backlog) and the time that these bytes take, which everybody shares. When nothing may be dispatched, weights of the tiles that come next are prefetched.
#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include "scheduler/policy/builtin.h"

namespace tessera::scheduler {
namespace {

using base::Ps;

class Lookahead final : public Policy {
 public:
  explicit Lookahead(const PolicySpec& spec) : window_(static_cast<int>(std::max<std::int64_t>(1, spec.window))), prefetch_(spec.prefetch) {}
  [[nodiscard]] std::string_view name() const override { return "lookahead"; }

  void begin(const View& view) override {
    was_ready_.assign(view.graph().tiles.size(), false);
    const auto& npu = view.npu();
    std::int64_t caps = 0;
    for (const auto& c : npu.dma.channels) {
      if (c.bytes_per_cycle == 0) caps = npu.interconnect.bytes_per_cycle;
      if (caps >= npu.interconnect.bytes_per_cycle) break;
      caps += c.bytes_per_cycle;
    }
    const std::int64_t bytes = std::max<std::int64_t>(1, std::min(caps, npu.interconnect.bytes_per_cycle));
    ps_per_kib_ = npu.interconnect_clock.duration(base::Cycles{base::ceil_div(1024, bytes)}).count();
    const std::int64_t peak = npu.dram.peak_bytes_per_second;
    if (peak > 0) ps_per_kib_ = std::max(ps_per_kib_, 1'000'000'000'000 / std::max<std::int64_t>(1, peak / 1024));
    decision_ = npu.core_clock.duration(npu.scheduler.dispatch_latency);
  }
  void on_tile_ready(const View&, TileId tile) override { was_ready_[tile] = true; }

  [[nodiscard]] Action decide(const View& view) override {
    weighed_.clear();
    best_.reset();
    backlog_ = Ps{0};
    for (std::uint32_t c = 0; c < view.npu().dma.channels.size(); ++c) backlog_ += transfer_time(view.unissued_bytes(c));
    look_at_continuations(view);
    for (const TileKind kind : {TileKind::movement, TileKind::vector, TileKind::pe}) look_at(view, kind);
    if (best_) {
      turn_ = (best_->core + 1) % static_cast<std::uint32_t>(view.npu().cores);
      return *best_;
    }
    if (prefetch_) if (const auto p = next_prefetch(view)) return *p;
    return Wait{};
  }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return weighed_; }

 private:
  static constexpr int kCores = 8;               // weighed for one decision
  static constexpr std::size_t kShown = 8;
  static constexpr int kEvaluations = 64;        // candidates of one decision
  using Key = std::tuple<std::int64_t, std::int64_t, TileId, std::uint32_t>;   // cost, missing bytes, tile, core

  [[nodiscard]] Ps transfer_time(std::int64_t bytes) const { return Ps{bytes * ps_per_kib_ / 1024}; }

  void consider(const View& view, TileId tile, std::uint32_t core) {
    const Dispatch d{tile, core};
    if (view.check(d) != Illegal::none) return;
    const CoreUnit unit = view.graph().tiles[tile].kind == TileKind::vector ? CoreUnit::vector_unit : CoreUnit::pe_array;
    const std::int64_t missing = view.missing_bytes(tile, core);
    const Ps load = transfer_time(missing);
    const Ps ready = view.now() + decision_ + (missing == 0 ? Ps{0} : backlog_ + load);
    const std::int64_t cost = (std::max(ready, view.busy_until(core, unit)) - view.now() + load).count();
    const Key key{cost, missing, tile, core};
    if (weighed_.size() < kShown) weighed_.push_back({tile, core, cost});
    if (!best_ || key < best_key_) best_ = d, best_key_ = key;
  }

  void look_at_continuations(const View& view) {
    int cores = kCores;
    for (std::uint32_t c = view.next_continuing(0); c != kNoId && cores-- > 0; c = view.next_continuing(c + 1)) {
      for (const TileId t : view.continuations(c)) consider(view, t, c);
    }
  }

  // The window's tiles on the cores that may take one.
  void look_at(const View& view, TileKind kind) {
    const TileId first = view.next_ready(kind, 0);
    if (first == kNoId) return;
    std::array<std::uint32_t, kCores> cores{};
    std::size_t n = 0;
    for (int round = 0; round < 2; ++round) {
      std::uint32_t c = view.next_accepting(kind, round == 0 ? turn_ : 0);
      for (; c != kNoId && n < kCores && (round == 0 || c < turn_); c = view.next_accepting(kind, c + 1)) cores[n++] = c;
    }
    if (n == 0) return;
    int left = std::min(window_, std::max(4, kEvaluations / static_cast<int>(n)));
    for (TileId tile = first; left-- > 0 && tile != kNoId; tile = view.next_ready(kind, tile + 1)) {
      for (std::size_t i = 0; i < n; ++i) consider(view, tile, cores[i]);
    }
  }

  // The first weights, in the order of the network, of tiles that cannot run yet, on a core that has nothing to take.
  [[nodiscard]] std::optional<Prefetch> next_prefetch(const View& view) {
    const auto& graph = view.graph();
    while (frontier_ < graph.tiles.size() && was_ready_[frontier_]) ++frontier_;
    if (view.next_ready(TileKind::pe, 0) != kNoId) return std::nullopt;
    const auto cores = static_cast<std::uint32_t>(view.npu().cores);
    const int probes = static_cast<int>(std::min<std::uint32_t>(cores, kCores));
    for (int i = 0; i < probes; ++i) {
      const std::uint32_t core = prefetch_turn_ = (prefetch_turn_ + 1) % cores;
      if (!view.continuations(core).empty() || view.evictable_slots(core, 1) == 0) continue;
      if (const auto p = for_core(view, core)) return p;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Prefetch> for_core(const View& view, std::uint32_t core) const {
    const auto& graph = view.graph();
    std::int64_t room = graph.slots[1];          // no more distinct blocks than there are slots, or they evict each other
    BlockId last = kNoId;
    int left = window_;
    for (TileId t = frontier_; t < graph.tiles.size() && left-- > 0 && room > 0; ++t) {
      const BlockId block = graph.tiles[t].weight;
      if (was_ready_[t] || graph.tiles[t].kind != TileKind::pe || block == kNoId || block == last) continue;
      if (!graph.blocks[block].constant) continue;
      last = block;
      --room;
      const Prefetch p{t, 1, core, kAnyChannel};
      const Illegal why = view.check(p);
      if (why == Illegal::none) return p;
      if (why != Illegal::resident) return std::nullopt;
    }
    return std::nullopt;
  }

  int window_;
  bool prefetch_;
  std::int64_t ps_per_kib_ = 0;
  Ps decision_{0}, backlog_{0};
  std::vector<bool> was_ready_;
  TileId frontier_ = 0;                          // every tile below has been ready
  std::uint32_t turn_ = 0, prefetch_turn_ = 0;
  std::optional<Dispatch> best_;
  Key best_key_;
  std::vector<Candidate> weighed_;
};

}  // namespace

std::unique_ptr<Policy> make_lookahead(const PolicySpec& spec) { return std::make_unique<Lookahead>(spec); }

}  // namespace tessera::scheduler
