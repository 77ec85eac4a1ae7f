// A policy that is one function, and a choice for the part of a run that a test has no opinion of.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler::testing {

class Scripted : public Policy {
 public:
  explicit Scripted(std::function<Action(const View&)> decide) : decide_(std::move(decide)) {}
  [[nodiscard]] std::string_view name() const override { return "scripted"; }
  [[nodiscard]] Action decide(const View& v) override { return decide_(v); }
  [[nodiscard]] EventSet subscriptions() const override { return wants; }
  void on_illegal(const View&, const Action&, Illegal why) override { reasons.push_back(why); }
  std::vector<Illegal> reasons;
  EventSet wants = EventSet::all();

 private:
  std::function<Action(const View&)> decide_;
};

// Dispatches the tile with the lowest id that is legal anywhere, to the lowest such core; waits if there is none.
[[nodiscard]] inline Action first_legal(const View& v) {
  for (TileId t = 0; t < v.graph().tiles.size(); ++t) {
    for (std::uint32_t c = 0; c < v.npu().cores; ++c)
      if (v.check(Dispatch{t, c}) == Illegal::none) return Dispatch{t, c};
  }
  return Wait{};
}

}  // namespace tessera::scheduler::testing
