#include "scheduler/planning/orders.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

std::vector<Ps> upward_ranks(const PlanCosts& costs, bool transfers) {
  const TileGraph& graph = *costs.graph;
  std::vector<Ps> ranks(graph.groups.size(), Ps{0});
  // Successors have higher numbers: operators are in topological order.
  for (auto g = static_cast<GroupId>(ranks.size()); g-- > 0;) {
    const Group& group = graph.groups[g];
    Ps behind{0}, own{0};
    for (const GroupId s : graph.successors(g)) behind = std::max(behind, ranks[s]);
    for (TileId t = group.first; t < group.first + group.slices; ++t) {
      const PlanTile& tile = costs.tiles[t];
      Ps load{0};
      for (const BlockId b : tile.block)
        if (transfers && b != kNoId && !costs.blocks[b].constant) load += costs.blocks[b].move.longest();
      own += std::max(load, costs.works[tile.work].occupancy);
    }
    ranks[g] = behind + own;
    if (!transfers) continue;
    if (group.output != kNoId) ranks[g] += costs.blocks[group.output].move.longest();
    ranks[g] += costs.decision + costs.read_way + costs.write_way;
  }
  return ranks;
}

OrderPick::OrderPick(const PlanCosts& costs, std::span<const Order> orders) : costs_(costs) {
  if (std::ranges::find(orders, Order::ranked) != orders.end()) ranks_ = upward_ranks(costs, true);
  if (std::ranges::find(orders, Order::critical) != orders.end()) work_ranks_ = upward_ranks(costs, false);
}

std::optional<PlanChoice> OrderPick::pick(MachineModel& model, Order order) {
  best_ = {};
  bool wrapped = false;
  const std::uint32_t start = turn_;
  int probes = kProbes;
  for (std::uint32_t c = model.next_awake(start); probes > 0; c = model.next_awake(c + 1)) {
    if (c == kNoId || (wrapped && c >= start)) {
      if (wrapped || start == 0) break;
      wrapped = true;
      c = model.next_awake(0);
      if (c == kNoId || c >= start) break;
    }
    if (look_at(model, order, c)) --probes;
    else model.sleep(c);
  }
  if (costs_.cores > kProbes) turn_ = (turn_ + kProbes) % costs_.cores;
  if (best_.tile == kNoId) return std::nullopt;
  return best_;
}

bool OrderPick::look_at(const MachineModel& model, Order order, std::uint32_t core) {
  bool any = false;
  for (const TileId t : model.continuations(core)) any |= consider(model, order, t, core);
  const auto active = model.active();
  // By kind: the stage that goes first, and the first of them in which the core is home to a ready tile.
  std::uint32_t first[3] = {kNoId, kNoId, kNoId}, own[3] = {kNoId, kNoId, kNoId};
  int left = kStages;
  for (std::size_t i = 0; i < active.size() && left > 0; ++i) {
    const std::uint32_t stage = active[order == Order::deepest ? active.size() - 1 - i : i];
    const auto kind = static_cast<std::size_t>(costs_.tiles[costs_.stage_first[stage]].kind);
    if (first[kind] == kNoId) first[kind] = stage;
    // By rank alone any core may take any tile.
    const GroupId g = order == Order::ranked ? model.first_ready(stage) : model.first_ready(stage, core);
    if (g == kNoId) continue;
    if (own[kind] == kNoId) own[kind] = stage;
    --left;
    any |= consider(model, order, costs_.graph->groups[g].first, core);
  }
  // Of the stage that goes first, what its core can spare; where order matters less, only for a core without its own.
  for (std::size_t kind = 0; kind < 3; ++kind) {
    if (first[kind] == kNoId || own[kind] == first[kind] || (order == Order::deepest && own[kind] != kNoId)) continue;
    TileId t = spare(model, first[kind], core);
    // The deepest stage has often one ready tile, which its home takes; of stages with one home, then, the next.
    for (std::size_t i = active.size(); order == Order::deepest && t == kNoId && i-- > 0;) {
      const std::uint32_t stage = active[i];
      if (active.size() - i > kStages) break;
      if (static_cast<std::size_t>(costs_.tiles[costs_.stage_first[stage]].kind) != kind) continue;
      if (stage < first[kind] && model.homes_of(stage) == 1) t = spare(model, stage, core);
    }
    if (t != kNoId) any |= consider(model, order, t, core);
  }
  return any;
}

bool OrderPick::consider(const MachineModel& model, Order order, TileId t, std::uint32_t core) {
  if (!model.legal(t, core)) return false;
  const Key k = key(model, order, t, core);
  // A request of higher priority goes first, whatever the order.
  const std::int32_t priority = costs_.graph->requests[costs_.graph->tiles[t].request].priority;
  if (best_.tile == kNoId || priority > best_priority_ || (priority == best_priority_ && k < best_key_))
    best_ = {t, core}, best_key_ = k, best_priority_ = priority;
  return true;
}

OrderPick::Key OrderPick::key(const MachineModel& model, Order order, TileId t, std::uint32_t core) const {
  const PlanTile& tile = costs_.tiles[t];
  const std::int64_t queued = model.queued(core, tile.unit());
  const std::int64_t request = costs_.stage_request[tile.stage];
  switch (order) {
    case Order::earliest:
      // An open group goes on before others of its core begin.
      if (!tile.first) return {queued == 0 ? std::int64_t{-1} : std::int64_t{0}, queued, 0, t};
      return {tile.stage, queued, model.missing(t, core, false).count(), t};
    case Order::deepest:
      return {queued, request, model.missing(t, core, true).count(), -std::int64_t{tile.stage} * (1LL << 32) + t};
    case Order::cheapest: {
      const Ps missing = model.missing(t, core, false);
      const Ps backlog = model.path_free() - model.now();
      const Ps ready = model.now() + costs_.decision + (missing == Ps{0} ? Ps{0} : backlog + missing);
      const Ps idle = std::max(Ps{0}, ready - model.busy_until(core, tile.unit()));
      const Ps again = missing == Ps{0} ? Ps{0} : model.missing(t, core, true);
      return {model.busy_until(core, 0) > model.now(), (idle + again).count(), t, missing.count()};
    }
    case Order::ranked: {
      const Ps missing = model.missing(t, core, false);
      const Ps there = missing == Ps{0} ? model.now() : model.path_free() + missing;
      const Ps end = std::max(there, model.busy_until(core, tile.unit())) + model.occupancy(t);
      return {request, -ranks_[tile.group].count(), end.count(), t};
    }
    case Order::critical: return {request, -work_ranks_[tile.group].count(), queued, t};
    case Order::leanest:
      return {queued, request, model.missing(t, core, false).count(), -std::int64_t{tile.stage} * (1LL << 32) + t};
  }
  return {};
}

// As Homes::spare: the last waiting tile of the home that has the first one, where it would come to it later than its
// operands reach this core.
TileId OrderPick::spare(const MachineModel& model, std::uint32_t stage, std::uint32_t core) const {
  const GroupId first = model.first_ready(stage);
  if (first == kNoId) return kNoId;
  const auto& groups = costs_.graph->groups;
  const std::uint32_t owner = groups[first].core_hint % costs_.cores;
  if (owner == core) return kNoId;
  const GroupId last = model.last_ready(stage, owner);
  if (last == kNoId) return kNoId;
  const TileId t = groups[last].first;
  const PlanTile& tile = costs_.tiles[t];
  if (last == first && model.queued(owner, tile.unit()) < costs_.queue) return kNoId;
  if (tile.kind == TileKind::movement || model.homes_of(stage) == 1) return t;
  const std::int64_t slices = groups[last].slices;
  const Ps bring = model.missing(t, core, false) * slices * model.homes_of(stage) * kSlowness;
  const Ps comes = model.busy_until(owner, tile.unit()) - model.now() +
                   model.occupancy(t) * slices * (std::int64_t{model.left(stage, owner)} - 1);
  return comes > bring ? t : kNoId;
}

}  // namespace tessera::scheduler
