// Undispatch (docs/semantics.md 7.23 to 7.26): when a group may be taken back, and what becomes of what it held. At the
// start of the decision nothing of it can begin any more; at its end all is as if it had never been dispatched.
#include <algorithm>
#include <cassert>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;
using trace::Link;

std::uint32_t Dispatcher::State::dispatched_slices(const Group& group) const {
  std::uint32_t n = 0;
  while (n < group.slices && tiles_[group.first + n].phase > Phase::ready) ++n;
  return n;
}

Illegal Dispatcher::State::check(const Undispatch& u) const {
  if (u.tile >= tiles_.size()) return Illegal::unknown_tile;
  const Tile& what = graph_.tiles[u.tile];
  if (what.slice != 0) return Illegal::not_first_slice;
  const Group& group = graph_.groups[what.group];
  const std::uint32_t slices = dispatched_slices(group);
  if (slices == 0 || what.kind == TileKind::host) return Illegal::not_dispatched;
  if (tiles_[u.tile].phase > Phase::returning) return Illegal::started;
  for (TileId t = u.tile; t < u.tile + slices; ++t)
    if (tiles_[t].phase != Phase::dispatched) return Illegal::under_decision;
  const auto& moving = cores_[tiles_[u.tile].core].movements;
  if (what.kind == TileKind::movement && std::ranges::find(moving, u.tile) == moving.end()) return Illegal::started;
  for (TileId t = u.tile; t < u.tile + slices; ++t)
    for (std::uint32_t o = 0; o < 2; ++o)
      if (const Illegal why = may_give_back(group, t, o); why != Illegal::none) return why;
  return groups_[what.group].taken_back == progress_ ? Illegal::taken_back_before : Illegal::none;
}

Illegal Dispatcher::State::may_give_back(const Group& group, TileId tile, std::uint32_t o) const {
  const TileState& t = tiles_[tile];
  if (t.slot[o] == kNoSlot) return Illegal::none;
  const OperandSlot& slot = cores_[t.core].region[o][t.slot[o]];
  const bool full = slot.state == OperandSlot::State::full;
  if (!t.loads[o]) {
    const bool gone = full && use_.forgotten(operand(graph_.tiles[tile], o));
    return gone ? Illegal::operand_forgotten : Illegal::none;
  }
  if (full || book_.issued(slot.job)) return Illegal::started;
  std::uint32_t own = 0;
  for (TileId other = group.first; other < group.first + dispatched_slices(group); ++other)
    own += tiles_[other].slot[o] == t.slot[o] ? 1 : 0;
  return slot.references != own ? Illegal::load_shared : Illegal::none;
}

void Dispatcher::State::begin(std::uint32_t s, const Undispatch& u) {
  const GroupId g = graph_.tiles[u.tile].group;
  const Group& group = graph_.groups[g];
  const TileId end = u.tile + dispatched_slices(group);
  SchedulerState& scheduler = schedulers_[s];
  CoreState& core = cores_[tiles_[u.tile].core];
  if (on_action) on_action({u, s, now_, std::max(scheduler_idle_since(), tiles_[end - 1].decision.at)});
  begin_decision(s, tiles_[u.tile].core, before(scheduler), npu_.scheduler.dispatch_latency);
  scheduler.work = SchedulerState::Work::undispatch;
  scheduler.tile = u.tile;
  for (TileId t = u.tile; t < end; ++t) {
    tiles_[t].phase = Phase::returning;
    for (std::uint32_t o = 0; o < 2; ++o) let_go(t, o);
  }
  if (end < group.first + group.slices) {
    tiles_[end].phase = Phase::waiting;
    std::erase(core.continuations, end);
  }
  std::erase(core.awaiting_grant, u.tile);
  std::erase(core.movements, u.tile);
  groups_[g].taken_back = progress_;
  ++counts.undispatches;
  refresh(scheduler.core);
}

// From now on the operand is to be read again, so that nobody forgets it, and its load has left its queue.
void Dispatcher::State::let_go(TileId tile, std::uint32_t o) {
  const TileState& t = tiles_[tile];
  if (t.slot[o] == kNoSlot) return;
  OperandRegion& region = cores_[t.core].region[o];
  const BlockId block = operand(graph_.tiles[tile], o);
  if (region[t.slot[o]].state == OperandSlot::State::full) use_.not_full(block);
  else use_.not_filling(t.core, o, t.slot[o], block);
  if (!t.loads[o]) return;
  book_.cancel(region[t.slot[o]].job);
  region.conceal(t.slot[o]);
}

void Dispatcher::State::taken_back(TileId first, std::uint64_t record) {
  const Cause why{now_, record, Link::none};
  const Group& group = graph_.groups[graph_.tiles[first].group];
  GroupState& state = groups_[graph_.tiles[first].group];
  const std::uint32_t slices = dispatched_slices(group), c = tiles_[first].core;
  CoreState& core = cores_[c];
  // What a slice loads for those behind it goes last.
  for (TileId t = first + slices; t-- > first;) {
    give_back_operands(t, record);
    if (graph_.tiles[t].kind != TileKind::movement) leave_queue(t, why);
    tiles_[t] = TileState{};
  }
  if (slices < group.slices && core.open-- >= core.output.size()) core.open_room = why.as(Link::operand_slot);
  if (state.output_slot != kNoSlot) {
    OutputSlot& out = core.output[state.output_slot];
    out = OutputSlot{};
    out.emptied = why.as(Link::output_slot);
    ++core.free_outputs;
    state.output_slot = kNoSlot;
    state.grant = {};
    policy_.on_slot_free(*this, c, 2);
    occurred(PolicyEvent::slot_free);
  }
  in_flight_ -= slices;
  undispatched_ += slices;
  newly_ready_.emplace_back(first, why.as(Link::dependence));
  touch(c);
}

void Dispatcher::State::give_back_operands(TileId tile, std::uint64_t record) {
  const Tile& what = graph_.tiles[tile];
  const TileState& t = tiles_[tile];
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (t.slot[o] == kNoSlot) continue;
    const BlockId block = operand(what, o);
    const std::int64_t bytes = graph_.blocks[block].bytes;
    OperandRegion& region = cores_[t.core].region[o];
    const std::uint32_t slot = t.slot[o];
    if (o == 1) shared_.taken_back(graph_, what);
    bool freed = true;
    if (t.loads[o]) {
      --counts.loads;
      counts.loaded_bytes -= bytes;
      recorder_.fill(t.core, o, slot, region[slot], now_);
      region.abandon(slot, now_, record);
    } else {
      --counts.load_hits;
      (t.fetched[o] ? counts.prefetched_bytes : counts.reused_bytes) -= bytes;
      freed = region.release(slot, now_, record);
      if (freed && region[slot].state == OperandSlot::State::full) recorder_.hold(t.core, o, slot, region[slot], now_);
    }
    if (!freed) continue;
    policy_.on_slot_free(*this, t.core, static_cast<std::uint8_t>(o));
    occurred(PolicyEvent::slot_free);
  }
}

void Dispatcher::State::leave_queue(TileId tile, const Cause& why) {
  UnitState& unit = cores_[tiles_[tile].core].unit[unit_of(graph_.tiles[tile])];
  if (unit.tiles.size() >= static_cast<std::size_t>(npu_.core.queue)) unit.room = why.as(Link::queue);
  if (unit.tiles.back() != tile) unit.cleared = why.as(Link::queue);
  std::erase(unit.tiles, tile);
  unit.queued -= predicted(tile);
  if (unit.judged == tile) unit.judged = kNoId;
}

// At the end of the run: loads that went on although the tiles that they were promoted for were taken back.
void Dispatcher::State::drop_unwanted() {
  if (counts.undispatches == 0) return;
  for (CoreState& core : cores_)
    for (OperandRegion& region : core.region)
      for (std::uint32_t i = 0; i < region.size(); ++i)
        if (region[i].state == OperandSlot::State::filling && region[i].references == 0 && !region[i].prefetch)
          book_.cancel(region[i].job);
}

}  // namespace tessera::scheduler
