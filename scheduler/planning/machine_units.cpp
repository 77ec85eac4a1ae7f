// What runs in the model between a decision and a store: queues, output slots, the array, the vector unit, and the
// groups that a store makes ready.
#include <algorithm>

#include "scheduler/planning/machine_model.h"

namespace tessera::scheduler {

using base::Ps;

void MachineModel::push(Queue& q, std::size_t links, TileId t) {
  if (q.head == kNoId) q.head = t;
  else words_.set(links + q.tail, t);
  q.tail = t;
}
void MachineModel::pop(Queue& q, std::size_t links) { q.head = q.head == q.tail ? kNoId : words_[links + q.head]; }

// The unit's first tile: decided, with an output slot and its operands there.
bool MachineModel::startable(const Core& core, std::uint32_t c, std::uint32_t unit) const {
  const TileId t = core.units[unit].head;
  if (core.busy[unit] || t == kNoId) return false;
  if (unit == 1 && core.vector_free > state_.now) return false;
  if ((words_[bound_ + t] & kDecided) == 0) return false;
  if (costs_.tiles[t].first && (words_[bound_ + t] & kGranted) == 0) return false;
  for (std::uint32_t o = 0; o < 2; ++o)
    if (slot_of(t, o) != kNoSlot && slot(c, slot_of(t, o)).full_at > state_.now) return false;
  return true;
}

void MachineModel::start(std::uint32_t c) {
  Core& core = cores_[c];
  // Tiles of both units are granted output slots in the order of their dispatch.
  while (core.grants.head != kNoId && core.free_outputs > 0 && (words_[bound_ + core.grants.head] & kDecided) != 0) {
    --core.free_outputs;
    words_.set(bound_ + core.grants.head, words_[bound_ + core.grants.head] | kGranted);
    pop(core.grants, granted_behind_);
  }
  for (std::uint32_t unit = 0; unit < 2; ++unit)
    if (startable(core, c, unit)) start_tile(c, unit);
}

void MachineModel::start_tile(std::uint32_t c, std::uint32_t unit) {
  Core& core = cores_[c];
  const TileId t = core.units[unit].head;
  pop(core.units[unit], behind_);
  const PlanTile& tile = costs_.tiles[t];
  const PlanWork& work = costs_.works[tile.work];
  if (core.places[unit]++ == 0) wake(c);
  look_again(c);
  core.busy[unit] = true;
  const Ps end = state_.now + work.occupancy;
  at(end, What::unit_free, c, t);
  if (unit == 1) {
    core.vector_free = end;
  } else if (tile.last) {
    Ps result = std::max(end, state_.now + work.result);
    if (tile.post > Ps{0}) {
      core.vector_free = std::max(core.vector_free, state_.now + work.post_start) + tile.post;
      result = std::max(result + costs_.pipeline, core.vector_free);
      at(core.vector_free, What::full, c, kNoId);
    }
    at(result, What::result, c, t);
  }
}

void MachineModel::unit_free(std::uint32_t c, TileId t) {
  const std::uint32_t unit = costs_.tiles[t].unit();
  cores_[c].busy[unit] = false;
  release(c, t);
  if (unit == 1) store(c, t);
  start(c);
}

void MachineModel::store(std::uint32_t c, TileId t) {
  at(path_.move(graph_.groups[costs_.tiles[t].group].output, true, state_.now), What::stored, c, t);
}

void MachineModel::stored(std::uint32_t c, TileId t) {
  const PlanTile& tile = costs_.tiles[t];
  --state_.groups_left;
  path_.stored(tile.group);
  for (const GroupId s : graph_.successors(tile.group)) predecessor_done(s);
  if (tile.kind == TileKind::host) return;
  if (tile.kind == TileKind::movement) {
    release(c, t);
  } else {
    ++cores_[c].free_outputs;
  }
  start(c);
}

void MachineModel::predecessor_done(GroupId g) {
  words_.set(g, words_[g] - 1);
  if (words_[g] == 0) make_ready(g);
}

void MachineModel::make_ready(GroupId g) {
  const TileId t = graph_.groups[g].first;
  if (costs_.tiles[t].kind == TileKind::host) {
    state_.host_free = std::max(state_.host_free, state_.now) + costs_.occupancy(t);
    return at(state_.host_free, What::host_free, 0, t);
  }
  ready_.insert(g);
  wake(woken_[g]);
}

}  // namespace tessera::scheduler
