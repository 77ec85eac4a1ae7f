// Of the first few ready tiles the longest goes first, to the core that has its operands (docs/policies.md).
#include <memory>
#include <tuple>
#include <vector>

#include "tessera/policy.h"

using namespace tessera::scheduler;

constexpr PolicyOption kDepth{"depth", "ready tiles that are weighed", 8, PolicyOption::Kind::integer, 1, 1000};
constexpr PolicyOption kOptions[] = {kDepth};

class LongestFirst final : public Policy {
 public:
  explicit LongestFirst(const PolicySpec& spec) : depth_(kDepth.of(spec)) {}
  std::string_view name() const override { return "longest_first"; }

  Action decide(const View& view) override {
    weighed_.clear();
    best_ = {};
    // Later slices first: they give an output slot back.
    for (auto core = view.next_continuing(0); core != kNoId; core = view.next_continuing(core + 1))
      for (const TileId tile : view.continuations(core)) consider(view, tile, core);
    if (best_.tile != kNoId) return best_;
    for (const TileKind kind : {TileKind::pe, TileKind::vector, TileKind::movement}) {
      std::int64_t left = depth_;
      for (TileId tile = view.next_ready(kind, 0); tile != kNoId && left-- > 0; tile = view.next_ready(kind, tile + 1))
        for (auto core = view.next_accepting(kind, 0); core != kNoId; core = view.next_accepting(kind, core + 1))
          consider(view, tile, core);
    }
    return best_.tile != kNoId ? Action(best_) : Action(Wait{});
  }
  std::span<const Candidate> candidates() const override { return weighed_; }

 private:
  void consider(const View& view, TileId tile, std::uint32_t core) {
    const Dispatch d{tile, core};
    if (view.check(d) != Illegal::none) return;
    const Candidate candidate{tile, core, -view.predicted(tile).count()};
    const auto better = std::tuple{candidate.score, view.missing_bytes(tile, core),
                                   view.busy_until(core, CoreUnit::pe_array).count(), tile, core};
    if (best_.tile == kNoId || better < best_key_) best_ = d, best_key_ = better;
    weighed_.push_back(candidate);
  }

  std::int64_t depth_;
  Dispatch best_;
  std::tuple<std::int64_t, std::int64_t, std::int64_t, TileId, std::uint32_t> best_key_;
  std::vector<Candidate> weighed_;
};

constexpr PolicyEntry kLongestFirst{
    "longest_first", [](const PolicySpec& s) -> std::unique_ptr<Policy> { return std::make_unique<LongestFirst>(s); },
    kOptions};
TESSERA_POLICY(kLongestFirst)
