// The adversary of docs/semantics.md 7.27 to 7.29: it sets and lifts the rates of DMA channels at random or whenever it
// may, to what makes the least sense too, and dispatches, prefetches and waits at random in between.
#pragma once

#include <vector>

#include "tests/scheduler/support/random_policy.h"

namespace tessera::scheduler::testing {

class Capping : public RandomPolicy {
 public:
  // `percent` of the questions are answered with a Cap where one is legal; 100: as often as the law allows.
  Capping(std::uint64_t seed, int percent) : RandomPolicy(seed, false), random_(seed), percent_(percent) {}
  [[nodiscard]] EventSet subscriptions() const override { return EventSet::all(); }
  [[nodiscard]] std::string_view name() const override { return "capping"; }
  [[nodiscard]] Action decide(const View& view) override {
    if (chance(random_, percent_)) {
      std::vector<Cap> legal;
      for (std::uint32_t c = 0; c < view.npu().dma.channels.size(); ++c)
        if (const Cap cap{c, rate(view, c)}; view.check(cap) == Illegal::none) legal.push_back(cap);
      if (!legal.empty()) return legal[static_cast<std::size_t>(pick(random_, 0, std::ssize(legal) - 1))];
    }
    return view.tiles_left() == 0 ? Action{Wait{}} : RandomPolicy::decide(view);
  }

 private:
  [[nodiscard]] base::ByteRate rate(const View& view, std::uint32_t channel) {
    const arch::CapRange range = arch::cap_range(view.npu(), channel);
    switch (pick(random_, 0, 3)) {
      case 0: return {};
      case 1: return range.least;
      case 2: return range.most;
      default: break;
    }
    const std::int64_t most = std::min<std::int64_t>(range.most.thousandths, 100'000);
    return base::ByteRate::of_thousandths(pick(random_, std::min(range.least.thousandths, most), most));
  }

  Random random_;
  int percent_;
};

}  // namespace tessera::scheduler::testing
