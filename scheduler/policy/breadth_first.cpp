#include <algorithm>
#include <array>

#include "scheduler/policy/builtin.h"
#include "scheduler/policy/placement.h"

namespace tessera::scheduler {
namespace {

// Tile ids ascend with the operators of the network, so the lowest id is the earliest operator.
class BreadthFirst final : public Policy {
 public:
  [[nodiscard]] std::string_view name() const override { return "breadth_first"; }

  [[nodiscard]] Action decide(const View& view) override {
    placement_.forget();
    if (const auto d = placement_.continue_group(view)) return *d;
    std::array<TileId, 3> next{};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto kind = static_cast<TileKind>(k);
      next[k] = view.next_accepting(kind, 0) == kNoId ? kNoId : view.next_ready(kind, 0);
    }
    for (int tries = 0; tries < kTries; ++tries) {
      const auto k = static_cast<std::size_t>(std::min_element(next.begin(), next.end()) - next.begin());
      if (next[k] == kNoId) break;
      if (const auto d = placement_.place(view, next[k])) return *d;
      next[k] = view.next_ready(static_cast<TileKind>(k), next[k] + 1);
    }
    return Wait{};
  }
  [[nodiscard]] std::span<const Candidate> candidates() const override { return placement_.weighed(); }

 private:
  static constexpr int kTries = 4;
  Placement placement_;
};

}  // namespace

std::unique_ptr<Policy> make_breadth_first(const PolicySpec&) { return std::make_unique<BreadthFirst>(); }

}  // namespace tessera::scheduler
