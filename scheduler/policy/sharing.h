// Operand blocks that more than one tile loads. Bytes of one tile alone have to be moved some time anyway; only those
// of a shared block are lost traffic where they are loaded again.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

class Sharing {
 public:
  void begin(const View& view) {
    const auto& graph = view.graph();
    users_.assign(graph.blocks.size(), 0);
    for (const Tile& t : graph.tiles)
      for (const BlockId b : {t.input, t.weight})
        if (b != kNoId) ++users_[b];
  }
  // Bytes that a Dispatch of the tile on that core would load and another tile could find there.
  [[nodiscard]] std::int64_t missing_bytes(const View& view, TileId tile, std::uint32_t core) const {
    const auto& graph = view.graph();
    const BlockId operands[2] = {graph.tiles[tile].input, graph.tiles[tile].weight};
    std::int64_t bytes = 0;
    for (std::uint8_t o = 0; o < 2; ++o) {
      if (operands[o] == kNoId || users_[operands[o]] < 2) continue;
      if (view.residency(operands[o], o, core) == Residency::absent) bytes += graph.blocks[operands[o]].bytes;
    }
    return bytes;
  }

 private:
  std::vector<std::uint32_t> users_;  // by block: tiles that load it
};

}  // namespace tessera::scheduler
