#include "scheduler/tiling/rehearsal.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace tessera::scheduler {

using base::Ps;

Rehearsal::Rehearsal(const arch::NpuSpec& npu, const ScheduleSpec& schedule, const arch::MachineLimits& limits)
    : npu_(npu), schedule_(schedule), decision_(npu.core_clock.duration(npu.scheduler.dispatch_latency)),
      launch_(npu.core_clock.duration(npu.scheduler.launch_latency)),
      pipeline_(npu.core_clock.duration(npu.core.vector_unit.pipeline_latency)),
      read_way_(limits.transfer_min(0, false)), write_way_(limits.transfer_min(0, true)),
      far_(std::max(Ps{0}, limits.dram.read_latency - limits.read_latency)) {
  const arch::SramRegionSpec* regions[] = {&npu.core.sram.input, &npu.core.sram.weight};
  for (std::size_t o = 0; o < 2; ++o) {
    const auto& region = *regions[o];
    const std::int64_t slots = schedule.buffers[o];
    const std::int64_t sets = region.arrangement == arch::BankArrangement::separate ? std::min(region.banks, slots) : 1;
    if (slots == sets) continue;
    const std::int64_t each = region.banks / sets;
    banks_[o] = {sets, std::max<std::int64_t>(1, region.bytes_per_cycle.count() / each) * each * region.ports};
  }
}

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
  read_bytes_ = 0;
  shared_free_ = issue_free_ = path_free_[0] = path_free_[1] = Ps{0};
}

Rehearsal::Least Rehearsal::least(const Rehearsed& script) {
  Ps computing{0};
  Least least;
  const auto moved = [&](const RehearsedMove& m) {
    least.moving += std::max({m.issue, m.path, stays(m.on_chip) ? m.shared : m.dram});
  };
  for (std::size_t o = 0; o < 2; ++o) seen_[o].assign(script.blocks[o], false);
  for (std::size_t t = 0; t < script.tiles.size(); ++t) {
    const RehearsedTile& tile = script.tiles[t];
    computing += script.works[tile.work].occupancy;
    for (std::size_t o = 0; o < 2; ++o) {
      if (seen_[o][tile.block[o]]) continue;
      seen_[o][tile.block[o]] = true;
      moved(script.moves[tile.load[o]]);
    }
    if ((t + 1) % script.slices == 0) moved(script.moves[tile.store]);
  }
  least.makespan = Ps{computing.count() / npu_.cores};
  return least;
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
        if (banks_[o].sets > 0)
          core.fills[o].push_back({m.bytes, slot.full_at - std::max({m.dram, m.path, m.issue}), slot.full_at});
        at(slot.full_at, What::look, e.core, e.tile);
      }
      core.dispatched.push_back(e.tile);
      if (!last(e.tile)) core.continues = e.tile + 1;
      break;
    }
    case What::look: break;
    case What::array_free:
      if (conflicts(core, e.tile)) return;
      finish(e.core, e.tile);
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
  const bool chip = stays(on_chip);
  const Ps way = (m.write ? write_way_ : read_way_) + (chip ? Ps{0} : far_);
  const Ps begin = std::max(issue_free_, now_);
  const auto occupy = [&](Ps& free, Ps time) { return free = std::max(free, begin) + time; };
  sent_ += m.packets;
  if (!m.write) read_bytes_ += m.bytes;
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
  core.begun = now_;
  core.conflict = Ps{0};
  at(now_ + script_->works[tile.work].occupancy, What::array_free, c, t);
}

// Which slot a load takes is for the policy to say, so it counts on the tile's banks as often as there are sets of
// them. A compute that was prolonged is counted once more: more loads may fall into the longer time.
bool Rehearsal::conflicts(Core& core, TileIndex t) {
  const RehearsedWork& work = script_->works[script_->tiles[t].work];
  Ps most{0};
  for (std::size_t o = 0; o < 2; ++o) {
    if (banks_[o].sets == 0) continue;
    auto& fills = core.fills[o];
    std::erase_if(fills, [&](const Fill& f) { return f.end <= core.begun; });
    std::int64_t bytes = work.reads[o];
    for (const Fill& f : fills) {
      const Ps beside = std::min(f.end, now_) - std::max(f.begin, core.begun);
      if (beside <= Ps{0}) continue;
      const std::int64_t spread = (f.end - f.begin).count() * banks_[o].sets;
      bytes += static_cast<std::int64_t>(static_cast<__int128>(f.bytes) * beside.count() / spread);
    }
    const Ps own = npu_.core_clock.duration(base::Cycles{base::ceil_div(work.reads[o], banks_[o].bytes_per_cycle)});
    const Ps all = npu_.core_clock.duration(base::Cycles{base::ceil_div(bytes, banks_[o].bytes_per_cycle)});
    most = std::max(most, std::min(all, std::max(own, work.occupancy) * 2) - work.occupancy);
  }
  if (most <= core.conflict) return false;
  core.conflict = most;
  at(core.begun + work.occupancy + most, What::array_free, static_cast<std::uint32_t>(&core - cores_.data()), t);
  return true;
}

// The array is free; the result may be on its way through it, and then through the vector unit.
void Rehearsal::finish(std::uint32_t c, TileIndex t) {
  if (!last(t)) return;
  Core& core = cores_[c];
  const RehearsedWork& work = script_->works[script_->tiles[t].work];
  Ps result = std::max(now_, core.begun + work.result + core.conflict);
  if (work.post > Ps{0}) {
    core.vector_free = std::max(core.vector_free, core.begun + work.post_start) + work.post;
    result = std::max(result + pipeline_, core.vector_free);
  }
  at(result, What::result, c, t);
}

}  // namespace tessera::scheduler
