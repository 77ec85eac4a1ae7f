#include "scheduler/policy/plan_follower.h"

#include <algorithm>

namespace tessera::scheduler {

void PlanFollower::begin(const View& view) {
  planner_ =
      std::make_unique<Planner>(view.graph(), view.npu(), view.limits(), view.schedule(), rules_.orders, rules_.window);
  cores_.assign(static_cast<std::size_t>(view.npu().cores), {});
  tiles_.assign(view.graph().tiles.size(), Of::nothing);
  sequence_ = 0;
  planned_ = 0;
}

// A planned tile goes when a core comes to have room for it; any tile, when units run dry. A prefetch needs no room.
EventSet PlanFollower::subscriptions() const {
  using enum PolicyEvent;
  return rules_.prefetch ? EventSet{decision, unit_idle, transfer_done, slot_free, arrival}
                         : EventSet{decision, unit_idle};
}

Action PlanFollower::decide(const View& view) {
  while (planned_ < kAhead * cores_.size() + rules_.window && extend()) {
  }
  Dispatch d = planned(view);
  if (d.tile == kNoId && idle(view)) d = anything(view);
  if (d.tile == kNoId) return rules_.prefetch ? prefetch(view) : Wait{};
  if (tiles_[d.tile] == Of::planned) --planned_;
  tiles_[d.tile] = Of::dispatched;
  return d;
}

bool PlanFollower::extend() {
  const auto& next = planner_->next();
  for (const PlanChoice& c : next) {
    if (tiles_[c.tile] != Of::nothing) continue;
    tiles_[c.tile] = Of::planned;
    cores_[c.core].tiles.push_back({c.tile, sequence_++});
    ++planned_;
  }
  return !next.empty();
}

Dispatch PlanFollower::planned(const View& view) {
  weighed_.clear();
  Dispatch best;
  std::uint64_t first = ~std::uint64_t{0};
  for (std::uint32_t c = 0; c < cores_.size(); ++c) {
    Mine& mine = cores_[c];
    while (mine.head < mine.tiles.size() && tiles_[mine.tiles[mine.head].tile] == Of::dispatched) ++mine.head;
    int left = kPassedOver;
    for (std::size_t i = mine.head; i < mine.tiles.size() && left > 0; ++i) {
      const Entry& e = mine.tiles[i];
      if (e.place >= first) break;
      if (tiles_[e.tile] == Of::dispatched) continue;
      --left;
      if (!view.ready(e.tile) || view.check(Dispatch{e.tile, c}) != Illegal::none) continue;
      best = {e.tile, c};
      first = e.place;
      if (weighed_.size() < 8) weighed_.insert(weighed_.begin(), {e.tile, c, static_cast<std::int64_t>(e.place)});
      break;
    }
  }
  return best;
}

// Whether no core has anything to do: the plan as it is would stand still.
bool PlanFollower::idle(const View& view) const {
  for (std::uint32_t c = 0; c < cores_.size(); ++c)
    for (const CoreUnit unit : {CoreUnit::pe_array, CoreUnit::vector_unit})
      if (view.queued(c, unit) != 0 || view.busy_until(c, unit) > view.now()) return false;
  return true;
}

Dispatch PlanFollower::anything(const View& view) const {
  for (std::uint32_t c = view.next_continuing(0); c != kNoId; c = view.next_continuing(c + 1)) {
    for (const TileId t : view.continuations(c))
      if (view.check(Dispatch{t, c}) == Illegal::none) return {t, c};
  }
  for (const TileKind kind : {TileKind::movement, TileKind::vector, TileKind::pe})
    for (TileId t = view.next_ready(kind, 0); t != kNoId; t = view.next_ready(kind, t + 1))
      for (std::uint32_t c = view.next_accepting(kind, 0); c != kNoId; c = view.next_accepting(kind, c + 1))
        if (view.check(Dispatch{t, c}) == Illegal::none) return {t, c};
  return {};
}

Action PlanFollower::prefetch(const View& view) {
  const auto cores = static_cast<std::uint32_t>(cores_.size());
  const auto& graph = view.graph();
  for (std::uint32_t k = 0; k < std::min(cores, kProbes); ++k) {
    const std::uint32_t c = turn_ = (turn_ + 1) % cores;
    if (view.evictable_slots(c, 1) == 0) continue;
    const Mine& mine = cores_[c];
    // No more distinct blocks than there are slots; of several, one stays for what runs.
    std::int64_t room = std::max<std::int64_t>(1, graph.slots[1] - 1);
    BlockId last = kNoId;
    int left = kPrefetched;
    for (std::size_t i = mine.head; i < mine.tiles.size() && left > 0 && room > 0; ++i, --left) {
      const TileId t = mine.tiles[i].tile;
      const BlockId b = graph.tiles[t].weight;
      if (tiles_[t] == Of::dispatched || b == kNoId || b == last || !graph.blocks[b].constant) continue;
      last = b;
      --room;
      const Prefetch p{t, 1, c, kAnyChannel};
      const Illegal why = view.check(p);
      if (why == Illegal::none) return p;
      if (why != Illegal::resident) break;
    }
  }
  return Wait{};
}

}  // namespace tessera::scheduler
