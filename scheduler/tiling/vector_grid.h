// What blocks of a vector operator or a movement need of the slots, and the grid of blocks that fits them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/address/address_plan.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/block_grid.h"

namespace tessera::scheduler {

class VectorGrid {
 public:
  // All outlive the grid.
  VectorGrid(const models::Network&, const arch::NpuSpec&, const ScheduleSpec&, AddressPlan&, const models::Operator&);

  // Starts the search from these extents where they are not 0: upper limits of a block. Axes that stay whole do.
  void start_from(const models::Shape&);
  // The first grid on the way from large to small blocks that fits; nothing where not even the smallest block does.
  // `spread`: cut further until each core has work.
  [[nodiscard]] std::optional<BlockGrid> search(bool spread) const;
  // The blocks of a held rule, or what is wrong with them.
  [[nodiscard]] base::Result<BlockGrid> held(const TileRule&) const;
  // Other grids whose middle block fits: axes in every order, with blocks for all cores and without, and with runs of
  // neighbouring elements kept together. The others of their blocks may be a little larger: see fits().
  [[nodiscard]] std::vector<BlockGrid> candidates() const;
  [[nodiscard]] bool fits(const BlockGrid&) const;
  // Position of a block in the middle, which stands for all.
  [[nodiscard]] static models::Shape inner(const BlockGrid&);
  // Why search() found nothing: every operand that does not fit, and what would make it fit.
  [[nodiscard]] std::string misfit() const;

 private:
  [[nodiscard]] bool movement() const { return op_.unit == models::Unit::movement; }
  [[nodiscard]] bool kept_whole(std::size_t axis) const { return !movement() && op_.vector.reduced[axis]; }
  // Bytes in the input, weight and output slot.
  [[nodiscard]] std::array<std::int64_t, 3> bytes(const models::Box& out) const;
  [[nodiscard]] bool fits(const models::Box& out) const;
  [[nodiscard]] std::vector<AxisCut> axes() const;  // that may be cut, outermost first
  [[nodiscard]] std::optional<BlockGrid> search(bool spread, const std::vector<AxisCut>&) const;
  // Elements of so many bursts where neighbours on this axis lie together in the output or an input; else 1.
  [[nodiscard]] std::int64_t run_elements(std::size_t axis, std::int64_t grains) const;

  const models::Network& network_;
  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  AddressPlan& addresses_;
  const models::Operator& op_;
  std::array<std::int64_t, 3> slots_;
  BlockGrid start_;
};

}  // namespace tessera::scheduler
