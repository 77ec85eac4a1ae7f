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
  std::vector<std::uint32_t> of;  // the block or the group of each
  bool from_outside = true;       // all of them are constant or lie in a network input
  bool to_outside = false;        // network output
  std::int64_t bits = 8;          // of one element
};
using Instances = std::map<std::pair<models::TensorId, std::uint32_t>, Touched>;

void touch(Instances& instances, const Block& block, std::uint32_t of) {
  auto& instance = instances[{block.root, block.request}];
  instance.boxes.push_back(block.box);
  instance.of.push_back(of);
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

// What tiles load and what groups store.
struct Touches {
  Instances reads, writes, outputs;
};

Touches touches(const TileGraph& graph) {
  std::vector<bool> loaded(graph.blocks.size());
  for (const Tile& tile : graph.tiles)
    for (const BlockId operand : {tile.input, tile.weight})
      if (operand != kNoId) loaded[operand] = true;
  Touches t;
  for (BlockId b = 0; b < graph.blocks.size(); ++b)
    if (loaded[b]) touch(t.reads, graph.blocks[b], b);
  for (GroupId g = 0; g < graph.groups.size(); ++g) {
    if (graph.is_host(graph.groups[g])) continue;
    const Block& block = graph.blocks[graph.groups[g].output];
    touch(t.writes, block, g);
    if (!block.network_output) continue;
    touch(t.outputs, block, g);
    t.outputs[{block.root, block.request}].to_outside = true;
  }
  return t;
}

// Packets of loads, and what of them a write queue may answer.
void add_packets(const TileGraph& graph, const Instances& reads, const arch::MachineLimits& limits,
                 std::vector<Traffic>& load) {
  const arch::PacketCuts cuts(limits.packet_bytes);
  for (const auto& [id, instance] : reads) {
    for (const BlockId b : largest(graph, instance.of)) {
      Traffic& t = load[b];
      t.packets_read = packets_of(graph.blocks[b], limits.burst_bytes, cuts);
      if (!limits.forwards || !may_be_forwarded(graph.blocks[b])) continue;
      t.packets_forwarded = t.packets_read;
      t.forwarded = graph.blocks[b].bytes;
    }
  }
}

// By the block or group of each box: the bytes of elements that no box before it has, rounded down.
void add_bytes(const Instances& instances, std::vector<Traffic>& moves, std::int64_t Traffic::*bytes) {
  for (const auto& [id, instance] : instances) {
    const auto elements = first_elements(instance.boxes);
    for (std::size_t i = 0; i < elements.size(); ++i) moves[instance.of[i]].*bytes = elements[i] * instance.bits / 8;
  }
}

CompulsoryMoves moves_of(const TileGraph& graph, const Touches& touched, const arch::MachineLimits& limits) {
  const bool shared_sram = limits.shared_sram_rate > 0;
  const arch::PacketCuts cuts(limits.packet_bytes);
  CompulsoryMoves moves{std::vector<Traffic>(graph.blocks.size()), std::vector<Traffic>(graph.groups.size())};
  add_bytes(touched.reads, moves.load, &Traffic::core_read);
  add_bytes(touched.writes, moves.store, &Traffic::core_write);
  add_packets(graph, touched.reads, limits, moves.load);
  for (const auto& [id, instance] : touched.reads) {
    for (const BlockId b : instance.of) {
      const bool forwarded = limits.forwards && may_be_forwarded(graph.blocks[b]);
      if (shared_sram ? instance.from_outside : !forwarded) moves.load[b].dram_read = moves.load[b].core_read;
    }
  }
  for (GroupId g = 0; g < graph.groups.size(); ++g) {
    if (graph.is_host(graph.groups[g])) continue;
    moves.store[g].packets_write = packets_of(graph.blocks[graph.groups[g].output], limits.burst_bytes, cuts);
    if (!shared_sram) moves.store[g].dram_write = moves.store[g].core_write;
  }
  return moves;
}

}  // namespace

bool may_be_forwarded(const Block& block) {
  return !block.constant && !block.network_input && block.bytes != block.useful_bytes;
}

CompulsoryMoves compulsory_moves(const TileGraph& graph, const arch::MachineLimits& limits) {
  return moves_of(graph, touches(graph), limits);
}

Traffic compulsory_traffic(const TileGraph& graph, const arch::MachineLimits& limits) {
  const bool shared_sram = limits.shared_sram_rate > 0;
  const Touches touched = touches(graph);
  const CompulsoryMoves moves = moves_of(graph, touched, limits);
  Traffic t;
  for (const Traffic& load : moves.load) t += load;
  for (const Traffic& store : moves.store) t += store;
  t.core_read = bytes_of(touched.reads, false);
  t.core_write = bytes_of(touched.writes, false);
  t.dram_read = shared_sram ? bytes_of(touched.reads, true) : t.core_read;
  t.dram_write = shared_sram ? bytes_of(touched.outputs, false) : t.core_write;
  t.forwarded = std::min(t.forwarded, t.core_read);
  return t;
}

}  // namespace tessera::scheduler
