#include "scheduler/tiling/rehearsal.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace tessera::scheduler {

using base::Ps;

namespace {
// As the policies do: cores looked at for one decision, and how much slower than its pace memory is where a tile would
// be taken from another core.
constexpr int kProbes = 8;
constexpr std::int64_t kSlowness = 4;
}  // namespace

Rehearsal::Rehearsal(const arch::NpuSpec& npu, const ScheduleSpec& schedule, const arch::MachineLimits& limits)
    : npu_(npu), schedule_(schedule), decision_(npu.core_clock.duration(npu.scheduler.dispatch_latency)),
      launch_(npu.core_clock.duration(npu.scheduler.launch_latency)),
      pipeline_(npu.core_clock.duration(npu.core.vector_unit.pipeline_latency)),
      read_way_(limits.transfer_min(0, false)), write_way_(limits.transfer_min(0, true)),
      far_(std::max(Ps{0}, limits.dram.read_latency - limits.read_latency)) {}

void Rehearsal::begin(const Rehearsed& script) {
  script_ = &script;
  now_ = Ps{0};
  sequence_ = 0;
  agenda_ = {};
  Core fresh;
  for (std::size_t o = 0; o < 2; ++o) fresh.slots[o].resize(static_cast<std::size_t>(schedule_.buffers[o]));
  fresh.free_outputs = schedule_.buffers[2];
  fresh.places = npu_.core.queue;
  cores_.assign(static_cast<std::size_t>(npu_.cores), fresh);
  tiles_.assign(script.tiles.size(), {});
  taken_.assign(script.home.size(), false);
  for (std::size_t o = 0; o < 2; ++o) seen_[o].assign(script.blocks[o], false);
  for (std::uint32_t g = 0; g < script.home.size(); ++g) cores_[script.home[g]].mine.push_back(g);
  sharers_ = 0;
  for (Core& c : cores_) {
    c.tail = c.mine.size();
    sharers_ += c.tail > 0;
  }
  awake_.resize(cores_.size());
  std::iota(awake_.begin(), awake_.end(), 0U);
  lowest_ = turn_ = 0;
  owner_ = kNone;
  idle_schedulers_ = npu_.scheduler.count;
  launched_ = false;
  dram_free_.assign(static_cast<std::size_t>(npu_.dram.channels), Ps{0});
  under_way_.clear();
  sent_ = 0;
  moving_ = Ps{0};
  shared_free_ = issue_free_ = path_free_[0] = path_free_[1] = Ps{0};
}

std::optional<Ps> Rehearsal::makespan(const Rehearsed& script, Ps limit) {
  begin(script);
  std::size_t left = script.home.size();
  ask();
  while (!agenda_.empty()) {
    const Event e = agenda_.top();
    if (e.at > limit) return std::nullopt;
    agenda_.pop();
    now_ = e.at;
    apply(e);
    if (e.what == What::stored && --left == 0) return now_;
    if (agenda_.empty() || agenda_.top().at != now_) ask();
  }
  return std::nullopt;
}

void Rehearsal::apply(const Event& e) {
  Core& core = cores_[e.core];
  const RehearsedTile& tile = script_->tiles[e.tile];
  switch (e.what) {
    case What::decided: {
      ++idle_schedulers_;
      for (std::size_t o = 0; o < 2; ++o) {
        if (!tiles_[e.tile].loads[o]) continue;
        const RehearsedMove& m = script_->moves[tile.load[o]];
        const bool again = seen_[o][tile.block[o]];
        seen_[o][tile.block[o]] = true;
        Slot& slot = core.slots[o][tiles_[e.tile].slot[o]];
        slot.full_at = move(m, m.on_chip || again);
        at(slot.full_at, What::look, e.core, e.tile);
      }
      core.dispatched.push_back(e.tile);
      if (!last(e.tile)) core.continues = e.tile + 1;
      break;
    }
    case What::look: break;
    case What::array_free:
      core.busy = false;
      for (std::size_t o = 0; o < 2; ++o) {
        Slot& slot = core.slots[o][tiles_[e.tile].slot[o]];
        --slot.references;
        slot.used = now_;
      }
      break;
    case What::result: {
      const RehearsedMove& m = script_->moves[tile.store];
      at(move(m, m.on_chip), What::stored, e.core, e.tile);
      return;
    }
    case What::stored: ++core.free_outputs; break;
  }
  if (e.what == What::decided || e.what == What::array_free) wake(e.core);
  start(e.core);
}

// Transfers are sent one after the other, as far as packets may be on their way; what is sent goes through each part
// of the path and needs all of them.
Ps Rehearsal::move(const RehearsedMove& m, bool on_chip) {
  const bool chip = on_chip && npu_.shared_sram.capacity.count() > 0;
  const Ps way = (m.write ? write_way_ : read_way_) + (chip ? Ps{0} : far_);
  const Ps begin = std::max(issue_free_, now_);
  const auto occupy = [&](Ps& free, Ps time) { return free = std::max(free, begin) + time; };
  sent_ += m.packets;
  moving_ += std::max({m.issue, m.path, chip ? m.shared : m.dram});
  issue_free_ = std::max(begin + std::max(m.issue, Ps{m.packets * way.count() / npu_.dma.outstanding}), credit());
  Ps end = std::max(issue_free_, occupy(path_free_[npu_.interconnect.full_duplex && m.write], m.path));
  if (chip) end = std::max(end, occupy(shared_free_, m.shared));
  for (std::size_t c = 0; c < dram_free_.size() && !chip; ++c)
    end = std::max(end, occupy(dram_free_[c], m.uneven.empty() ? m.dram : m.uneven[c]));
  under_way_.emplace_back(sent_, end + way);
  return end + way;
}

Ps Rehearsal::credit() {
  Ps free{0};
  while (!under_way_.empty() && under_way_.front().first <= sent_ - npu_.dma.outstanding) {
    free = under_way_.front().second;
    under_way_.pop_front();
  }
  return free;
}

void Rehearsal::start(std::uint32_t c) {
  Core& core = cores_[c];
  while (core.granted < core.dispatched.size()) {
    if (first(core.dispatched[core.granted])) {
      if (core.free_outputs == 0) break;
      --core.free_outputs;
    }
    ++core.granted;
  }
  if (core.busy || core.started >= core.granted) return;
  const TileIndex t = core.dispatched[core.started];
  const RehearsedTile& tile = script_->tiles[t];
  for (std::size_t o = 0; o < 2; ++o)
    if (core.slots[o][tiles_[t].slot[o]].full_at > now_) return;
  ++core.started;
  ++core.places;
  wake(c);
  core.busy = true;
  const RehearsedWork& work = script_->works[tile.work];
  at(now_ + work.occupancy, What::array_free, c, t);
  if (!last(t)) return;
  Ps result = now_ + std::max(work.result, work.occupancy);
  if (work.post > Ps{0}) {
    core.vector_free = std::max(core.vector_free, now_ + work.post_start) + work.post;
    result = std::max(result + pipeline_, core.vector_free);
  }
  at(result, What::result, c, t);
}

// --- decisions --------------------------------------------------------------------------------------------------

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
