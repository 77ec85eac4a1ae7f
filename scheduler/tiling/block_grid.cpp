#include "scheduler/tiling/block_grid.h"

#include <algorithm>

namespace tessera::scheduler {

using base::ceil_div;
using models::Box;
using models::Shape;

Box BlockGrid::box(const Shape& at) const {
  Box b;
  for (std::size_t a = 0; a < 4; ++a) {
    b.begin[a] = at[a] * block[a];
    b.end[a] = std::min(b.begin[a] + block[a], extent[a]);
  }
  return b;
}

bool BlockGrid::for_each(const std::function<bool(const Shape&, const Box&)>& visit) const {
  Shape at{0, 0, 0, 0};
  for (;;) {
    if (!visit(at, box(at))) return false;
    std::size_t a = 4;
    for (; a-- > 0;) {
      if (++at[a] < count(a)) break;
      at[a] = 0;
    }
    if (a > 3) return true;  // ran below axis 0
  }
}

namespace {

std::int64_t elements(const BlockGrid& g) { return g.block[0] * g.block[1] * g.block[2] * g.block[3]; }

bool is_least(const BlockGrid& g, const AxisCut& cut) { return g.block[cut.axis] <= cut.least; }

// One part more on this axis; parts grow by a quarter, so that the search is short.
void cut(BlockGrid& g, const AxisCut& c) {
  const std::int64_t parts = g.count(c.axis);
  const std::int64_t next = ceil_div(g.extent[c.axis], parts + std::max<std::int64_t>(1, parts / 4));
  g.block[c.axis] = std::max(c.least, std::min(next, g.block[c.axis] - 1));
}

}  // namespace

std::optional<BlockGrid> fit_grid(BlockGrid grid, const std::vector<AxisCut>& axes, std::int64_t wanted,
                                  std::int64_t least_elements, const std::function<bool(const BlockGrid&)>& fits) {
  std::size_t axis = 0;
  bool fit = fits(grid);
  while (!fit) {
    while (axis < axes.size() && is_least(grid, axes[axis])) ++axis;
    if (axis == axes.size()) return std::nullopt;
    cut(grid, axes[axis]);
    fit = fits(grid);
  }
  while (grid.blocks() < wanted && elements(grid) > least_elements) {
    while (axis < axes.size() && is_least(grid, axes[axis])) ++axis;
    if (axis == axes.size()) break;
    BlockGrid finer = grid;
    cut(finer, axes[axis]);
    if (elements(finer) < least_elements || !fits(finer)) break;
    grid = finer;
  }
  return grid;
}

bool inherits_block(const models::Operator& op) {
  using base::Function;
  const bool windowed = op.function == Function::max_pool || op.function == Function::average_pool ||
                        op.function == Function::resize || op.vector.repeats > 1;
  return op.unit == models::Unit::vector && !op.vector.reducing && !windowed && !op.inputs.empty();
}

}  // namespace tessera::scheduler
