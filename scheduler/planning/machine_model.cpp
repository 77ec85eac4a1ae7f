#include "scheduler/planning/machine_model.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tessera::scheduler {

using base::Ps;

MachineModel::MachineModel(const PlanCosts& costs) : costs_(costs), graph_(*costs.graph) {
  const std::size_t tiles = costs.tiles.size(), groups = graph_.groups.size(), stages = costs.stages();
  for (auto& s : slot_of_) s.assign(tiles, kNoId);
  loads_.assign(tiles, 0);
  next_.assign(tiles, kNoId);
  next_grant_.assign(tiles, kNoId);
  // Groups by (stage, home): counted, then dealt.
  const std::size_t places = stages * costs.cores;
  list_begin_.assign(places + 1, 0);
  homes_.assign(stages, 0);
  const auto place_of = [&](GroupId g) {
    return place(costs.tiles[graph_.groups[g].first].stage, graph_.groups[g].core_hint % costs.cores);
  };
  for (GroupId g = 0; g < groups; ++g)
    homes_[costs.tiles[graph_.groups[g].first].stage] += list_begin_[place_of(g) + 1]++ == 0;
  for (std::size_t i = 0; i < places; ++i) list_begin_[i + 1] += list_begin_[i];
  lists_.resize(groups);
  std::vector<std::uint32_t> at = list_begin_;
  for (GroupId g = 0; g < groups; ++g) lists_[at[place_of(g)]++] = g;

  heads_ = groups;
  tails_ = heads_ + places;
  ready_ = tails_ + places;
  launched_ = ready_ + stages;
  firsts_ = launched_ + stages;
  stored_at_ = firsts_ + stages;
  loaded_at_ = stored_at_ + (costs.shared_sram ? groups : 0);
  uses_ = loaded_at_ + (costs.shared_sram ? costs.blocks.size() : 0);
  words_.assign(uses_ + (costs.shared_sram ? graph_.buffers.size() : 0));
  for (std::size_t i = 0; i < places; ++i)
    words_.set(heads_ + i, list_begin_[i]), words_.set(tails_ + i, list_begin_[i + 1]);
  for (std::size_t s = 0; s < stages; ++s) words_.set(firsts_ + s, graph_.tiles[costs.stage_first[s]].group);
  if (costs.shared_sram)
    for (std::size_t b = 0; b < graph_.buffers.size(); ++b) words_.set(uses_ + b, graph_.buffers[b].loads);

  state_.idle_schedulers = costs.schedulers;
  state_.groups_left = static_cast<std::uint32_t>(groups);
  for (const PlanTile& t : costs.tiles) state_.tiles_left += t.kind != TileKind::host;
  Core core;
  core.places[0] = core.places[1] = costs.queue;
  core.free_outputs = costs.slots[2];
  state_.cores.assign(costs.cores, core);
  state_.slots.assign(std::size_t{costs.cores} * (costs.slots[0] + costs.slots[1]), {});
  state_.awake.assign((costs.cores + 63) / 64, 0);
  for (std::uint32_t c = 0; c < costs.cores; ++c) wake(c);
  arrivals_.resize(graph_.requests.size());
  for (GroupId g = 0; g < groups; ++g) {
    words_.set(g, static_cast<std::uint32_t>(graph_.predecessors(g).size()) + 1);
    arrivals_[graph_.groups[g].request].push_back(g);
  }
  for (std::uint32_t r = 0; r < graph_.requests.size(); ++r) this->at(graph_.requests[r].arrival, What::arrived, 0, r);
}

void MachineModel::mark() {
  marked_ = state_;
  words_.mark();
}

void MachineModel::rewind() {
  std::swap(state_, marked_);
  words_.undo();
}

void MachineModel::at(Ps when, What what, std::uint32_t core, std::uint32_t id) {
  state_.events.push_back({when, state_.sequence++, what, static_cast<std::uint16_t>(core), id});
  std::push_heap(state_.events.begin(), state_.events.end());
}

bool MachineModel::advance() {
  if (state_.events.empty()) return false;
  state_.now = state_.events.front().at;
  while (!state_.events.empty() && state_.events.front().at == state_.now) {
    std::pop_heap(state_.events.begin(), state_.events.end());
    const Event e = state_.events.back();
    state_.events.pop_back();
    apply(e);
  }
  // What a core may take over changes with the others' work: a few look again, all of few.
  for (std::uint32_t i = 0; i < std::min(costs_.cores, kLookAgain); ++i) {
    idle_turn_ = (idle_turn_ + 1) % costs_.cores;
    wake(idle_turn_);
  }
  return true;
}

void MachineModel::apply(const Event& e) {
  switch (e.what) {
    case What::arrived:
      for (const GroupId g : arrivals_[e.id]) predecessor_done(g);
      break;
    case What::decided: return decided(e.core, e.id);
    case What::fetched: {  // the decision on a prefetch; id: its slot
      ++state_.idle_schedulers;
      Slot& slot = state_.slots[e.id];
      if (slot.block == kNoId || slot.full_at != base::kNever) break;
      slot.full_at = move(slot.block, false);
      at(slot.full_at, What::full, e.core, kNoId);
      break;
    }
    case What::full:
      if (e.id != kNoId) store(e.core, e.id);  // a movement
      else start(e.core);
      break;
    case What::unit_free: return unit_free(e.core, e.id);
    case What::result: store(e.core, e.id); break;
    case What::stored: stored(e.core, e.id); break;
    case What::host_free: stored(0, e.id); break;
  }
}

// --- slots ---

std::uint32_t MachineModel::find(std::uint32_t core, std::uint32_t o, BlockId block) const {
  const std::size_t base = slot_base(core, o);
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s) {
    const BlockId held = state_.slots[base + s].block;
    if (held != kNoId && costs_.serves(held, block)) return s;
  }
  return kNoId;
}

std::uint32_t MachineModel::victim(std::uint32_t core, std::uint32_t o, bool demand) const {
  const std::size_t base = slot_base(core, o);
  std::uint32_t best = kNoId, filling = kNoId;
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s) {
    const Slot& slot = state_.slots[base + s];
    if (slot.block == kNoId) return s;
    if (slot.references != 0 || (slot.prefetch && !demand)) continue;
    if (slot.full_at > state_.now) filling = s;
    else if (best == kNoId || slot.used < state_.slots[base + best].used) best = s;
  }
  return best != kNoId ? best : filling;
}

bool MachineModel::legal(TileId t, std::uint32_t c) const {
  const PlanTile& tile = costs_.tiles[t];
  const Core& core = state_.cores[c];
  if (tile.kind != TileKind::movement) {
    if (core.places[tile.unit()] == 0) return false;
    if (tile.first && core.open >= std::min<std::int64_t>(costs_.slots[2], kMostNexts)) return false;
  }
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (tile.block[o] == kNoId || victim(c, o, true) != kNoId) continue;
    if (find(c, o, tile.block[o]) == kNoId) return false;
  }
  return true;
}

Ps MachineModel::missing(TileId t, std::uint32_t c, bool shared_only) const {
  Ps sum{0};
  for (std::uint32_t o = 0; o < 2; ++o) {
    const BlockId b = costs_.tiles[t].block[o];
    if (b == kNoId || (shared_only && costs_.blocks[b].readers < 2)) continue;
    if (find(c, o, b) == kNoId) sum += costs_.blocks[b].move.longest();
  }
  return sum;
}

Ps MachineModel::path_free() const {
  Ps free = std::max({state_.dram, state_.shared, state_.path[0], state_.now});
  Ps issue = state_.issue_free[0];
  for (std::uint32_t c = 1; c < costs_.channels && c < kMostChannels; ++c)
    issue = std::min(issue, state_.issue_free[c]);
  return std::max(free, issue);
}

// --- actions ---

void MachineModel::dispatch(TileId t, std::uint32_t c) {
  const PlanTile& tile = costs_.tiles[t];
  Core& core = state_.cores[c];
  const GroupId g = tile.group;
  --state_.idle_schedulers;
  ++state_.dispatched;
  --state_.tiles_left;
  if (tile.first) take(g);
  else core.nexts = static_cast<std::uint32_t>(std::remove(core.next, core.next + core.nexts, t) - core.next);
  if (tile.first && !tile.last) ++core.open;
  if (tile.last && !tile.first) --core.open;
  loads_[t] = 0;
  for (std::uint32_t o = 0; o < 2; ++o) {
    const BlockId block = tile.block[o];
    slot_of_[o][t] = kNoId;
    if (block == kNoId) continue;
    std::uint32_t s = find(c, o, block);
    if (s == kNoId) {
      s = victim(c, o, true);
      loads_[t] |= static_cast<std::uint8_t>(1U << o);
      state_.slots[slot_base(c, o) + s] = {block, 0, base::kNever, Ps{0}, false};
    } else if (costs_.shared_sram) {
      used_up(block);
    }
    Slot& slot = state_.slots[slot_base(c, o) + s];
    ++slot.references;
    slot.prefetch = false;
    slot_of_[o][t] = static_cast<std::uint32_t>(slot_base(c, o)) + s;
  }
  Ps length = costs_.decision;
  if (words_[launched_ + tile.stage] == 0) {
    words_.set(launched_ + tile.stage, 1);
    length += costs_.launch;
  }
  if (tile.kind != TileKind::movement) {
    const std::uint32_t unit = tile.unit();
    --core.places[unit];
    core.busy_until[unit] = std::max(core.busy_until[unit], state_.now) + occupancy(t);
  }
  at(state_.now + length, What::decided, c, t);
}

bool MachineModel::prefetch(BlockId block, std::uint32_t o, std::uint32_t c) {
  if (find(c, o, block) != kNoId) return false;
  const std::size_t base = slot_base(c, o);
  for (std::uint32_t s = 0; s < costs_.slots[o]; ++s)
    if (state_.slots[base + s].prefetch && state_.slots[base + s].full_at > state_.now) return false;
  const std::uint32_t s = victim(c, o, false);
  if (s == kNoId) return false;
  --state_.idle_schedulers;
  state_.slots[base + s] = {block, 0, base::kNever, Ps{0}, true};
  at(state_.now + costs_.decision, What::fetched, c, static_cast<std::uint32_t>(base) + s);
  return true;
}

void MachineModel::decided(std::uint32_t c, TileId t) {
  ++state_.idle_schedulers;
  const PlanTile& tile = costs_.tiles[t];
  Core& core = state_.cores[c];
  Ps full{0};
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (slot_of_[o][t] == kNoId) continue;
    Slot& slot = state_.slots[slot_of_[o][t]];
    if ((loads_[t] >> o & 1) != 0 || slot.full_at == base::kNever) {
      slot.full_at = move(slot.block, false);
      if (tile.kind != TileKind::movement) at(slot.full_at, What::full, c, kNoId);
      if (costs_.shared_sram && (loads_[t] >> o & 1) != 0) used_up(slot.block);
    }
    full = std::max(full, slot.full_at);
  }
  if (tile.kind == TileKind::movement) return at(std::max(full, state_.now), What::full, c, t);
  if (!tile.last && core.nexts < kMostNexts) core.next[core.nexts++] = t + 1;
  push(core.units[tile.unit()], next_, t);
  if (tile.first) push(core.grants, next_grant_, t);
  wake(c);
  start(c);
}

// --- units ---

void MachineModel::push(Queue& q, std::vector<TileId>& links, TileId t) {
  if (q.head == kNoId) q.head = t;
  else links[q.tail] = t;
  q.tail = t;
}
void MachineModel::pop(Queue& q, const std::vector<TileId>& links) {
  q.head = q.head == q.tail ? kNoId : links[q.head];
}

// The unit's first tile: with an output slot (grants go in dispatch order) and its operands there.
bool MachineModel::startable(const Core& core, std::uint32_t, std::uint32_t unit) const {
  const TileId t = core.units[unit].head;
  if (core.busy[unit] || t == kNoId) return false;
  if (unit == 1 && core.vector_free > state_.now) return false;
  if (costs_.tiles[t].first && core.grants.head != kNoId) {
    // Tiles of both units wait in the order of their dispatch.
    for (TileId g = core.grants.head;; g = next_grant_[g]) {
      if (g == t) return false;
      if (g == core.grants.tail) break;
    }
  }
  for (std::uint32_t o = 0; o < 2; ++o)
    if (slot_of_[o][t] != kNoId && state_.slots[slot_of_[o][t]].full_at > state_.now) return false;
  return true;
}

void MachineModel::start(std::uint32_t c) {
  Core& core = state_.cores[c];
  while (core.grants.head != kNoId && core.free_outputs > 0) {
    --core.free_outputs;
    pop(core.grants, next_grant_);
  }
  for (std::uint32_t unit = 0; unit < 2; ++unit)
    if (startable(core, c, unit)) start_tile(c, unit);
}

void MachineModel::start_tile(std::uint32_t c, std::uint32_t unit) {
  Core& core = state_.cores[c];
  const TileId t = core.units[unit].head;
  pop(core.units[unit], next_);
  const PlanTile& tile = costs_.tiles[t];
  const PlanWork& work = costs_.works[tile.work];
  ++core.places[unit];
  core.busy[unit] = true;
  wake(c);
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

void MachineModel::release(std::uint32_t c, TileId t) {
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (slot_of_[o][t] == kNoId) continue;
    Slot& slot = state_.slots[slot_of_[o][t]];
    --slot.references;
    slot.used = state_.now;
  }
  wake(c);
}

void MachineModel::unit_free(std::uint32_t c, TileId t) {
  const std::uint32_t unit = costs_.tiles[t].unit();
  state_.cores[c].busy[unit] = false;
  release(c, t);
  if (unit == 1) store(c, t);
  start(c);
}

void MachineModel::store(std::uint32_t c, TileId t) {
  at(move(graph_.groups[costs_.tiles[t].group].output, true), What::stored, c, t);
}

void MachineModel::stored(std::uint32_t c, TileId t) {
  const PlanTile& tile = costs_.tiles[t];
  --state_.groups_left;
  if (costs_.shared_sram)
    words_.set(stored_at_ + tile.group, static_cast<std::uint32_t>(state_.shared_clock / 256) + 1);
  for (const GroupId s : graph_.successors(tile.group)) predecessor_done(s);
  if (tile.kind == TileKind::host) return;
  if (tile.kind == TileKind::movement) {
    release(c, t);
  } else {
    ++state_.cores[c].free_outputs;
  }
  start(c);
}

// --- groups ---

void MachineModel::predecessor_done(GroupId g) {
  words_.set(g, words_[g] - 1);
  if (words_[g] == 0) make_ready(g);
}

void MachineModel::make_ready(GroupId g) {
  const TileId t = graph_.groups[g].first;
  const PlanTile& tile = costs_.tiles[t];
  if (tile.kind == TileKind::host) {
    words_.set(g, kTaken);
    state_.host_free = std::max(state_.host_free, state_.now) + occupancy(t);
    return at(state_.host_free, What::host_free, 0, t);
  }
  if (words_[ready_ + tile.stage] == 0) {
    state_.active.insert(std::ranges::lower_bound(state_.active, tile.stage), tile.stage);
  }
  words_.set(ready_ + tile.stage, words_[ready_ + tile.stage] + 1);
  wake(graph_.groups[g].core_hint % costs_.cores);
}

void MachineModel::take(GroupId g) {
  const std::uint32_t stage = costs_.tiles[graph_.groups[g].first].stage;
  words_.set(g, kTaken);
  words_.set(ready_ + stage, words_[ready_ + stage] - 1);
  if (words_[ready_ + stage] == 0) state_.active.erase(std::ranges::lower_bound(state_.active, stage));
  const std::size_t i = place(stage, graph_.groups[g].core_hint % costs_.cores);
  std::uint32_t head = words_[heads_ + i], tail = words_[tails_ + i];
  while (head < tail && words_[lists_[head]] == kTaken) ++head;
  while (tail > head && words_[lists_[tail - 1]] == kTaken) --tail;
  if (head != words_[heads_ + i]) words_.set(heads_ + i, head);
  if (tail != words_[tails_ + i]) words_.set(tails_ + i, tail);
  if (words_[firsts_ + stage] == g) {
    GroupId next = g + 1;
    while (next < graph_.groups.size() && words_[next] == kTaken) ++next;
    words_.set(firsts_ + stage, next);
  }
}

GroupId MachineModel::first_ready(std::uint32_t stage, std::uint32_t home) const {
  const std::size_t i = place(stage, home);
  const std::uint32_t tail = words_[tails_ + i];
  int scan = kScan;
  for (std::uint32_t k = words_[heads_ + i]; k < tail && scan > 0; ++k) {
    if (words_[lists_[k]] == 0) return lists_[k];
    scan -= words_[lists_[k]] != kTaken;
  }
  return kNoId;
}

GroupId MachineModel::last_ready(std::uint32_t stage, std::uint32_t home) const {
  const std::size_t i = place(stage, home);
  const std::uint32_t head = words_[heads_ + i];
  int scan = kScan * 8;
  for (std::uint32_t k = words_[tails_ + i]; k > head && scan > 0; --k, --scan)
    if (words_[lists_[k - 1]] == 0) return lists_[k - 1];
  return kNoId;
}

GroupId MachineModel::first_ready(std::uint32_t stage) const {
  int scan = kScan * 8;
  for (GroupId g = words_[firsts_ + stage]; g < graph_.groups.size() && scan > 0; ++g, --scan) {
    if (words_[g] == 0) return costs_.tiles[graph_.groups[g].first].stage == stage ? g : kNoId;
  }
  return kNoId;
}

std::uint32_t MachineModel::next_awake(std::uint32_t from) const {
  if (from >= costs_.cores) return kNoId;
  std::size_t w = from / 64;
  std::uint64_t bits = state_.awake[w] & (~std::uint64_t{0} << from % 64);
  while (bits == 0) {
    if (++w == state_.awake.size()) return kNoId;
    bits = state_.awake[w];
  }
  return static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
}

// --- memory ---

// Of the shared SRAM: what came in and was not driven out by what came later.
bool MachineModel::on_chip(BlockId b) const {
  std::uint32_t since = words_[loaded_at_ + b];
  const auto producers = graph_.producers(b);
  if (!producers.empty()) {
    since = std::max(since, std::min(words_[stored_at_ + producers.front()], words_[stored_at_ + producers.back()]));
  }
  return since != 0 && state_.shared_clock - std::int64_t{since} * 256 < costs_.shared_bytes;
}

void MachineModel::used_up(BlockId b) {
  const std::uint32_t buffer = graph_.blocks[b].buffer;
  if (buffer == kNoId || words_[uses_ + buffer] == 0) return;
  words_.set(uses_ + buffer, words_[uses_ + buffer] - 1);
  if (words_[uses_ + buffer] != 0) return;
  const std::int64_t bytes = graph_.buffers[buffer].end - graph_.buffers[buffer].begin;
  state_.shared_clock = std::max<std::int64_t>(0, state_.shared_clock - std::min(bytes, costs_.shared_bytes));
}

// A transfer goes through each part of the path and needs all of them; when it is answered.
Ps MachineModel::move(BlockId b, bool write) {
  const MoveCost& m = costs_.blocks[b].move;
  bool chip = false;
  Ps dram = m.dram;
  if (costs_.shared_sram) {
    chip = write ? !graph_.blocks[b].network_output : on_chip(b);
    if (!chip && !write) {
      // What was written and is no longer there was written back before.
      if (!graph_.producers(b).empty()) dram += m.dram;
    }
    if (write || !chip) state_.shared_clock += graph_.blocks[b].bytes;
    if (!write) words_.set(loaded_at_ + b, static_cast<std::uint32_t>(state_.shared_clock / 256) + 1);
  }
  std::uint32_t channel = 0;
  for (std::uint32_t c = 1; c < costs_.channels && c < kMostChannels; ++c)
    if (state_.issue_free[c] < state_.issue_free[channel]) channel = c;
  const Ps begin = std::max(state_.issue_free[channel], state_.now);
  const auto occupy = [&](Ps& free, Ps time) { return free = std::max(free, begin) + time; };
  Ps end = state_.issue_free[channel] = begin + m.issue;
  end = std::max(end, occupy(state_.path[costs_.full_duplex && write], m.path));
  if (costs_.shared_sram) end = std::max(end, occupy(state_.shared, m.shared));
  if (!chip) end = std::max(end, occupy(state_.dram, dram));
  return end + (write ? costs_.write_way : costs_.read_way) + (chip ? Ps{0} : costs_.far);
}

}  // namespace tessera::scheduler
