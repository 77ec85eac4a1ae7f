// The adversary of docs/semantics.md 7.23 to 7.26: it takes back what it may, at random or whenever it may, and
// dispatches, prefetches and waits at random in between.
#pragma once

#include <vector>

#include "tests/scheduler/support/random_policy.h"

namespace tessera::scheduler::testing {

class TakingBack : public RandomPolicy {
 public:
  // `percent` of the questions are answered with an Undispatch where one is legal; 100: as often as the law allows.
  TakingBack(std::uint64_t seed, int percent) : RandomPolicy(seed, false), random_(seed), percent_(percent) {}
  [[nodiscard]] EventSet subscriptions() const override { return EventSet::all(); }
  [[nodiscard]] std::string_view name() const override { return "taking_back"; }
  [[nodiscard]] Action decide(const View& view) override {
    if (chance(random_, percent_)) {
      std::vector<Undispatch> legal;
      for (TileId t = 0; t < view.graph().tiles.size(); ++t)
        if (view.check(Undispatch{t}) == Illegal::none) legal.push_back({t});
      if (!legal.empty()) return legal[static_cast<std::size_t>(pick(random_, 0, std::ssize(legal) - 1))];
    }
    return RandomPolicy::decide(view);
  }

 private:
  Random random_;
  int percent_;
};

}  // namespace tessera::scheduler::testing
