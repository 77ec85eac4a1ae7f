// An operator's output cut into equal blocks (the last of an axis may be smaller), and the search for a block that
// fits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/units.h"
#include "models/network/network.h"

namespace tessera::scheduler {

struct BlockGrid {
  models::Shape extent{1, 1, 1, 1};
  models::Shape block{1, 1, 1, 1};

  [[nodiscard]] std::int64_t count(std::size_t axis) const { return base::ceil_div(extent[axis], block[axis]); }
  [[nodiscard]] std::int64_t blocks() const { return count(0) * count(1) * count(2) * count(3); }
  // Block by its position on each axis.
  [[nodiscard]] models::Box box(const models::Shape& at) const;
  // Calls visit(position, box) for every block, axis 0 outermost; stops when it returns false, and then returns false.
  bool for_each(const std::function<bool(const models::Shape&, const models::Box&)>& visit) const;
  friend bool operator==(const BlockGrid&, const BlockGrid&) = default;
};

// An axis to cut, down to blocks of so many elements.
struct AxisCut {
  std::size_t axis = 0;
  std::int64_t least = 1;
};

// Cuts `axes` one after the other (each down to its least before the next) until fits() holds for the grid and it has
// at least `wanted` blocks, if fits() holds; nothing if no cut fits. A block keeps at least `least_elements` when it is
// cut only to have more of them.
[[nodiscard]] std::optional<BlockGrid> fit_grid(BlockGrid start, const std::vector<AxisCut>& axes, std::int64_t wanted,
                                                std::int64_t least_elements,
                                                const std::function<bool(const BlockGrid&)>& fits);

// Element-wise: takes the block shape of its first input's producer.
[[nodiscard]] bool inherits_block(const models::Operator&);

}  // namespace tessera::scheduler
