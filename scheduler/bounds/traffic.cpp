#include "scheduler/bounds/traffic.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "arch/transfer/bursts.h"
#include "arch/transfer/packet_cuts.h"
#include "base/precision.h"
#include "scheduler/bounds/box_union.h"
#include "scheduler/tiles/box_index.h"

namespace tessera::scheduler {

namespace {

// Boxes of one instance of a tensor (root and request), and what the instance is.
struct Touched {
  std::vector<models::Box> boxes;
  bool from_outside = true;  // all of them are constant or lie in a network input
  bool to_outside = false;   // network output
  std::int64_t bits = 8;     // of one element
};
using Instances = std::map<std::pair<models::TensorId, std::uint32_t>, Touched>;

void touch(Instances& instances, const Block& block) {
  auto& instance = instances[{block.root, block.request}];
  instance.boxes.push_back(block.box);
  instance.bits = block.bits;
  instance.from_outside = instance.from_outside && (block.constant || block.network_input);
}

std::int64_t bytes_of(const Instances& instances, bool outside_only) {
  std::int64_t bytes = 0;
  for (const auto& [id, instance] : instances)
    if (!outside_only || instance.from_outside || instance.to_outside)
      bytes += base::packed_bytes(union_elements(instance.boxes), instance.bits);
  return bytes;
}

std::int64_t packets_of(const Block& block, std::int64_t burst, const arch::PacketCuts& cuts) {
  std::int64_t packets = 0;
  arch::BurstRuns runs(block.where, burst);
  for (arch::BurstRun run; runs.next(run);) packets += cuts.of(run.begin, run.end);
  return packets;
}

bool contains(const models::Box& outer, const models::Box& inner) {
  for (std::size_t a = 0; a < 4; ++a)
    if (outer.begin[a] > inner.begin[a] || outer.end[a] < inner.end[a]) return false;
  return true;
}

// Of the blocks of one instance, those that no other contains. Equal boxes are one block.
std::vector<BlockId> largest(const TileGraph& graph, const std::vector<BlockId>& blocks) {
  models::Shape shape{1, 1, 1, 1};
  std::vector<models::Box> boxes;
  for (const BlockId b : blocks) {
    boxes.push_back(graph.blocks[b].box);
    for (std::size_t a = 0; a < 4; ++a) shape[a] = std::max(shape[a], boxes.back().end[a]);
  }
  const BoxIndex index(shape, boxes, blocks);
  std::vector<BlockId> result;
  std::vector<std::uint32_t> near;
  for (const BlockId b : blocks) {
    near.clear();
    index.find(graph.blocks[b].box, near);
    if (std::ranges::none_of(near,
                             [&](BlockId o) { return o != b && contains(graph.blocks[o].box, graph.blocks[b].box); }))
      result.push_back(b);
  }
  return result;
}

void add_packets(const TileGraph& graph, const std::vector<bool>& loaded, const arch::MachineLimits& limits,
                 Traffic& t) {
  const arch::PacketCuts cuts(limits.packet_bytes);
  std::map<std::pair<models::TensorId, std::uint32_t>, std::vector<BlockId>> instances;
  for (BlockId b = 0; b < graph.blocks.size(); ++b)
    if (loaded[b]) instances[{graph.blocks[b].root, graph.blocks[b].request}].push_back(b);
  for (const auto& [instance, blocks] : instances) {
    for (const BlockId b : largest(graph, blocks)) {
      const std::int64_t packets = packets_of(graph.blocks[b], limits.burst_bytes, cuts);
      t.packets_read += packets;
      if (!limits.forwards || !may_be_forwarded(graph.blocks[b])) continue;
      t.packets_forwarded += packets;
      t.forwarded += graph.blocks[b].bytes;
    }
  }
  for (const Group& group : graph.groups)
    if (!graph.is_host(group)) t.packets_write += packets_of(graph.blocks[group.output], limits.burst_bytes, cuts);
}

}  // namespace

bool may_be_forwarded(const Block& block) {
  return !block.constant && !block.network_input && block.bytes != block.useful_bytes;
}

Traffic compulsory_traffic(const TileGraph& graph, const arch::MachineLimits& limits) {
  const bool shared_sram = limits.shared_sram_rate > 0;
  std::vector<bool> loaded(graph.blocks.size());
  for (const Tile& tile : graph.tiles)
    for (const BlockId operand : {tile.input, tile.weight})
      if (operand != kNoId) loaded[operand] = true;
  Instances reads, writes, outputs;
  for (BlockId b = 0; b < graph.blocks.size(); ++b)
    if (loaded[b]) touch(reads, graph.blocks[b]);
  for (const Group& group : graph.groups) {
    if (graph.is_host(group)) continue;
    const Block& block = graph.blocks[group.output];
    touch(writes, block);
    if (!block.network_output) continue;
    touch(outputs, block);
    outputs[{block.root, block.request}].to_outside = true;
  }
  Traffic t;
  t.core_read = bytes_of(reads, false);
  t.core_write = bytes_of(writes, false);
  t.dram_read = shared_sram ? bytes_of(reads, true) : t.core_read;
  t.dram_write = shared_sram ? bytes_of(outputs, false) : t.core_write;
  add_packets(graph, loaded, limits, t);
  t.forwarded = std::min(t.forwarded, t.core_read);
  return t;
}

}  // namespace tessera::scheduler
