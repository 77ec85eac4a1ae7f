#include "scheduler/policy/plan_follower.h"

#include <algorithm>

namespace tessera::scheduler {

void PlanFollower::begin(const View& view) {
  planner_ = std::make_unique<Planner>(view.graph(), view.npu(), view.limits(), view.schedule(), rules_.orders,
                                       rules_.window, rules_.prefetch);
  const auto cores = static_cast<std::size_t>(view.npu().cores);
  cores_.assign(cores, {});
  for (IdSet& set : live_) set = IdSet(cores);
  fetching_ = IdSet(cores);
  tiles_.assign(view.graph().tiles.size(), Of::nothing);
  core_of_.assign(view.graph().tiles.size(), kNoId);
  sequence_ = 0;
  planned_ = 0;
}

// A planned tile goes when a core comes to have room for it; any tile, when units run dry. A prefetch needs no room.
EventSet PlanFollower::subscriptions() const {
  using enum PolicyEvent;
  return rules_.prefetch ? EventSet{decision, unit_idle, transfer_done, slot_free, arrival}
                         : EventSet{decision, unit_idle};
}

// --- what may have changed ---

void PlanFollower::may_have_ready(const View& view, TileId t) {
  live_[static_cast<std::size_t>(view.graph().tiles[t].kind)].insert(core_of_[t]);
}
void PlanFollower::on_tile_ready(const View& view, TileId t) {
  if (core_of_[t] != kNoId) may_have_ready(view, t);
}
void PlanFollower::on_transfer_done(const View&, std::uint32_t core, std::uint8_t operand) {
  if (operand == 1) fetching_.insert(core);
}
void PlanFollower::on_slot_free(const View&, std::uint32_t core, std::uint8_t operand) {
  if (operand == 1) fetching_.insert(core);
}
void PlanFollower::taken(const Dispatch& d) {
  if (tiles_[d.tile] == Of::planned) --planned_;
  tiles_[d.tile] = Of::dispatched;
  const std::uint32_t planned_for = core_of_[d.tile] == kNoId ? d.core : core_of_[d.tile];
  for (IdSet& set : live_) set.insert(planned_for);
  fetching_.insert(planned_for);
  fetching_.insert(d.core);
}

bool PlanFollower::extend(const View& view) {
  const auto next = planner_->next();
  for (const PlanChoice& c : next) {
    if (tiles_[c.tile] != Of::nothing) continue;
    tiles_[c.tile] = Of::planned;
    core_of_[c.tile] = c.core;
    cores_[c.core].tiles.push_back({c.tile, sequence_++});
    ++planned_;
    if (view.ready(c.tile)) may_have_ready(view, c.tile);
    fetching_.insert(c.core);
  }
  return !next.empty();
}

// --- the plan ---

Action PlanFollower::decide(const View& view) {
  while (planned_ < kAhead * cores_.size() + rules_.window && extend(view)) {
  }
  Dispatch d = planned(view);
  if (d.tile == kNoId && idle(view)) d = anything(view);
  if (d.tile == kNoId) return rules_.prefetch ? prefetch(view) : Wait{};
  taken(d);
  return d;
}

Dispatch PlanFollower::planned(const View& view) {
  weighed_.clear();
  Entry first{kNoId, ~std::uint64_t{0}};
  Dispatch best;
  const auto look = [&](std::uint32_t c) {
    const Entry e = next_of(view, c, first.place);
    if (e.tile == kNoId) return;
    first = e;
    best = {e.tile, c};
    if (weighed_.size() < 8) weighed_.insert(weighed_.begin(), {e.tile, c, static_cast<std::int64_t>(e.place)});
  };
  const IdSet& slices = live_[static_cast<std::size_t>(TileKind::pe)];
  for (std::uint32_t c = view.next_continuing(0); c != kNoId; c = view.next_continuing(c + 1))
    if (slices.contains(c)) look(c);
  for (std::size_t k = 0; k < kDispatchedKinds; ++k) {
    const IdSet& accepting = view.accepting(static_cast<TileKind>(k));
    for (std::uint32_t c = live_[k].next_common(accepting, 0); c != kNoId; c = live_[k].next_common(accepting, c + 1))
      look(c);
  }
  return best;
}

PlanFollower::Entry PlanFollower::next_of(const View& view, std::uint32_t c, std::uint64_t place) {
  Mine& mine = cores_[c];
  while (mine.head < mine.tiles.size() && tiles_[mine.tiles[mine.head].tile] == Of::dispatched) ++mine.head;
  bool ready[kDispatchedKinds] = {false, false, false};
  int left = kPassedOver;
  for (std::size_t i = mine.head; i < mine.tiles.size() && left > 0; ++i) {
    const Entry& e = mine.tiles[i];
    if (e.place >= place) return {kNoId, 0};
    if (tiles_[e.tile] == Of::dispatched) continue;
    --left;
    if (!view.ready(e.tile)) continue;
    ready[static_cast<std::size_t>(view.graph().tiles[e.tile].kind)] = true;
    if (view.check(Dispatch{e.tile, c}) == Illegal::none) return e;
  }
  for (std::size_t k = 0; k < kDispatchedKinds; ++k)
    if (!ready[k]) live_[k].erase(c);
  return {kNoId, 0};
}

// Whether no core has anything to do: the plan as it is would stand still.
bool PlanFollower::idle(const View& view) {
  const auto cores = static_cast<std::uint32_t>(cores_.size());
  for (std::uint32_t k = 0; k < cores; ++k, busy_ = busy_ + 1 == cores ? 0 : busy_ + 1)
    for (const CoreUnit unit : {CoreUnit::pe_array, CoreUnit::vector_unit})
      if (view.queued(busy_, unit) != 0 || view.busy_until(busy_, unit) > view.now()) return false;
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

// --- prefetches ---

Action PlanFollower::prefetch(const View& view) {
  for (std::uint32_t k = 0; k < kProbes; ++k) {
    std::uint32_t c = fetching_.next(turn_);
    if (c == kNoId) c = fetching_.next(0);
    if (c == kNoId) break;
    turn_ = c + 1;
    if (const TileId t = to_prefetch(view, c); t != kNoId) return Prefetch{t, 1, c, kAnyChannel};
    fetching_.erase(c);
  }
  return Wait{};
}

TileId PlanFollower::to_prefetch(const View& view, std::uint32_t core) const {
  if (view.evictable_slots(core, 1) == 0) return kNoId;
  const TileGraph& graph = view.graph();
  const Mine& mine = cores_[core];
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
    const Illegal why = view.check(Prefetch{t, 1, core, kAnyChannel});
    if (why == Illegal::none) return t;
    if (why != Illegal::resident) break;
  }
  return kNoId;
}

}  // namespace tessera::scheduler
