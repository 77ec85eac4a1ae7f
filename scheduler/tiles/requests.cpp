#include "scheduler/tiles/requests.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tessera::scheduler {

std::vector<Request> requests_of(const RequestSpec& spec) {
  std::vector<Request> requests(static_cast<std::size_t>(spec.count));
  for (std::size_t r = 0; r < requests.size(); ++r) {
    const RequestEntry entry = spec.at(static_cast<std::int64_t>(r));
    requests[r].arrival = entry.arrival;
    requests[r].priority = entry.priority;
    if (entry.deadline > base::Ps{0}) requests[r].deadline = entry.arrival + entry.deadline;
  }
  return requests;
}

void repeat_requests(TileGraph& graph, std::uint32_t count, std::int64_t bytes) {
  const auto tiles = graph.tiles.size(), groups = graph.groups.size(), blocks = graph.blocks.size(),
             host_tasks = graph.host_tasks.size();
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
    for (std::size_t h = 0; h < host_tasks; ++h) {
      HostTask copy = graph.host_tasks[h];
      copy.tile += static_cast<TileId>(r * tiles);
      std::ranges::transform(copy.reads, copy.reads.begin(), block);
      std::ranges::transform(copy.writes, copy.writes.begin(), block);
      graph.host_tasks.push_back(std::move(copy));
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

}  // namespace tessera::scheduler
