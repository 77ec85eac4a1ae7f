// A policy that wants to break the dispatcher: any legal action at random, needless prefetches and waits, and, if asked
// for, illegal ones in between. It waits for events at random. It keeps only the law that a run must go on: it never
// waits with nothing under way.
#pragma once

#include <vector>

#include "scheduler/policy/policy.h"
#include "tests/scheduler/support/random_graph.h"

namespace tessera::scheduler::testing {

class RandomPolicy : public Policy {
 public:
  RandomPolicy(std::uint64_t seed, bool illegal) : random_(seed), illegal_(illegal) {}
  [[nodiscard]] EventSet subscriptions() const override { return wants_; }
  [[nodiscard]] std::string_view name() const override { return "random"; }
  [[nodiscard]] Action decide(const View& view) override {
    wants_ = EventSet::of_bits(static_cast<std::uint32_t>(random_() & random_()));
    if (view.now() != last_) last_ = view.now(), garbage_ = 0;
    if (illegal_ && garbage_ < 10 && chance(random_, 20)) {
      ++garbage_;
      return nonsense(view);
    }
    if (chance(random_, 15)) {
      const Prefetch p{tile(view), static_cast<std::uint8_t>(pick(random_, 0, 1)), core(view), channel(view)};
      if (view.check(p) == Illegal::none) return p;
    }
    if (chance(random_, 25) && under_way(view)) {
      if (chance(random_, 50)) return Wait{};
      return Wait{view.now() + base::Ps{pick(random_, 1, 50'000)}};
    }
    return dispatch(view);
  }

 private:
  [[nodiscard]] TileId tile(const View& v) {
    return static_cast<TileId>(pick(random_, 0, std::ssize(v.graph().tiles) - 1));
  }
  [[nodiscard]] std::uint32_t core(const View& v) {
    return static_cast<std::uint32_t>(pick(random_, 0, v.npu().cores - 1));
  }
  [[nodiscard]] std::int32_t channel(const View& v) {
    return static_cast<std::int32_t>(pick(random_, -1, std::ssize(v.npu().dma.channels) - 1));
  }
  [[nodiscard]] Action nonsense(const View& v) {
    switch (pick(random_, 0, 4)) {
      case 0: return Dispatch{kNoId, core(v)};
      case 1: return Dispatch{tile(v), 999};
      case 2: return Wait{v.now()};
      case 3: return Prefetch{tile(v), 7, core(v)};
      default: break;
    }
    const Dispatch d{tile(v), core(v), {-1, 77}};
    return d;
  }
  [[nodiscard]] Action dispatch(const View& v) {
    std::vector<Dispatch> legal;
    for (std::uint32_t c = 0; c < v.npu().cores; ++c) {
      const auto consider = [&](TileId t) {
        const Dispatch d{t, c, {channel(v), channel(v)}};
        if (v.check(d) == Illegal::none) legal.push_back(d);
      };
      for (const TileId t : v.continuations(c)) consider(t);
      for (int k = 0; k < 3; ++k) {
        for (TileId t = v.next_ready(static_cast<TileKind>(k), 0); t != kNoId;
             t = v.next_ready(static_cast<TileKind>(k), t + 1)) {
          consider(t);
        }
      }
    }
    if (legal.empty()) return Wait{};
    return legal[static_cast<std::size_t>(pick(random_, 0, std::ssize(legal) - 1))];
  }
  // Something that will end without a further decision.
  [[nodiscard]] static bool under_way(const View& v) {
    for (std::uint32_t c = 0; c < v.npu().cores; ++c) {
      if (v.queued(c, CoreUnit::pe_array) + v.queued(c, CoreUnit::vector_unit) != 0) return true;
      if (v.graph().slots[2] - v.free_output_slots(c) > v.open_groups(c)) return true;
    }
    return false;
  }
  Random random_;
  EventSet wants_;
  bool illegal_;
  base::Ps last_{-1};
  int garbage_ = 0;
};

}  // namespace tessera::scheduler::testing
