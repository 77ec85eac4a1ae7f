// Weights that several operators read, such as those of a recurrent layer, which every step multiplies: a core's weight
// region keeps them until the last of their tiles has been dispatched (docs/semantics.md 6.9). Stands for the
// compiler's mark at such weights; costs no time.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class SharedWeights {
 public:
  explicit SharedWeights(const TileGraph& graph) {
    std::vector<std::uint32_t> reader(graph.blocks.size(), kNoId);
    shared_.resize(graph.blocks.size(), false);
    for (const Tile& t : graph.tiles) {
      if (!counts(graph, t)) continue;
      if (reader[t.weight] != kNoId && reader[t.weight] != t.op) shared_[t.weight] = any_ = true;
      reader[t.weight] = t.op;
    }
    if (!any_) return;
    left_.resize(graph.blocks.size(), 0);
    for (const Tile& t : graph.tiles)
      if (counts(graph, t) && shared_[t.weight]) ++left_[t.weight];
  }

  [[nodiscard]] bool any() const { return any_; }
  // Whether a tile that is still to be dispatched reads the block, and several operators do.
  [[nodiscard]] bool needed(BlockId block) const { return any_ && left_[block] != 0; }
  void dispatched(const TileGraph& graph, const Tile& tile) {
    if (any_ && counts(graph, tile) && left_[tile.weight] != 0) --left_[tile.weight];
  }
  void taken_back(const TileGraph& graph, const Tile& tile) {
    if (any_ && counts(graph, tile) && shared_[tile.weight]) ++left_[tile.weight];
  }

 private:
  [[nodiscard]] static bool counts(const TileGraph& graph, const Tile& t) {
    return t.kind == TileKind::pe && t.weight != kNoId && graph.blocks[t.weight].constant;
  }

  bool any_ = false;
  std::vector<bool> shared_;         // by block: several operators read it
  std::vector<std::uint32_t> left_;  // by block: tiles to be dispatched; empty: no weights are shared
};

}  // namespace tessera::scheduler
