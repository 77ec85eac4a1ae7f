#include "scheduler/optimum/schedule_bound.h"

#include <algorithm>

#include "scheduler/bounds/dependence_bound.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;
using TileTimes = PartialSchedule::TileTimes;

ScheduleBound::ScheduleBound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                             const Durations& durations, const BlockService& service)
    : graph_(graph), npu_(npu), limits_(limits), service_(service), d_(durations),
      after_(dependence_bound(graph, npu, limits, d_).groups.after), rest_(graph.tiles.size()),
      block_rest_(graph.blocks.size(), base::kNever), alone_(graph.blocks.size(), true) {
  for (TileId t = 0; t < graph.tiles.size(); ++t) {
    const Tile& tile = graph.tiles[t];
    if (tile.kind == TileKind::host) continue;
    Ps result{0};
    const Ps end = finish(t, Ps{0}, result);
    rest_[t] = std::max(end, result) + d_.store(graph.groups[tile.group]) + after_[tile.group];
    for (const BlockId wanted : {tile.input, tile.weight})
      for (BlockId held = 0; wanted != kNoId && held < graph.blocks.size(); ++held)
        if (service.serves(held, wanted)) block_rest_[held] = std::min(block_rest_[held], rest_[t]);
  }
  for (BlockId b = 0; b < graph.blocks.size(); ++b)
    for (BlockId other = 0; other < graph.blocks.size(); ++other)
      if (other != b && service.serves(other, b)) alone_[b] = false;
}

Ps ScheduleBound::finish(TileId t, Ps start, Ps& result) const {
  const Tile& tile = graph_.tiles[t];
  if (tile.kind != TileKind::pe) {
    const Ps end = tile.kind == TileKind::vector ? start + d_.of(tile.vector_cycles) : start;
    result = std::max(result, end);
    return end;
  }
  const arch::ArrayWork& work = d_.work(tile);
  result = std::max(result, start + d_.of(work.latency));
  if (tile.last() && tile.vector_cycles > Cycles{0})
    result = std::max(result + d_.post_pipeline(), start + d_.of(work.last_step_offset) + d_.of(tile.vector_cycles));
  return start + d_.of(work.occupancy);
}

Ps ScheduleBound::ready(GroupId g) const {
  Ps at = graph_.requests[graph_.groups[g].request].arrival;
  for (const GroupId p : graph_.predecessors(g)) at = std::max(at, stored_[p]);
  return at;
}

Ps ScheduleBound::available(BlockId b) const {
  const Block& block = graph_.blocks[b];
  if (block.constant) return Ps{0};
  Ps at = graph_.requests[block.request].arrival;
  for (const GroupId p : graph_.producers(b)) at = std::max(at, stored_[p]);
  return at;
}

bool ScheduleBound::resident(const PartialSchedule& s, BlockId b) const {
  return std::ranges::any_of(s.cores, [&](const auto& core) {
    return std::ranges::any_of(core.slots, [&](const auto& slots) {
      return std::ranges::any_of(slots, [&](const auto& held) { return service_.serves(held.block, b); });
    });
  });
}

// Of S slots one is free when all but S - 1 of the groups before are stored.
Ps ScheduleBound::output_slot(const Core& core) const {
  const auto slots = static_cast<std::size_t>(graph_.slots[2]);
  if (core.groups.size() < slots) return Ps{0};
  std::vector<Ps> stored;
  for (const GroupId g : core.groups) stored.push_back(stored_[g]);
  const auto free = stored.begin() + static_cast<std::ptrdiff_t>(stored.size() - slots);
  std::ranges::nth_element(stored, free);
  return *free;
}

Ps ScheduleBound::queue_place(const Core& core, std::size_t unit) const {
  const auto& starts = core.unit[unit].starts;
  const auto places = static_cast<std::size_t>(npu_.core.queue);
  return starts.size() < places ? Ps{0} : starts[starts.size() - places];
}

void ScheduleBound::place(const PartialSchedule& s, TileId t, const TileTimes& times) {
  const Tile& tile = graph_.tiles[t];
  Core& core = cores_[times.core];
  Unit& unit = core.unit[unit_of(t)];
  placed_[t] = true;
  Ps start = std::max({times.decided, times.operand[0], times.operand[1]});
  if (tile.kind != TileKind::movement) {
    start = std::max({start, s.now, unit.free, tile.slice == 0 ? output_slot(core) : Ps{0}});
    start = npu_.core_clock.align(start);
    if (times.started != base::kNever) start = times.started;
  }
  start_[t] = start;
  end_[t] = finish(t, start, result_[tile.group]);
  if (tile.last() && s.stored[tile.group] == base::kNever)
    stored_[tile.group] = std::max(s.now, result_[tile.group] + d_.store(graph_.groups[tile.group]));
  if (tile.kind == TileKind::movement) return;
  if (tile.slice == 0) core.groups.push_back(tile.group);
  unit.free = std::max(unit.free, end_[t]);
  unit.starts.push_back(start);
}

// A slot without a victim beside it becomes one when the last tile that refers to it lets go.
void ScheduleBound::find_slots(const PartialSchedule& s) {
  for (std::uint32_t c = 0; c < cores_.size(); ++c) {
    for (std::size_t o = 0; o < 2; ++o) {
      cores_[c].slot[o] = s.now;
      if (s.cores[c].victim[o]) continue;
      Ps first = base::kNever;
      for (const auto& held : s.cores[c].slots[o]) {
        Ps last = s.now;
        for (const TileId t : s.order) {
          const TileTimes& times = s.tiles[t];
          if (times.core != c || times.held[o] != held.block) continue;
          const bool moves = graph_.tiles[t].kind == TileKind::movement;
          last = std::max(last, moves ? stored_[graph_.tiles[t].group] : end_[t]);
        }
        first = std::min(first, last);
      }
      if (first != base::kNever) cores_[c].slot[o] = first;
    }
  }
}

ScheduleBound::Begun ScheduleBound::begin(const PartialSchedule& s, const Step& next) const {
  Begun b{s.now, s.now};
  if (next.kind == Step::Kind::idle) return b;
  Cycles latency = npu_.scheduler.dispatch_latency;
  if (next.kind == Step::Kind::dispatch) {
    const Tile& tile = graph_.tiles[next.tile];
    const Core& core = cores_[next.core];
    if (tile.slice == 0) b.begin = std::max(b.begin, ready(tile.group));
    else b.begin = std::max(b.begin, s.tiles[next.tile - 1].decided);
    if (tile.kind != TileKind::movement) b.begin = std::max(b.begin, queue_place(core, unit_of(next.tile)));
    for (std::size_t o = 0; o < 2; ++o) {
      const BlockId block = o == 0 ? tile.input : tile.weight;
      if (block == kNoId) continue;
      const bool hit = std::ranges::any_of(s.cores[next.core].slots[o],
                                           [&](const auto& held) { return service_.serves(held.block, block); });
      if (!hit) b.begin = std::max(b.begin, core.slot[o]);
    }
    if (!s.launched[graph_.operator_of(tile.request, tile.op)]) latency += npu_.scheduler.launch_latency;
  }
  b.decided = npu_.core_clock.after(b.begin, latency);
  return b;
}

// Schedulers take actions in their order; a single one is busy meanwhile.
Ps ScheduleBound::floor_after(const Begun& b) const { return npu_.scheduler.count == 1 ? b.decided : b.begin; }

TileTimes ScheduleBound::times(const PartialSchedule& s, const Step& next, Ps decided) const {
  TileTimes times{true, next.core, decided, base::kNever, {}, {kNoId, kNoId}};
  const Tile& tile = graph_.tiles[next.tile];
  for (std::size_t o = 0; o < 2; ++o) {
    const BlockId block = o == 0 ? tile.input : tile.weight;
    if (block == kNoId) continue;
    times.operand[o] = base::kNever;
    for (const auto& held : s.cores[next.core].slots[o])
      if (service_.serves(held.block, block)) times.operand[o] = std::min(times.operand[o], held.full);
    if (times.operand[o] == base::kNever) times.operand[o] = decided + d_.load(block);
  }
  return times;
}

void ScheduleBound::place(const PartialSchedule& s, const Step* next) {
  cores_.assign(s.cores.size(), {});
  placed_.assign(graph_.tiles.size(), false);
  decision_.assign(graph_.tiles.size(), Ps{0});
  start_ = end_ = decision_;
  result_.assign(graph_.groups.size(), Ps{0});
  stored_ = s.stored;
  for (GroupId g = 0; g < stored_.size(); ++g)
    if (stored_[g] == base::kNever) stored_[g] = graph_.is_host(graph_.groups[g]) ? Ps{0} : s.now;
  next_loads_.clear();
  for (const TileId t : s.order) place(s, t, s.tiles[t]);
  find_slots(s);
  floor_ = s.now;
  if (next == nullptr) return;
  const Begun begun = begin(s, *next);
  floor_ = floor_after(begun);
  if (next->kind == Step::Kind::idle) return;
  const Tile& tile = graph_.tiles[next->tile];
  if (next->kind == Step::Kind::prefetch) {
    next_loads_.push_back({next->operand == 0 ? tile.input : tile.weight, begun.decided});
    return;
  }
  for (std::size_t o = 0; o < 2; ++o) {
    const BlockId block = o == 0 ? tile.input : tile.weight;
    const bool hit = std::ranges::any_of(s.cores[next->core].slots[o], [&](const auto& held) {
      return block != kNoId && service_.serves(held.block, block);
    });
    if (block != kNoId && !hit) next_loads_.push_back({block, begun.decided});
  }
  place(s, next->tile, times(s, *next, begun.decided));
}

// What is still to be dispatched, in topological order.
void ScheduleBound::place_rest(const PartialSchedule& s) {
  for (GroupId g = 0; g < graph_.groups.size(); ++g) {
    if (s.stored[g] != base::kNever) continue;
    const Group& group = graph_.groups[g];
    if (graph_.is_host(group)) stored_[g] = ready(g) + graph_.host_task(group.first).time;
    else if (!placed_[group.first + group.slices - 1]) place_rest_of(s, g);
  }
}

void ScheduleBound::place_rest_of(const PartialSchedule& s, GroupId g) {
  const Group& group = graph_.groups[g];
  Ps before{0};
  for (TileId t = group.first; t < group.first + group.slices; ++t) {
    const Tile& tile = graph_.tiles[t];
    if (!placed_[t]) {
      Ps decision = std::max(floor_, tile.slice == 0 ? ready(g) : decision_[t - 1]), unit{0};
      if (tile.kind != TileKind::movement) {
        Ps place = base::kNever;
        unit = base::kNever;
        for (const Core& core : cores_) {
          const Ps output = tile.slice == 0 ? output_slot(core) : Ps{0};
          unit = std::min(unit, std::max(core.unit[unit_of(t)].free, output));
          place = std::min(place, queue_place(core, unit_of(t)));
        }
        decision = std::max(decision, place);
      }
      decision_[t] = decision;
      Ps start = std::max({decided_after(decision), unit, before});
      for (const BlockId b : {tile.input, tile.weight})
        if (b != kNoId && !resident(s, b))
          start = std::max(start, decided_after(std::max(floor_, available(b))) + d_.load(b));
      start_[t] = tile.kind == TileKind::movement ? start : npu_.core_clock.align(start);
      end_[t] = finish(t, start, result_[g]);
    }
    before = std::max(before, end_[t]);
  }
  stored_[g] = std::max(s.now, result_[g] + d_.store(group));
}

Ps ScheduleBound::of(const PartialSchedule& s, const Step* next) {
  place(s, next);
  place_rest(s);
  return std::max({end_of_groups(), end_of_arrays(), end_of_vectors(), end_of_decisions(), end_of_moves(s)});
}

Ps ScheduleBound::quick(const PartialSchedule& s, const Step& next) const {
  const Begun begun = begin(s, next);
  const Ps floor = floor_after(begun);
  Ps bound{0};
  const bool dispatch = next.kind == Step::Kind::dispatch;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    if (placed_[t] || graph_.tiles[t].kind == TileKind::host || (dispatch && t == next.tile)) continue;
    bound = std::max(bound, decided_after(std::max(floor, decision_[t])) + rest_[t]);
  }
  if (!dispatch) return bound;
  const Tile& tile = graph_.tiles[next.tile];
  const TileTimes times = this->times(s, next, begun.decided);
  const Core& core = cores_[next.core];
  Ps start = std::max({times.decided, times.operand[0], times.operand[1]});
  if (tile.kind != TileKind::movement)
    start = std::max({start, core.unit[unit_of(next.tile)].free, tile.slice == 0 ? output_slot(core) : Ps{0}});
  return std::max(bound, start + rest_[next.tile]);
}

Ps ScheduleBound::end_of_groups() const {
  Ps end{0};
  for (GroupId g = 0; g < graph_.groups.size(); ++g) end = std::max(end, stored_[g] + after_[g]);
  return end;
}

namespace {

// Least time by which cores that are free at these times have done so much work, in any shares.
Ps fill(std::vector<Ps> free, Ps work) {
  std::ranges::sort(free);
  Ps sum{0};
  for (std::size_t n = 1; n <= free.size(); ++n) {
    sum += free[n - 1];
    const Ps level{base::ceil_div((sum + work).count(), static_cast<std::int64_t>(n))};
    if (n == free.size() || level <= free[n]) return level;
  }
  return Ps{0};
}

// The same of `count` tasks that are not shared, each of which takes at least `each`.
Ps deal(std::vector<Ps> free, std::size_t count, Ps each) {
  Ps last{0};
  for (std::size_t i = 0; i < count; ++i) {
    Ps& first = *std::ranges::min_element(free);
    first += each;
    last = std::max(last, first);
  }
  return last;
}

}  // namespace

// Of any set of the tiles that are left: its work, and its tiles one by one, behind what the arrays have already.
Ps ScheduleBound::end_of_arrays() const {
  struct Left {
    Ps head, work, tail;
  };
  std::vector<Left> left;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    if (placed_[t] || graph_.tiles[t].kind != TileKind::pe) continue;
    const Ps work = d_.of(d_.work(graph_.tiles[t]).occupancy);
    left.push_back({start_[t], work, rest_[t] - work - Ps{1}});
  }
  std::ranges::sort(left, std::greater{}, &Left::tail);
  Ps end{0}, head = base::kNever, work{0}, least = base::kNever;
  for (std::size_t n = 0; n < left.size(); ++n) {
    head = std::min(head, left[n].head);
    work += left[n].work;
    least = std::min(least, left[n].work);
    std::vector<Ps> free;
    for (const Core& core : cores_) free.push_back(std::max(core.unit[0].free, head));
    end = std::max(end, std::max(fill(free, work), deal(free, n + 1, least)) + left[n].tail);
  }
  return end;
}

Ps ScheduleBound::end_of_vectors() const {
  std::vector<ResourceTask> tasks;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    const Tile& tile = graph_.tiles[t];
    if (placed_[t] || tile.kind == TileKind::host || tile.vector_cycles == Cycles{0}) continue;
    const Ps head = start_[t] + (tile.kind == TileKind::pe ? d_.of(d_.work(tile).last_step_offset) : Ps{0});
    tasks.push_back({head, Ps{d_.of(tile.vector_cycles).count() / npu_.cores},
                     d_.store(graph_.groups[tile.group]) + after_[tile.group]});
  }
  return one_resource_bound(std::move(tasks));
}

Ps ScheduleBound::end_of_decisions() const {
  std::vector<ResourceTask> tasks;
  const Ps each{d_.decision().count() / npu_.scheduler.count};
  for (TileId t = 0; t < graph_.tiles.size(); ++t)
    if (!placed_[t] && graph_.tiles[t].kind != TileKind::host) tasks.push_back({decision_[t], each, rest_[t]});
  return one_resource_bound(std::move(tasks));
}

// Loads that were decided, those that are still to come, and all stores. A request travels before its data does, and an
// answer behind it: what is not the resource's own lies before and behind its work.
Ps ScheduleBound::end_of_moves(const PartialSchedule& s) const {
  std::vector<ResourceTask> dram, in, out, shared, credits, channels;
  const auto add = [&](const Block& block, bool write, Ps head, Ps tail) {
    const bool forwarded = !write && limits_.forwards && may_be_forwarded(block);
    const bool in_dram = limits_.shared_sram_rate == 0 && !forwarded;
    const std::int64_t bytes = block.bytes;
    const Ps way = limits_.packet_way(write, forwarded), hop = limits_.hop, there = way - hop;
    const Ps on_path = arch::time_at(bytes, limits_.interconnect_rate);
    if (in_dram) dram.push_back({head + there, arch::time_at(bytes, limits_.dram.peak_bytes_per_second), tail + hop});
    if (write) (limits_.full_duplex ? out : in).push_back({head, on_path, tail + way});
    else in.push_back({head + there, on_path, tail + hop});
    shared.push_back({head + hop, arch::time_at(bytes, limits_.shared_sram_rate), tail + hop});
    channels.push_back({head, arch::time_at(bytes, limits_.channels_rate), tail + way});
    const Ps held = way * base::ceil_div(bytes, limits_.packet_bytes) + on_path +
                    (forwarded ? Ps{0} : arch::time_at(bytes, limits_.packet_rate));
    credits.push_back({head, Ps{held.count() / limits_.outstanding}, tail});
  };
  std::vector<bool> coming(graph_.blocks.size());
  for (const auto* loads : {&s.loads, &next_loads_})
    for (const auto& load : *loads) add(graph_.blocks[load.block], false, load.head, block_rest_[load.block]);
  for (const auto& load : next_loads_) coming[load.block] = true;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    if (placed_[t] || graph_.tiles[t].kind == TileKind::host) continue;
    for (const BlockId b : {graph_.tiles[t].input, graph_.tiles[t].weight}) {
      if (b == kNoId || coming[b] || !alone_[b] || resident(s, b)) continue;
      coming[b] = true;
      add(graph_.blocks[b], false, decided_after(std::max(floor_, available(b))), block_rest_[b]);
    }
  }
  for (GroupId g = 0; g < graph_.groups.size(); ++g)
    if (!graph_.is_host(graph_.groups[g])) add(graph_.blocks[graph_.groups[g].output], true, result_[g], after_[g]);
  Ps end{0};
  for (auto* tasks : {&dram, &in, &out, &shared, &credits}) end = std::max(end, one_resource_bound(std::move(*tasks)));
  // The last packet of each channel need not wait for its own share.
  const Ps lead = arch::time_at(limits_.dma_channels * limits_.packet_bytes, limits_.channels_rate) + Ps{1};
  return std::max(end, one_resource_bound(std::move(channels)) - lead);
}

}  // namespace tessera::scheduler
