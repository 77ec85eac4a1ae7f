// Who still has to read each tensor: tells the machine when a buffer has been loaded for the last time, so that a
// shared SRAM can forget its lines (docs/semantics.md 10.7). Costs no time; stands for the compiler's "last use"
// mark.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "scheduler/dispatch/machine.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class BufferUse {
 public:
  // Does nothing on a machine without shared SRAM.
  BufferUse(const TileGraph&, const arch::NpuSpec&, Machine&);

  // Operands of tiles that still have to be loaded from the block's buffer; 0 on a machine without shared SRAM.
  [[nodiscard]] std::uint32_t left(BlockId block) const {
    return left_.empty() || graph_.blocks[block].buffer == kNoId ? 0 : left_[graph_.blocks[block].buffer];
  }
  // A tile's operand is in its slot already, or will be when the slot is full.
  void full(BlockId operand);
  void filling(std::uint32_t core, std::uint32_t region, std::uint32_t slot, BlockId operand);
  void slot_full(std::uint32_t core, std::uint32_t region, std::uint32_t slot);
  // The tile of an operand that full() or filling() told of was taken back. A buffer that was forgotten stays so.
  [[nodiscard]] bool forgotten(BlockId operand) const {
    return !left_.empty() && graph_.blocks[operand].buffer != kNoId && left(operand) == 0;
  }
  void not_full(BlockId operand);
  void not_filling(std::uint32_t core, std::uint32_t region, std::uint32_t slot, BlockId operand);

 private:
  [[nodiscard]] std::vector<BlockId>& waiting(std::uint32_t core, std::uint32_t region, std::uint32_t slot);

  const TileGraph& graph_;
  Machine& machine_;
  std::vector<std::uint32_t> left_;            // by buffer: operands not yet loaded; empty: no shared SRAM
  std::vector<std::vector<BlockId>> waiting_;  // by core, region, slot: operands of tiles that refer to a filling slot
};

}  // namespace tessera::scheduler
