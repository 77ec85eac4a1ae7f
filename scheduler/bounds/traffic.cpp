#include "scheduler/bounds/traffic.h"

#include <map>
#include <utility>
#include <vector>

#include "scheduler/bounds/box_union.h"

namespace tessera::scheduler {

namespace {

// Boxes of one instance of a tensor (root and request), and what the instance is.
struct Touched {
  std::vector<models::Box> boxes;
  bool from_outside = false;  // constant or network input
  bool to_outside = false;    // network output
};
using Instances = std::map<std::pair<models::TensorId, std::uint32_t>, Touched>;

void touch(Instances& instances, const Block& block) {
  auto& instance = instances[{block.root, block.request}];
  instance.boxes.push_back(block.box);
  instance.from_outside = block.constant || block.network_input;
}

std::int64_t bytes_of(const Instances& instances, std::int64_t element_bytes, bool outside_only) {
  std::int64_t elements = 0;
  for (const auto& [id, instance] : instances)
    if (!outside_only || instance.from_outside || instance.to_outside) elements += union_elements(instance.boxes);
  return elements * element_bytes;
}

}  // namespace

Traffic compulsory_traffic(const TileGraph& graph, std::int64_t element_bytes, bool shared_sram) {
  std::vector<bool> loaded(graph.blocks.size());
  for (const Tile& tile : graph.tiles)
    for (const BlockId operand : {tile.input, tile.weight})
      if (operand != kNoId) loaded[operand] = true;
  Instances reads, writes, outputs;
  for (BlockId b = 0; b < graph.blocks.size(); ++b)
    if (loaded[b]) touch(reads, graph.blocks[b]);
  for (const Group& group : graph.groups) {
    const Block& block = graph.blocks[group.output];
    touch(writes, block);
    if (!block.network_output) continue;
    touch(outputs, block);
    outputs[{block.root, block.request}].to_outside = true;
  }
  Traffic t;
  t.core_read = bytes_of(reads, element_bytes, false);
  t.core_write = bytes_of(writes, element_bytes, false);
  t.dram_read = shared_sram ? bytes_of(reads, element_bytes, true) : t.core_read;
  t.dram_write = shared_sram ? bytes_of(outputs, element_bytes, false) : t.core_write;
  return t;
}

}  // namespace tessera::scheduler
