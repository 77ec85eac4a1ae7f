#include <algorithm>
#include <vector>

#include "scheduler/policy/placement.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

extern const PolicyEntry kRoundRobin;

namespace {

class RoundRobin final : public Policy {
 public:
  [[nodiscard]] std::string_view name() const override { return kRoundRobin.name; }

  void begin(const View& view) override {
    const auto& tiles = view.graph().tiles;
    for (TileId t = 0; t < tiles.size(); ++t) {
      if (t == 0 || tiles[t].op != tiles[t - 1].op || tiles[t].request != tiles[t - 1].request)
        branch_start_.push_back(t);
    }
    branch_start_.push_back(static_cast<TileId>(tiles.size()));
  }

  [[nodiscard]] Action decide(const View& view) override {
    weighed_.clear();
    all_seen_ = true;
    const std::uint32_t first = next_core(view, turn_);
    std::uint32_t core = first;
    for (int probes = 0; core != kNoId && probes < Placement::kProbes; ++probes) {
      if (const Dispatch d = on_core(view, core); d.tile != kNoId) {
        turn_ = (core + 1) % static_cast<std::uint32_t>(view.npu().cores);
        if (view.graph().tiles[d.tile].slice == 0) last_ = d.tile;
        return d;
      }
      core = next_core(view, core + 1);
      if (core == first) return Wait{};
    }
    if (core == kNoId) return Wait{};
    turn_ = core;
    all_seen_ = false;
    return Wait{};
  }
  // Whatever happens, it looks at the next cores in turn while there are any that it has not looked at.
  [[nodiscard]] EventSet subscriptions() const override { return all_seen_ ? EventSet{} : EventSet::all(); }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return weighed_; }
  [[nodiscard]] std::string_view score() const override { return "missing bytes"; }

 private:
  static constexpr int kTries = 4;

  // The next core from `from`, going round, that may go on or take a tile that is ready.
  [[nodiscard]] static std::uint32_t next_core(const View& view, std::uint32_t from) {
    for (int round = 0; round < 2; ++round, from = 0) {
      std::uint32_t core = view.next_continuing(from);
      for (const TileKind kind : {TileKind::pe, TileKind::vector, TileKind::movement})
        if (view.next_ready(kind, 0) != kNoId) core = std::min(core, view.next_accepting(kind, from));
      if (core != kNoId) return core;
    }
    return kNoId;
  }

  // An open group of the core first, so that it gets its output slot back; then the next branches in turn.
  [[nodiscard]] Dispatch on_core(const View& view, std::uint32_t core) {
    for (const TileId t : view.continuations(core))
      if (legal(view, t, core)) return {t, core};
    TileId from = next_branch(last_);
    for (int tries = 0; tries < kTries; ++tries) {
      TileId tile = next_ready(view, from);
      if (tile == kNoId) tile = next_ready(view, 0);
      if (tile == kNoId) break;
      if (legal(view, tile, core)) return {tile, core};
      from = next_branch(tile);
    }
    return {};
  }
  [[nodiscard]] bool legal(const View& view, TileId tile, std::uint32_t core) {
    if (view.check(Dispatch{tile, core}) != Illegal::none) return false;
    weighed_.push_back({tile, core, view.missing_bytes(tile, core)});
    return true;
  }
  [[nodiscard]] static TileId next_ready(const View& view, TileId from) {
    TileId best = kNoId;
    for (int k = 0; k < 3; ++k) best = std::min(best, view.next_ready(static_cast<TileKind>(k), from));
    return best;
  }
  // First tile of the operator (of a request) after that of `tile`; the first of all after the last.
  [[nodiscard]] TileId next_branch(TileId tile) const {
    if (tile == kNoId) return 0;
    const TileId start = *std::upper_bound(branch_start_.begin(), branch_start_.end(), tile);
    return start == branch_start_.back() ? 0 : start;
  }

  std::vector<TileId> branch_start_;
  std::vector<Candidate> weighed_;
  std::uint32_t turn_ = 0;
  bool all_seen_ = true;  // by the last Wait: every core that may take something
  TileId last_ = kNoId;
};

}  // namespace

constinit const PolicyEntry kRoundRobin{
    "round_robin", [](const PolicySpec&) -> std::unique_ptr<Policy> { return std::make_unique<RoundRobin>(); }};

}  // namespace tessera::scheduler
