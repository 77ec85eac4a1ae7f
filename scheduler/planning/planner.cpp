#include "scheduler/planning/planner.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

Planner::Planner(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                 const ScheduleSpec& schedule, std::span<const Order> orders, std::uint32_t window)
    : costs_(graph, npu, limits, schedule), model_(costs_), orders_(orders), pick_(costs_, orders), window_(window) {
  const std::size_t tiles = costs_.tiles.size();
  needs_.assign(tiles, Ps{0});
  for (TileId t = 0; t < tiles; ++t) {
    const PlanTile& tile = costs_.tiles[t];
    std::int64_t path = 0;
    for (const BlockId b : tile.block) {
      if (b == kNoId) continue;
      const PlanBlock& block = costs_.blocks[b];
      const std::int64_t times = std::min<std::int64_t>(block.readers, model_.homes_of(tile.stage));
      path += block.move.share(costs_.channels).count() * times / block.readers;
    }
    if (tile.last) path += costs_.blocks[graph.groups[tile.group].output].move.share(costs_.channels).count();
    if (tile.kind == TileKind::host) path = 0;
    const std::int64_t unit = model_.occupancy(t).count() / costs_.cores;
    needs_[t] = std::max({Ps{path}, Ps{unit}, Ps{costs_.decision.count() / costs_.schedulers}});
  }
}

Ps Planner::lost() const {
  Ps arrays{0};
  for (std::uint32_t c = 0; c < costs_.cores; ++c)
    arrays += std::max(model_.busy_until(c, 0), model_.busy_until(c, 1)) - model_.now();
  const Ps work = model_.now() + Ps{arrays.count() / costs_.cores}, path = model_.path_free();
  return std::max(work, path) + Ps{std::min(work, path).count() / 8} - needed_;
}

// With the last tile the run is played to its end: nothing is left to be estimated.
bool Planner::ended(std::uint32_t until) const {
  return model_.dispatched() == until && (model_.tiles_left() != 0 || model_.groups_left() == 0);
}

Ps Planner::play(Order order, std::uint32_t until) {
  plan_.clear();
  needed_ = Ps{0};
  do {
    while (model_.may_decide() && model_.dispatched() < until) {
      const auto choice = pick_.pick(model_, order);
      if (!choice) break;
      model_.dispatch(choice->tile, choice->core);
      needed_ += needs_[choice->tile];
      plan_.push_back({choice->tile, choice->core, model_.now()});
    }
  } while (!ended(until) && model_.advance());
  return model_.tiles_left() == 0 ? model_.now() - needed_ : lost();
}

const std::vector<PlanChoice>& Planner::next() {
  best_.clear();
  const std::uint32_t until = model_.dispatched() + std::min(window_, model_.tiles_left());
  if (until == model_.dispatched()) return best_;
  if (orders_.size() == 1) {
    play(orders_[0], until);
    best_.swap(plan_);
    return best_;
  }
  // What an order leaves behind may cost more than it saved in its window; played to the end, nothing is left behind.
  const bool to_the_end = model_.tiles_left() <= kToTheEnd;
  const std::uint32_t judged = to_the_end ? model_.dispatched() + model_.tiles_left() : until;
  Ps least = base::kNever;
  Order best = orders_[0];
  for (const Order order : orders_) {
    if (order == Order::ranked && !to_the_end) continue;  // it spares no bytes: what it loses shows later
    model_.mark();
    const Ps time = play(order, judged);
    if (!plan_.empty() && time < least) least = time, best = order;
    model_.rewind();
  }
  play(best, until);
  best_.swap(plan_);
  return best_;
}

}  // namespace tessera::scheduler
