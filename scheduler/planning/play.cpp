#include "scheduler/planning/play.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

Player::Player(const MachineModel& start, std::span<const Order> orders)
    : costs_(start.costs()), pick_(costs_, orders) {
  const PlanCosts& costs = costs_;
  const TileGraph& graph = *costs.graph;
  needs_.reserve(costs.tiles.size());
  for (TileId t = 0; t < costs.tiles.size(); ++t) {
    const PlanTile& tile = costs.tiles[t];
    std::int64_t path = 0;
    for (const BlockId b : tile.block) {
      if (b == kNoId) continue;
      const PlanBlock& block = costs.blocks[b];
      const std::int64_t times = std::min<std::int64_t>(block.readers, start.ready().homes(tile.stage));
      path += block.move.share(costs.channels).count() * times / block.readers;
    }
    if (tile.last) path += costs.blocks[graph.groups[tile.group].output].move.share(costs.channels).count();
    if (tile.kind == TileKind::host) path = 0;
    const std::int64_t unit = costs.occupancy(t).count() / costs.cores;
    needs_.push_back(std::max({Ps{path}, Ps{unit}, Ps{costs.decision.count() / costs.schedulers}}));
  }
}

Ps Player::lost(const MachineModel& model, Ps needed) const {
  if (model.groups_left() == 0) return model.now() - needed;
  Ps arrays{0};
  for (std::uint32_t c = 0; c < costs_.cores; ++c)
    arrays += std::max(model.busy_until(c, 0), model.busy_until(c, 1)) - model.now();
  const Ps work = model.now() + Ps{arrays.count() / costs_.cores}, path = model.path_free();
  return std::max(work, path) + Ps{std::min(work, path).count() / 8} - needed;
}

// With the last tile the run is played to its end: nothing is left to be estimated.
void Player::play(MachineModel& model, Play& p, std::uint32_t until) {
  p.plan.clear();
  const auto ended = [&] {
    return model.dispatched() == until && (model.tiles_left() != 0 || model.groups_left() == 0);
  };
  do {
    while (model.may_decide() && model.dispatched() < until) {
      const auto choice = pick_.pick(model, p.order);
      if (!choice) break;
      model.dispatch(choice->tile, choice->core);
      p.needed += needs_[choice->tile];
      p.plan.push_back(*choice);
    }
  } while (!ended() && model.advance());
  p.lost = lost(model, p.needed);
  p.reached = model.now();
}

}  // namespace tessera::scheduler
