#include "scheduler/planning/orders.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

namespace {
// Any core may take any tile, whatever its home.
bool goes_anywhere(Order order) { return order == Order::ranked || order == Order::in_turn; }
}  // namespace

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
        if (transfers && b != kNoId && !costs.blocks[b].constant) load += costs.blocks[b].move.share(costs.parts);
      own += std::max(load, costs.occupancy(t));
    }
    ranks[g] = behind + own;
    if (!transfers) continue;
    if (group.output != kNoId) ranks[g] += costs.blocks[group.output].move.share(costs.parts);
    ranks[g] += costs.decision + costs.read_way + costs.write_way;
  }
  return ranks;
}

OrderPick::OrderPick(const PlanCosts& costs, std::span<const Order> orders) : costs_(costs) {
  if (std::ranges::find(orders, Order::ranked) != orders.end()) ranks_ = upward_ranks(costs, true);
  if (std::ranges::find(orders, Order::critical) != orders.end()) work_ranks_ = upward_ranks(costs, false);
}

std::optional<PlanChoice> OrderPick::pick(MachineModel& model, Order order) {
  if (model.next_awake(0) == kNoId) return std::nullopt;
  best_ = {};
  look_around(model, order);
  bool wrapped = false;
  const std::uint32_t start = model.turn(kProbes);
  std::uint32_t probes = kProbes;
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
  if (best_.tile == kNoId) return std::nullopt;
  best_.at = model.now();
  return best_;
}

void OrderPick::look_around(const MachineModel& model, Order order) {
  const ReadyGroups& ready = model.ready();
  now_.any.clear();
  for (std::size_t k = 0; k < kDispatchedKinds; ++k) {
    const auto kind = static_cast<TileKind>(k);
    now_.first[k] = order == Order::deepest ? ready.last_stage(kind, costs_.stages()) : ready.next_stage(kind, 0);
    now_.asked[k] = false;
    if (!goes_anywhere(order)) continue;
    int left = kStages;
    for (std::uint32_t s = now_.first[k]; s != kNoId && left > 0; s = ready.next_stage(kind, s + 1)) {
      const GroupId g = ready.first(s);
      if (g == kNoId) continue;
      --left;
      now_.any.push_back(costs_.graph->groups[g].first);
    }
  }
}

bool OrderPick::look_at(const MachineModel& model, Order order, std::uint32_t core) {
  bool any = false;
  for (const TileId t : model.continuations(core)) any |= consider(model, order, t, core, any);
  if (goes_anywhere(order)) {
    for (const TileId t : now_.any) any |= consider(model, order, t, core, any);
    return any;
  }
  std::uint32_t own[kDispatchedKinds] = {kNoId, kNoId, kNoId};
  any |= look_at_own(model, order, core, own);
  // Of the stage that goes first, what its core can spare; where order matters less, only for a core without its own.
  for (std::size_t k = 0; k < kDispatchedKinds; ++k) {
    if (now_.first[k] == kNoId || own[k] == now_.first[k] || (order == Order::deepest && own[k] != kNoId)) continue;
    if (!model.room(static_cast<TileKind>(k), core)) continue;
    const TileId t = spare(model, order, k, core);
    if (t != kNoId) any |= consider(model, order, t, core, any);
  }
  return any;
}

bool OrderPick::look_at_own(const MachineModel& model, Order order, std::uint32_t core,
                            std::uint32_t (&own)[kDispatchedKinds]) {
  const ReadyGroups& ready = model.ready();
  const bool down = order == Order::deepest;
  bool any = false;
  int left = kStages;
  for (std::uint32_t s = down ? ready.last_stage_at(core, costs_.stages()) : ready.next_stage_at(core, 0);
       s != kNoId && left > 0; s = down ? ready.last_stage_at(core, s) : ready.next_stage_at(core, s + 1)) {
    // Later stages cannot go before what is the best already.
    if (order == Order::earliest && any && best_key_[0] < s) break;
    const GroupId g = ready.first(s, core);
    if (g == kNoId) continue;
    --left;
    const auto kind = static_cast<std::size_t>(costs_.stage_kind[s]);
    if (own[kind] == kNoId) own[kind] = s;
    if (!model.room(costs_.stage_kind[s], core)) continue;
    any |= consider(model, order, costs_.graph->groups[g].first, core, any);
  }
  return any;
}

bool OrderPick::consider(const MachineModel& model, Order order, TileId t, std::uint32_t core, bool any) {
  // A request of higher priority goes first, whatever the order.
  const std::int32_t priority = costs_.graph->requests[costs_.graph->tiles[t].request].priority;
  if (any && best_.tile != kNoId && priority <= best_priority_) {
    const auto least = bound(model, order, t, core);
    if (std::pair(least[0], least[1]) > std::pair(best_key_[0], best_key_[1])) return true;
  }
  if (!model.legal(t, core)) return false;
  const Key k = key(model, order, t, core);
  if (best_.tile == kNoId || priority > best_priority_ || (priority == best_priority_ && k < best_key_))
    best_ = {t, core}, best_key_ = k, best_priority_ = priority;
  return true;
}

std::array<std::int64_t, 2> OrderPick::bound(const MachineModel& model, Order order, TileId t,
                                             std::uint32_t core) const {
  const PlanTile& tile = costs_.tiles[t];
  const std::int64_t request = costs_.stage_request[tile.stage];
  const auto queued = [&]() -> std::int64_t { return model.queued(core, tile.unit()); };
  switch (order) {
    case Order::earliest:
      // An open group goes on before others of its core begin.
      if (!tile.first) return {queued() == 0 ? -1 : 0, queued()};
      return {tile.stage, queued()};
    case Order::deepest:
    case Order::leanest: return {queued(), request};
    case Order::cheapest: return {model.busy_until(core, 0) > model.now(), 0};
    case Order::ranked: return {request, -ranks_[tile.group].count()};
    case Order::critical: return {request, -work_ranks_[tile.group].count()};
    case Order::storing: return {request, store_waits(model, t, core)};
    case Order::in_turn: return {request, model.given(core)};
  }
  return {};
}

bool OrderPick::store_waits(const MachineModel& model, TileId t, std::uint32_t core) const {
  const PlanTile& tile = costs_.tiles[t];
  return tile.last && model.stores_until() > model.busy_until(core, tile.unit()) + costs_.occupancy(t);
}

OrderPick::Key OrderPick::key(const MachineModel& model, Order order, TileId t, std::uint32_t core) const {
  const PlanTile& tile = costs_.tiles[t];
  const auto [first, second] = bound(model, order, t, core);
  switch (order) {
    case Order::earliest: return {first, second, tile.first ? model.missing(t, core).all.count() : 0, t};
    case Order::deepest:
      return {first, second, model.missing(t, core).shared.count(), -std::int64_t{tile.stage} * (1LL << 32) + t};
    case Order::leanest:
      return {first, second, model.missing(t, core).all.count(), -std::int64_t{tile.stage} * (1LL << 32) + t};
    case Order::cheapest: {
      const auto missing = model.missing(t, core);
      const bool none = missing.all == Ps{0};
      const Ps there = model.now() + costs_.decision + (none ? Ps{0} : model.path_free() - model.now() + missing.all);
      const Ps idle = std::max(Ps{0}, there - model.busy_until(core, tile.unit()));
      return {first, (idle + missing.shared).count(), t, missing.all.count()};
    }
    case Order::ranked: {
      const Ps missing = model.missing(t, core).all;
      const Ps there = missing == Ps{0} ? model.now() : model.path_free() + missing;
      const Ps end = std::max(there, model.busy_until(core, tile.unit())) + costs_.occupancy(t);
      return {first, second, end.count(), t};
    }
    case Order::critical: return {first, second, std::int64_t{model.queued(core, tile.unit())}, t};
    case Order::storing: {
      const BlockId output = costs_.graph->groups[tile.group].output;
      const Ps store = output == kNoId ? Ps{0} : costs_.blocks[output].move.share(costs_.channels);
      return {first, second, -(second == 0 ? store : costs_.occupancy(t)).count(), t};
    }
    case Order::in_turn: return {first, second, tile.first ? std::int64_t{model.last_of(tile.stage)} : -1, t};
  }
  return {};
}

// --- what others take over ---

OrderPick::Offer OrderPick::offer(const MachineModel& model, std::uint32_t stage) const {
  const ReadyGroups& ready = model.ready();
  const GroupId first = ready.first(stage);
  if (first == kNoId) return {};
  const std::uint32_t owner = costs_.home_of(first);
  const GroupId last = ready.last(stage, owner);
  if (last == kNoId) return {};
  const TileId t = costs_.graph->groups[last].first;
  const PlanTile& tile = costs_.tiles[t];
  if (last == first && model.queued(owner, tile.unit()) < costs_.queue) return {};
  const std::int64_t slices = costs_.graph->groups[last].slices;
  Offer o{t, owner};
  o.free = tile.kind == TileKind::movement || ready.homes(stage) == 1;
  o.times = slices * ready.homes(stage) * kSlowness;
  o.comes = model.busy_until(owner, tile.unit()) - model.now() +
            costs_.occupancy(t) * slices * (std::int64_t{ready.left(stage, owner)} - 1);
  return o;
}

// As Homes::spare: the last waiting tile of the home that has the first one, where it would come to it later than its
// operands reach this core.
TileId OrderPick::spare(const MachineModel& model, Order order, std::size_t kind, std::uint32_t core) {
  if (!now_.asked[kind]) {
    now_.asked[kind] = true;
    now_.offer[kind] = offer(model, now_.first[kind]);
    now_.more[kind].clear();
    // The deepest stage has often one ready tile, which its home takes; of stages with one home, then, the next.
    const ReadyGroups& ready = model.ready();
    int left = order == Order::deepest ? kStages : 0;
    for (std::uint32_t s = now_.first[kind]; left-- > 0 && s != kNoId && now_.more[kind].size() < 2;) {
      s = ready.last_stage(static_cast<TileKind>(kind), s);
      if (s == kNoId || ready.homes(s) != 1) continue;
      const Offer next = offer(model, s);
      // A second one only for the owner of the first.
      if (next.tile != kNoId && (now_.more[kind].empty() || now_.more[kind][0].owner != next.owner))
        now_.more[kind].push_back(next);
    }
  }
  const Offer& first = now_.offer[kind];
  if (first.tile != kNoId && first.owner != core &&
      (first.free || first.comes > model.missing(first.tile, core).all * first.times)) {
    return first.tile;
  }
  for (const Offer& next : now_.more[kind])
    if (next.owner != core) return next.tile;
  return kNoId;
}

}  // namespace tessera::scheduler
