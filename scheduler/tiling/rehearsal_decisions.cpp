// Which tile goes to which core: what the policies share.
#include <algorithm>
#include <tuple>
#include <utility>

#include "scheduler/tiling/rehearsal.h"

namespace tessera::scheduler {

using base::Ps;

namespace {
// As the policies do: cores looked at for one decision, and how much slower than its pace memory is where a tile would
// be taken from another core.
constexpr int kProbes = 8;
constexpr std::int64_t kSlowness = 4;
}  // namespace

void Rehearsal::ask() {
  while (idle_schedulers_ > 0) {
    const auto choice = pick();
    if (!choice) return;
    dispatch(choice->first, choice->second);
  }
}

std::uint32_t Rehearsal::find(const Core& core, std::uint32_t operand, std::uint32_t block) const {
  const auto& slots = core.slots[operand];
  for (std::uint32_t s = 0; s < slots.size(); ++s)
    if (slots[s].block == block) return s;
  return kNone;
}

std::uint32_t Rehearsal::victim(const Core& core, std::uint32_t operand) const {
  const auto& slots = core.slots[operand];
  std::uint32_t best = kNone;
  for (std::uint32_t s = 0; s < slots.size(); ++s) {
    if (slots[s].block == kNone) return s;
    if (slots[s].references == 0 && (best == kNone || slots[s].used < slots[best].used)) best = s;
  }
  return best;
}

bool Rehearsal::legal(const Core& core, TileIndex t) const {
  for (std::uint32_t o = 0; o < 2; ++o)
    if (find(core, o, script_->tiles[t].block[o]) == kNone && victim(core, o) == kNone) return false;
  return true;
}

Ps Rehearsal::missing(const Core& core, TileIndex t) const {
  Ps sum{0};
  for (std::uint32_t o = 0; o < 2; ++o) {
    const RehearsedTile& tile = script_->tiles[t];
    const RehearsedMove& m = script_->moves[tile.load[o]];
    if (find(core, o, tile.block[o]) == kNone) sum += std::max(m.dram, m.path);
  }
  return sum;
}

// The tile that a core would take, if it may.
Rehearsal::TileIndex Rehearsal::next_of(std::uint32_t c) {
  Core& core = cores_[c];
  TileIndex t = core.continues;
  if (core.places > 0 && core.open == 0) {
    if (!core.waits()) {
      t = spare(c);
    } else {
      t = core.mine[core.head] * script_->slices;
    }
  }
  if (core.places > 0 && t != kNone && legal(core, t)) return t;
  core.stuck = true;
  return kNone;
}

// Of the cores that can take a tile, the one with the shortest queue, then the one that loads least.
std::optional<std::pair<std::uint32_t, Rehearsal::TileIndex>> Rehearsal::pick() {
  std::optional<std::pair<std::uint32_t, TileIndex>> best;
  std::tuple<std::int64_t, Ps, TileIndex> best_key;
  find_owner();
  const auto from = std::ranges::lower_bound(awake_, turn_) - awake_.begin();
  int probes = kProbes;
  for (std::size_t i = 0; i < awake_.size() && probes > 0; ++i) {
    const std::uint32_t c = awake_[(static_cast<std::size_t>(from) + i) % awake_.size()];
    const TileIndex t = next_of(c);
    if (t == kNone) continue;
    --probes;
    const std::tuple key{npu_.core.queue - cores_[c].places, missing(cores_[c], t), t};
    if (!best || key < best_key) best = {c, t}, best_key = key;
  }
  std::erase_if(awake_, [&](std::uint32_t c) { return cores_[c].stuck; });
  if (cores_.size() > kProbes) turn_ = (turn_ + kProbes) % static_cast<std::uint32_t>(cores_.size());
  return best;
}

void Rehearsal::wake(std::uint32_t c) {
  if (!std::exchange(cores_[c].stuck, false)) return;
  awake_.insert(std::ranges::lower_bound(awake_, c), c);
}

// What a core with little left can spare never becomes more: a core that it does not pay for asks again when another
// core is the one to take from.
void Rehearsal::find_owner() {
  while (lowest_ < taken_.size() && taken_[lowest_]) ++lowest_;
  const std::uint32_t owner = lowest_ == taken_.size() ? kNone : script_->home[lowest_];
  if (owner == std::exchange(owner_, owner) || owner == kNone) return;
  for (std::uint32_t c = 0; c < cores_.size(); ++c) wake(c);
}

// The last waiting tile of the core that has the lowest one.
Rehearsal::TileIndex Rehearsal::spare(std::uint32_t c) const {
  if (owner_ == kNone) return kNone;
  const Core& from = cores_[owner_];
  if (from.tail - from.head == 1 && from.places > 0) return kNone;
  const TileIndex t = from.mine[from.tail - 1] * script_->slices;
  return pays(t, owner_, c) ? t : kNone;
}

bool Rehearsal::pays(TileIndex t, std::uint32_t owner, std::uint32_t core) const {
  if (sharers_ == 1) return true;
  const Core& from = cores_[owner];
  const Ps bring = missing(cores_[core], t) * script_->slices * sharers_ * kSlowness;
  const Ps each = script_->works[script_->tiles[t].work].occupancy * script_->slices;
  const auto run = static_cast<std::int64_t>(from.tail - from.head - 1);
  return std::max(Ps{0}, from.busy_until - now_) + each * run > bring;
}

void Rehearsal::dispatch(std::uint32_t c, TileIndex t) {
  Core& core = cores_[c];
  const std::uint32_t group = t / script_->slices;
  if (first(t)) {
    Core& home = cores_[script_->home[group]];
    if (home.mine[home.head] == group) ++home.head;
    else --home.tail;
    taken_[group] = true;
    if (!last(t)) ++core.open;
  } else if (last(t)) {
    --core.open;
  }
  core.continues = kNone;
  for (std::uint32_t o = 0; o < 2; ++o) {
    const std::uint32_t block = script_->tiles[t].block[o];
    std::uint32_t slot = find(core, o, block);
    tiles_[t].loads[o] = slot == kNone;
    if (slot == kNone) {
      slot = victim(core, o);
      core.slots[o][slot] = {block, 0, base::kNever, Ps{0}};
    }
    ++core.slots[o][slot].references;
    tiles_[t].slot[o] = slot;
  }
  --core.places;
  core.busy_until = std::max(core.busy_until, now_) + script_->works[script_->tiles[t].work].occupancy;
  --idle_schedulers_;
  const Ps length = launched_ ? decision_ : decision_ + launch_;
  launched_ = true;
  at(now_ + length, What::decided, c, t);
}

}  // namespace tessera::scheduler
