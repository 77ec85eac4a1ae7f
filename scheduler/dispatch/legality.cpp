// Which actions are legal now, and since when (docs/semantics.md 7.7 to 7.13, 7.17 and 7.28).
#include <algorithm>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using trace::Link;

bool Dispatcher::State::new_group(const Tile& t) const { return t.kind != TileKind::movement && t.slice == 0; }

Illegal Dispatcher::State::check(const Action& action) const {
  return std::visit([this](const auto& a) { return check(a); }, action);
}

Illegal Dispatcher::State::check(const Wait& wait) const {
  return wait.until <= now_ ? Illegal::time_passed : Illegal::none;
}

// docs/semantics.md 7.28.
Illegal Dispatcher::State::check(const Cap& c) const {
  if (c.channel >= caps_.size()) return Illegal::unknown_channel;
  if (!c.rate.none()) {
    const arch::CapRange range = arch::cap_range(npu_, c.channel);
    if (c.rate < range.least) return Illegal::rate_too_low;
    if (c.rate > range.most) return Illegal::rate_too_high;
  }
  return caps_[c.channel].at == steps_ ? Illegal::capped_before : Illegal::none;
}

Illegal Dispatcher::State::check(const Dispatch& d) const {
  if (d.tile >= tiles_.size()) return Illegal::unknown_tile;
  if (d.core >= cores_.size()) return Illegal::unknown_core;
  const auto channels = static_cast<std::int32_t>(npu_.dma.channels.size());
  for (const std::int32_t c : d.channel)
    if (c < kAnyChannel || c >= channels) return Illegal::unknown_channel;
  const TileState& t = tiles_[d.tile];
  if (t.phase == Phase::waiting) return Illegal::not_ready;
  if (t.phase == Phase::returning) return Illegal::under_decision;
  if (t.phase != Phase::ready) return Illegal::already_dispatched;
  const Tile& what = graph_.tiles[d.tile];
  if (what.slice != 0 && t.core != d.core) return Illegal::wrong_core;
  const CoreState& core = cores_[d.core];
  if (new_group(what) && core.open >= core.output.size()) return Illegal::open_groups;
  if (what.kind != TileKind::movement &&
      core.unit[unit_of(what)].tiles.size() >= static_cast<std::size_t>(npu_.core.queue)) {
    return Illegal::queue_full;
  }
  for (std::uint32_t o = 0; o < 2; ++o) {
    const OperandRegion& region = core.region[o];
    const BlockId block = operand(what, o);
    if (block == kNoId || (region.evictable() != 0 && !region.holds_back())) continue;
    if (region.find(block) == kNoSlot) return o == 0 ? Illegal::no_input_slot : Illegal::no_weight_slot;
  }
  return Illegal::none;
}

Illegal Dispatcher::State::check(const Prefetch& p) const {
  if (p.tile >= tiles_.size()) return Illegal::unknown_tile;
  if (p.core >= cores_.size()) return Illegal::unknown_core;
  if (p.channel < kAnyChannel || p.channel >= static_cast<std::int32_t>(npu_.dma.channels.size())) {
    return Illegal::unknown_channel;
  }
  const BlockId block = p.operand < 2 ? operand(graph_.tiles[p.tile], p.operand) : kNoId;
  if (block == kNoId || !graph_.blocks[block].constant) return Illegal::not_constant;
  const OperandRegion& region = cores_[p.core].region[p.operand];
  if (region.find(block) != kNoSlot) return Illegal::resident;
  if (region.prefetch_filling()) return Illegal::prefetch_under_way;
  if (region.victim(false) == kNoSlot) return Illegal::no_slot_for_prefetch;
  return Illegal::none;
}

// For an action that is legal: when the last of its limits fell, and through what.
Cause Dispatcher::State::became_legal(const Dispatch& d) const {
  const Tile& what = graph_.tiles[d.tile];
  const CoreState& core = cores_[d.core];
  Cause since;
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (operand(what, o) == kNoId) continue;
    const OperandRegion& region = core.region[o];
    const std::uint32_t hit = region.find(operand(what, o));
    Cause slot = region.evictable_since();
    if (region.others_since().at > slot.at) slot = region.others_since();
    if (hit != kNoSlot && (region.evictable() == 0 || region[hit].content.at < slot.at)) slot = region[hit].content;
    since = latest({since, slot.as(Link::operand_slot)});
  }
  if (what.kind != TileKind::movement) since = latest({since, core.unit[unit_of(what)].room});
  if (new_group(what)) since = latest({since, core.open_room});
  return since;
}

base::Ps Dispatcher::State::scheduler_idle_since() const {
  base::Ps since = base::kNever;
  for (const SchedulerState& s : schedulers_)
    if (!s.busy) since = std::min(since, s.free.at);
  return since;
}

// For a prefetch that is legal: when a slot that it may take was there, and the region's last prefetch. Never too late.
base::Ps Dispatcher::State::became_legal(const Prefetch& p) const {
  const OperandRegion& region = cores_[p.core].region[p.operand];
  base::Ps slot = base::kNever, last{0};
  for (std::uint32_t i = 0; i < region.size(); ++i) {
    const OperandSlot& s = region[i];
    if (s.state == OperandSlot::State::empty) slot = base::Ps{0};
    else if (s.references == 0 && !s.prefetch) slot = std::min(slot, s.last_use);
    else if (s.references == 0 && s.state == OperandSlot::State::full) last = std::max(last, s.full.at);
  }
  return std::max(slot == base::kNever ? base::Ps{0} : slot, last);
}

}  // namespace tessera::scheduler
