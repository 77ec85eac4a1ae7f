// Tiles that can change places without anybody noticing: schedules that differ by no more take the same time, so that
// one of each such set is enough.
//
// An exchange maps a graph onto itself: tiles on tiles with the same work, operands, results, predecessors and
// successors, and their blocks on blocks that lie alike in memory. Those found are their own inverses: pairs of tiles,
// of chains, of branches. Where memory tells addresses apart (banks, lines of a shared SRAM) there are none.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "scheduler/optimum/block_service.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

struct Exchange {
  std::vector<TileId> tile;    // by tile
  std::vector<BlockId> block;  // by block
};

[[nodiscard]] std::vector<Exchange> find_exchanges(const TileGraph&, const arch::NpuSpec&, const BlockService&);

}  // namespace tessera::scheduler
