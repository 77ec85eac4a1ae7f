// The adversary of docs/semantics.md 7.13: it prefetches whenever that is legal, always looking for the next block, and
// takes tiles only where no prefetch is left to ask for. It gives up, so that a test ends, where prefetches go on
// without end.
#pragma once

#include <algorithm>

#include "scheduler/policy/policy.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {

class EagerPrefetcher : public Policy {
 public:
  [[nodiscard]] std::string_view name() const override { return "eager"; }
  [[nodiscard]] Action decide(const View& view) override {
    if (in_a_row_ <= slots(view.npu(), view.graph())) {
      if (const Action a = prefetch(view); !std::holds_alternative<Wait>(a)) {
        most_in_a_row_ = std::max(most_in_a_row_, ++in_a_row_);
        return a;
      }
    }
    const Action a = first_legal(view);
    if (std::holds_alternative<Dispatch>(a)) in_a_row_ = 0;
    return a;
  }
  [[nodiscard]] EventSet subscriptions() const override { return EventSet::all(); }
  // Prefetches between two Dispatches, at most.
  [[nodiscard]] std::int64_t most_in_a_row() const { return most_in_a_row_; }
  [[nodiscard]] static std::int64_t slots(const arch::NpuSpec& npu, const TileGraph& graph) {
    return npu.cores * (graph.slots[0] + graph.slots[1]);
  }

 private:
  [[nodiscard]] Action prefetch(const View& view) {
    const auto tiles = static_cast<TileId>(view.graph().tiles.size());
    for (std::uint32_t core = 0; core < view.npu().cores; ++core) {
      for (TileId i = 0; i < tiles; ++i, next_ = (next_ + 1) % tiles) {
        for (std::uint8_t operand = 0; operand < 2; ++operand) {
          const Prefetch p{next_, operand, core};
          if (view.check(p) == Illegal::none) return p;
        }
      }
    }
    return Wait{};
  }
  TileId next_ = 0;
  std::int64_t in_a_row_ = 0, most_in_a_row_ = 0;
};

}  // namespace tessera::scheduler::testing
