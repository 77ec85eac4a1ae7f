#include "scheduler/tiles/operator_plan.h"

#include <algorithm>
#include <utility>

namespace tessera::scheduler {

TilingPlan tiling_plan(const models::Network& network, const TileGraph& graph) {
  std::vector<OperatorPlan> plans(network.operators.size());
  const auto bytes = [&graph](BlockId block) { return block == kNoId ? 0 : graph.blocks[block].bytes; };
  for (const Tile& tile : graph.tiles) {
    OperatorPlan& plan = plans[tile.op];
    ++plan.tiles;
    plan.input_bytes += bytes(tile.input);
    plan.weight_bytes += bytes(tile.weight);
  }
  for (const Group& group : graph.groups) {
    ++plans[group.op].groups;
    if (!graph.is_host(group)) plans[group.op].output_bytes += bytes(group.output);
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const models::Operator& op = network.operators[i];
    plans[i].type = op.type;
    plans[i].unit = op.unit;
    plans[i].rule = graph.chosen_for(i);
    if (op.unit == models::Unit::pe) plans[i].channel_groups = std::max<std::int64_t>(1, plans[i].rule.n / op.pe.n);
  }
  std::erase_if(plans, [](const OperatorPlan& plan) { return plan.tiles == 0 || plan.unit == models::Unit::host; });
  return {{graph.slots[0], graph.slots[1], graph.slots[2]}, std::move(plans)};
}

}  // namespace tessera::scheduler
