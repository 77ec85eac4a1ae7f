// What an operator's tiles are, and what they come to: for lists of what `auto` chose.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

struct OperatorPlan {
  std::string type;
  models::Unit unit = models::Unit::pe;
  TileRule rule;                    // held; its pattern is the operator's name
  std::int64_t channel_groups = 1;  // of a grouped convolution, in one tile
  // Of all requests. A group is an output block; its tiles are the slices along k.
  std::int64_t tiles = 0, groups = 0;
  // What its tiles move if no slot is ever reused, whole bursts: the operators' bytes add up to planned_bytes().
  std::int64_t input_bytes = 0, weight_bytes = 0, output_bytes = 0;
  [[nodiscard]] std::int64_t slices() const { return groups > 0 ? tiles / groups : 0; }
};

struct TilingPlan {
  std::array<std::int64_t, 3> slots{0, 0, 0};  // of the input, weight and output region of a core
  std::vector<OperatorPlan> operators;         // that have tiles, in the network's order
};
[[nodiscard]] TilingPlan tiling_plan(const models::Network&, const TileGraph&);

}  // namespace tessera::scheduler
