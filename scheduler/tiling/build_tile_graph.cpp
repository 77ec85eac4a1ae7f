#include "scheduler/tiling/build_tile_graph.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/checked.h"
#include "scheduler/tiles/tile_graph_build.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/run_size.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

namespace {

// Block shapes of what has been tiled, so that element-wise operators can inherit them.
class Shapes {
 public:
  explicit Shapes(const models::Network& network)
      : network_(network), by_operator_(network.operators.size(), kNone), by_root_(network.tensors.size(), kNone) {}

  void set(models::OperatorId id, models::TensorId root, const BlockShape& shape) {
    by_operator_[id] = shape;
    if (by_root_[root][0] == 0) by_root_[root] = shape;
  }
  // Of the first producer of the operator's first input; zeros: fed in, constant, or no input.
  [[nodiscard]] BlockShape inherited(const models::Operator& op, const AddressPlan& addresses) const {
    if (op.inputs.empty()) return kNone;
    const auto& tensor = network_.tensors[op.inputs[0]];
    if (tensor.producer != models::kNone) return by_operator_[tensor.producer];
    return by_root_[addresses.root(op.inputs[0])];
  }

 private:
  static constexpr BlockShape kNone{0, 0, 0, 0};
  const models::Network& network_;
  std::vector<BlockShape> by_operator_, by_root_;
};

base::Result<BlockShape> write_tiles(const TilingContext& c, models::OperatorId id, const Shapes& shapes) {
  for (const models::TensorId input : c.network.operators[id].inputs) {
    if (c.network.is_empty(input))
      return base::failure("operator \"" + c.network.operators[id].name + "\" makes elements out of the tensor \"" +
                           c.network.tensors[input].name + "\", which has none");
  }
  switch (c.network.operators[id].unit) {
    case models::Unit::pe: return write_pe_tiles(c, id);
    case models::Unit::vector: return write_vector_tiles(c, id, shapes.inherited(c.network.operators[id], c.addresses));
    case models::Unit::movement: return write_movement_tiles(c, id);
  }
  return base::failure("operator \"" + c.network.operators[id].name + "\" runs on no known unit");
}

std::optional<std::string> count_refusal(const TileGraph& graph, std::int64_t requests) {
  constexpr std::int64_t kMost = kMostTilesOfRun;
  const auto of_one = static_cast<std::int64_t>(std::max(graph.tiles.size(), graph.blocks.size()));
  if (of_one == 0 || requests <= kMost / of_one) return std::nullopt;
  return "requests.count: " + std::to_string(requests) + " requests of " + std::to_string(of_one) +
         " tiles and blocks each are more than the " + std::to_string(kMost) + " that can be told apart; at most " +
         std::to_string(kMost / of_one) + " requests";
}

// Copies request 0 for every further one: same tiles and constants, activations `bytes` further on.
void repeat_requests(TileGraph& graph, std::uint32_t count, std::int64_t bytes) {
  const auto tiles = graph.tiles.size(), groups = graph.groups.size(), blocks = graph.blocks.size();
  const auto buffers = static_cast<std::uint32_t>(graph.buffers.size());
  for (std::uint32_t r = 1; r < count; ++r) {
    // Those of constants get copies that nothing refers to: a buffer's number is then its place in the request.
    for (std::uint32_t b = 0; b < buffers; ++b) {
      const Buffer first = graph.buffers[b];
      graph.buffers.push_back({first.begin + r * bytes, first.end + r * bytes, 0});
    }
    std::vector<BlockId> moved(blocks);
    for (BlockId b = 0; b < blocks; ++b) {
      moved[b] = b;
      if (graph.blocks[b].constant) continue;
      moved[b] = static_cast<BlockId>(graph.blocks.size());
      Block copy = graph.blocks[b];
      copy.request = r;
      copy.where.base += r * bytes;
      copy.buffer += r * buffers;
      graph.blocks.push_back(copy);
    }
    const auto block = [&](BlockId b) { return b == kNoId ? kNoId : moved[b]; };
    for (std::size_t t = 0; t < tiles; ++t) {
      Tile copy = graph.tiles[t];
      copy.request = r;
      copy.group += static_cast<GroupId>(r * groups);
      copy.input = block(copy.input);
      copy.weight = block(copy.weight);
      graph.tiles.push_back(copy);
    }
    for (std::size_t g = 0; g < groups; ++g) {
      Group copy = graph.groups[g];
      copy.request = r;
      copy.first += static_cast<TileId>(r * tiles);
      copy.output = block(copy.output);
      graph.groups.push_back(copy);
    }
  }
}

void count_loads(TileGraph& graph) {
  for (const Tile& tile : graph.tiles)
    for (const BlockId operand : {tile.input, tile.weight})
      if (operand != kNoId) ++graph.buffers[graph.blocks[operand].buffer].loads;
}

}  // namespace

base::Result<TileGraph> build_tile_graph(const models::Network& network, const arch::NpuSpec& npu,
                                         const arch::MachineLimits& limits, const ScheduleSpec& schedule,
                                         const RequestSpec& requests, const Building& building) {
  if (auto without_effect = check_tile_rules(schedule, network); !without_effect.empty()) return without_effect;
  const RunSize size = least_size(network, npu, schedule, requests);
  if (auto problem = over_limit(size, building.limits)) return base::failure(std::move(*problem));
  if (building.on_size) building.on_size(size);
  const auto progress = [&building](std::string_view step, std::uint64_t done, std::uint64_t total) {
    if (building.on_progress) building.on_progress(step, done, total);
  };
  TileGraph graph;
  AddressPlan addresses(network, npu, requests.count);
  TileWriter writer(network, npu, addresses, graph);
  writer.bound(building.limits, requests.count);
  writer.on_tiles([&progress](std::uint64_t tiles) { progress("tiles made", tiles, 0); });
  KnownSizes known_sizes;
  const TilingContext context{network, npu, schedule, limits, addresses, writer, known_sizes};
  Shapes shapes(network);
  base::Diagnostics problems;
  for (models::OperatorId id = 0; id < network.operators.size(); ++id) {
    progress("operators tiled", id, network.operators.size());
    if (network.is_empty(network.operators[id].output)) continue;  // no tiles, no bytes
    auto shape = write_tiles(context, id, shapes);
    if (shape) shapes.set(id, addresses.root(network.operators[id].output), *shape);
    else problems.append(shape.problems());
  }
  if (const auto& too_large = writer.refusal()) return base::failure(*too_large);
  if (!problems.empty()) return problems;

  if (const auto too_many = count_refusal(graph, requests.count)) return base::failure(*too_many);
  const auto slots = slot_bytes(npu, schedule);
  for (std::size_t i = 0; i < 3; ++i) {
    graph.slot_bytes[i] = slots[i];
    graph.slots[i] = schedule.buffers[i];
  }
  for (std::int64_t r = 0; r < requests.count; ++r) graph.arrivals.push_back(requests.interval * r);
  for (const auto& op : network.operators)
    if (op.unit == models::Unit::pe)
      graph.macs = base::saturating_sum(graph.macs, base::saturating_product(op.pe.macs(), requests.count));
  graph.dram_bytes_end = addresses.end();
  progress("requests made", 0, static_cast<std::uint64_t>(requests.count));
  repeat_requests(graph, static_cast<std::uint32_t>(requests.count), addresses.request_bytes());
  count_loads(graph);
  progress("tiles linked", 0, graph.tiles.size());
  return link_tile_graph(std::move(graph), network);
}

}  // namespace tessera::scheduler
