// What a decision of the model needs and does: the slots of a core, what they hold, and who may take them.
#include <algorithm>

#include "scheduler/planning/machine_model.h"

namespace tessera::scheduler {

using base::Ps;

// --- slots ---

std::uint32_t MachineModel::find(std::uint32_t core, std::uint32_t o, BlockId block) const {
  const std::size_t base = slot_base(core, o);
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s)
    if (slots_[base + s].block == block) return s;
  if (!costs_.blocks[block].contained) return kNoId;
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s) {
    const BlockId held = slots_[base + s].block;
    if (held != kNoId && costs_.serves(held, block)) return s;
  }
  return kNoId;
}

std::uint32_t MachineModel::victim(std::uint32_t core, std::uint32_t o, bool demand) const {
  const std::size_t base = slot_base(core, o);
  std::uint32_t best = kNoId, filling = kNoId;
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s) {
    const Slot& slot = slots_[base + s];
    if (slot.block == kNoId) return s;
    if (slot.references != 0 || (slot.prefetch && !demand)) continue;
    if (slot.full_at > state_.now) filling = s;
    else if (best == kNoId || slot.used < slots_[base + best].used) best = s;
  }
  return best != kNoId ? best : filling;
}

bool MachineModel::legal(TileId t, std::uint32_t c) const {
  const PlanTile& tile = costs_.tiles[t];
  const Core& core = cores_[c];
  if (tile.kind != TileKind::movement) {
    if (core.places[tile.unit()] == 0) return false;
    if (tile.first && core.open >= costs_.slots[2]) return false;
  }
  for (std::uint32_t o = 0; o < 2; ++o)
    if (core.evictable[o] == 0 && tile.block[o] != kNoId && find(c, o, tile.block[o]) == kNoId) return false;
  return true;
}

MachineModel::Missing MachineModel::missing(TileId t, std::uint32_t c) const {
  const PlanTile& tile = costs_.tiles[t];
  Missing sum;
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (tile.block[o] == kNoId || find(c, o, tile.block[o]) != kNoId) continue;
    sum.all += tile.load[o];
    if (tile.shared[o]) sum.shared += tile.load[o];
  }
  return sum;
}

// The slot, within the core, that has or gets the block.
std::uint32_t MachineModel::bind(std::uint32_t c, std::uint32_t o, BlockId block, std::uint32_t& loads) {
  std::uint32_t s = find(c, o, block);
  const std::size_t base = slot_base(c, o);
  if (s == kNoId) {
    s = victim(c, o, true);
    loads |= 1U << o;
    slots_[base + s] = {block, 0, base::kNever, Ps{0}, false};
  } else {
    path_.used_up(block);
  }
  Slot& slot = slots_[base + s];
  if (slot.references++ == 0) --cores_[c].evictable[o];
  slot.prefetch = false;
  return static_cast<std::uint32_t>(base - slot_base(c, 0)) + s;
}

void MachineModel::release(std::uint32_t c, TileId t) {
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (slot_of(t, o) == kNoSlot) continue;
    Slot& s = slot(c, slot_of(t, o));
    if (--s.references == 0) ++cores_[c].evictable[o];
    s.used = state_.now;
  }
  stir(c);
  wake(c);
}

// --- decisions ---

void MachineModel::dispatch(TileId t, std::uint32_t c) {
  touch(c);
  const PlanTile& tile = costs_.tiles[t];
  Core& core = cores_[c];
  --state_.idle_schedulers;
  ++state_.dispatched;
  --state_.tiles_left;
  Ps length = costs_.decision;
  if (words_[launched_ + tile.stage] == 0) length += costs_.launch;
  words_.set(launched_ + tile.stage, state_.dispatched);
  ++core.given;
  if (tile.first) {
    ready_.take(tile.group);
  } else {
    TileId* const next = &nexts_[c * costs_.slots[2]];
    core.nexts = static_cast<std::uint32_t>(std::remove(next, next + core.nexts, t) - next);
  }
  if (tile.first && !tile.last) ++core.open;
  if (tile.last && !tile.first) --core.open;
  std::uint32_t bound[2] = {kNoSlot, kNoSlot}, loads = 0;
  for (std::uint32_t o = 0; o < 2; ++o)
    if (tile.block[o] != kNoId) bound[o] = bind(c, o, tile.block[o], loads);
  words_.set(bound_ + t, bound[0] | bound[1] << kSlotBits | loads << kLoads);
  if (tile.kind != TileKind::movement) {
    const std::uint32_t unit = tile.unit();
    --core.places[unit];
    core.busy_until[unit] = std::max(core.busy_until[unit], state_.now) + costs_.occupancy(t);
    // Places are held in the order of the dispatches, whichever decision ends first.
    push(core.units[unit], behind_, t);
    if (tile.first) push(core.grants, granted_behind_, t);
    if (tile.last) promise_store(t, core.busy_until[unit] + tile.post);
  }
  at(state_.now + length, What::decided, c, t);
}

void MachineModel::promise_store(TileId t, Ps result) {
  const BlockId output = graph_.groups[costs_.tiles[t].group].output;
  if (output == kNoId) return;
  state_.stores_until = std::max(state_.stores_until, result) + costs_.blocks[output].move.share(costs_.channels);
}

bool MachineModel::prefetch(BlockId block, std::uint32_t o, std::uint32_t c) {
  if (find(c, o, block) != kNoId) return false;
  const std::size_t base = slot_base(c, o);
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s)
    if (slots_[base + s].prefetch && slots_[base + s].full_at > state_.now) return false;
  const std::uint32_t s = victim(c, o, false);
  if (s == kNoId) return false;
  touch(c);
  --state_.idle_schedulers;
  slots_[base + s] = {block, 0, base::kNever, Ps{0}, true};
  at(state_.now + costs_.decision, What::fetched, c, static_cast<std::uint32_t>(base - slot_base(c, 0)) + s);
  return true;
}

// The decision on a prefetch has ended.
void MachineModel::fetched(std::uint32_t c, std::uint32_t i) {
  ++state_.idle_schedulers;
  Slot& s = slot(c, i);
  if (s.block == kNoId || s.full_at != base::kNever) return;
  s.full_at = path_.move(s.block, false, state_.now);
  at(s.full_at, What::full, c, kNoId);
}

void MachineModel::decided(std::uint32_t c, TileId t) {
  ++state_.idle_schedulers;
  const PlanTile& tile = costs_.tiles[t];
  Core& core = cores_[c];
  Ps full = state_.now;
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (slot_of(t, o) == kNoSlot) continue;
    Slot& s = slot(c, slot_of(t, o));
    const bool loads = (words_[bound_ + t] >> kLoads >> o & 1) != 0;
    if (loads || s.full_at == base::kNever) {
      s.full_at = path_.move(s.block, false, state_.now);
      if (loads) path_.used_up(s.block);
    }
    full = std::max(full, s.full_at);
  }
  if (tile.kind == TileKind::movement) return at(full, What::full, c, t);
  if (!tile.last) {
    nexts_[c * costs_.slots[2] + core.nexts++] = t + 1;
    wake(c);
  }
  words_.set(bound_ + t, words_[bound_ + t] | kDecided);
  look_again(c);
  if (full > state_.now) at(full, What::full, c, kNoId);
  start(c);
}

}  // namespace tessera::scheduler
