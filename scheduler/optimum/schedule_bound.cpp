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

}  // namespace tessera::scheduler
