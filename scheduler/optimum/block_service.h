// Which block can stand for which in an operand slot (docs/semantics.md 6.7), for graphs of few blocks: looked up in a
// table.
#pragma once

#include <cstddef>
#include <vector>

#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class BlockService {
 public:
  explicit BlockService(const TileGraph& graph) : blocks_(graph.blocks.size()), serves_(blocks_ * blocks_) {
    for (BlockId held = 0; held < blocks_; ++held)
      for (BlockId wanted = 0; wanted < blocks_; ++wanted) {
        const Block &h = graph.blocks[held], &w = graph.blocks[wanted];
        serves_[held * blocks_ + wanted] =
            held == wanted || (h.root == w.root && h.constant == w.constant && (h.constant || h.request == w.request) &&
                               h.box.contains(w.box));
      }
  }
  [[nodiscard]] bool serves(BlockId held, BlockId wanted) const { return serves_[held * blocks_ + wanted]; }

 private:
  std::size_t blocks_;
  std::vector<bool> serves_;
};

}  // namespace tessera::scheduler
