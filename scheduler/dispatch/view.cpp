// What the policy sees of the dispatcher.
#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;

TileId Dispatcher::State::next_ready(TileKind kind, TileId from) const {
  return ready_[static_cast<int>(kind)].next(from);
}
bool Dispatcher::State::ready(TileId t) const { return tiles_[t].phase == Phase::ready; }
std::span<const TileId> Dispatcher::State::continuations(std::uint32_t core) const {
  return cores_[core].continuations;
}
std::uint32_t Dispatcher::State::next_accepting(TileKind kind, std::uint32_t from) const {
  return accepting_[static_cast<int>(kind)].next(from);
}
std::uint32_t Dispatcher::State::next_continuing(std::uint32_t from) const { return continuing_.next(from); }

std::int64_t Dispatcher::State::missing_bytes(TileId tile, std::uint32_t core) const {
  std::int64_t bytes = 0;
  for (std::uint32_t o = 0; o < 2; ++o) {
    const BlockId block = operand(graph_.tiles[tile], o);
    if (block != kNoId && cores_[core].region[o].find(block) == kNoSlot) bytes += graph_.blocks[block].bytes;
  }
  return bytes;
}

Residency Dispatcher::State::residency(BlockId block, std::uint8_t o, std::uint32_t core) const {
  const OperandRegion& region = cores_[core].region[o];
  const std::uint32_t slot = region.find(block);
  if (slot == kNoSlot) return Residency::absent;
  return region[slot].state == OperandSlot::State::full ? Residency::full : Residency::filling;
}

Ps Dispatcher::State::predicted(TileId tile) const {
  const Tile& t = graph_.tiles[tile];
  return npu_.core_clock.duration(t.kind == TileKind::pe ? graph_.works[t.work].occupancy : t.vector_cycles);
}

std::uint32_t Dispatcher::State::queued(std::uint32_t core, CoreUnit unit) const {
  return static_cast<std::uint32_t>(cores_[core].unit[static_cast<int>(unit)].tiles.size());
}

TileId Dispatcher::State::queued_tile(std::uint32_t core, CoreUnit unit, std::uint32_t index) const {
  const auto& tiles = cores_[core].unit[static_cast<int>(unit)].tiles;
  return index < tiles.size() ? tiles[index] : kNoId;
}

Ps Dispatcher::State::busy_until(std::uint32_t core, CoreUnit which) const {
  const UnitState& unit = cores_[core].unit[static_cast<int>(which)];
  return (unit.busy ? std::max(now_, unit.planned_end) : now_) + unit.queued;
}

std::uint32_t Dispatcher::State::evictable_slots(std::uint32_t core, std::uint8_t operand) const {
  return cores_[core].region[operand].evictable();
}
SlotState Dispatcher::State::slot(std::uint32_t core, std::uint8_t operand, std::uint32_t index) const {
  const OperandSlot& s = cores_[core].region[operand][index];
  if (s.state == OperandSlot::State::empty) return {};
  const Residency there = s.state == OperandSlot::State::full ? Residency::full : Residency::filling;
  return {s.block, there, s.references, s.prefetch};
}
std::int64_t Dispatcher::State::unissued_bytes(std::uint32_t channel) const { return machine_.unissued_bytes(channel); }
bool Dispatcher::State::arrived(std::uint32_t request) const { return arrived_[request]; }

}  // namespace tessera::scheduler
