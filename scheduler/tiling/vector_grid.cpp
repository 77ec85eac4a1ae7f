#include "scheduler/tiling/vector_grid.h"

#include <algorithm>
#include <vector>

#include "scheduler/tiling/held_tiles.h"
#include "scheduler/tiling/misfit.h"

namespace tessera::scheduler {

using models::Box;
using models::Shape;

namespace {

// Cutting an operator only to have more blocks than cores stops here.
constexpr std::int64_t kLeastElements = 4096;
constexpr std::int64_t kBlocksPerCore = 2;
// Bursts that lie together, below which an axis is cut last: one, and as many as make few packets of a block.
constexpr std::int64_t kGrains[] = {1, 8};

}  // namespace

VectorGrid::VectorGrid(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule,
                       AddressPlan& addresses, const models::Operator& op)
    : network_(network), npu_(npu), schedule_(schedule), addresses_(addresses), op_(op),
      slots_(slot_bytes(npu, schedule)) {
  start_.extent = network.tensors[op.output].shape;
  start_.block = start_.extent;
  start_from(op.vector.block);
}

void VectorGrid::start_from(const Shape& shape) {
  for (std::size_t a = 0; a < 4; ++a)
    if (shape[a] > 0 && !kept_whole(a)) start_.block[a] = std::min(shape[a], start_.block[a]);
}

std::vector<AxisCut> VectorGrid::axes() const {
  std::vector<AxisCut> axes;
  for (std::size_t a = 0; a < 4; ++a)
    if (!kept_whole(a)) axes.push_back({a, 1});
  return axes;
}

std::optional<BlockGrid> VectorGrid::search(bool spread) const { return search(spread, axes()); }

std::optional<BlockGrid> VectorGrid::search(bool spread, const std::vector<AxisCut>& axes) const {
  const std::int64_t wanted = spread ? kBlocksPerCore * npu_.cores : 1;
  return fit_grid(start_, axes, wanted, kLeastElements, [&](const BlockGrid& g) { return fits(g); });
}

base::Result<BlockGrid> VectorGrid::held(const TileRule& rule) const {
  const BlockGrid grid{start_.extent, held_block(rule)};
  const auto need = [this](const Box& box) { return bytes(box); };
  if (auto problems = check_held_blocks(op_, rule, grid, need, slots_); !problems.empty()) return problems;
  return grid;
}

std::vector<BlockGrid> VectorGrid::candidates() const {
  std::vector<BlockGrid> found;
  std::vector<AxisCut> cuts = axes();
  std::erase_if(cuts, [&](const AxisCut& c) { return start_.block[c.axis] == 1; });
  for (const std::int64_t grains : kGrains) {
    std::vector<AxisCut> order = cuts;
    for (AxisCut& cut : order) cut.least = std::min(start_.block[cut.axis], run_elements(cut.axis, grains));
    do {
      // Below its grain an axis is cut only when all others are as small as they may be.
      std::vector<AxisCut> twice = order;
      twice.insert(twice.end(), order.begin(), order.end());
      for (std::size_t i = order.size(); i < twice.size(); ++i) twice[i].least = 1;
      for (const std::int64_t wanted : {kBlocksPerCore * npu_.cores, std::int64_t{1}}) {
        const auto grid =
            fit_grid(start_, twice, wanted, kLeastElements, [&](const BlockGrid& g) { return fits(g.box(inner(g))); });
        if (grid && std::ranges::find(found, *grid) == found.end()) found.push_back(*grid);
      }
    } while (std::ranges::next_permutation(order, {}, &AxisCut::axis).found);
  }
  return found;
}

std::int64_t VectorGrid::run_elements(std::size_t axis, std::int64_t grains) const {
  Box one, many;
  for (std::size_t a = 0; a < 4; ++a) many.end[a] = one.end[a] = 1;
  std::int64_t most = 1;
  const auto look_at = [&](models::TensorId tensor, const auto& box_of) {
    const std::int64_t run = std::max<std::int64_t>(1, grains * addresses_.burst() * 8 / addresses_.bits(tensor));
    many.end[axis] = std::min(run, start_.extent[axis]);
    // Neighbours share bursts: together they move less than half of what they move one by one.
    const std::int64_t together = addresses_.moved_bytes(tensor, box_of(many));
    if (2 * together < many.end[axis] * addresses_.moved_bytes(tensor, box_of(one))) most = std::max(most, run);
  };
  look_at(op_.output, [](const Box& box) { return box; });
  for (std::size_t i = 0; i < op_.inputs.size(); ++i)
    look_at(op_.inputs[i], [&](const Box& box) { return models::source_box(network_, op_, i, box); });
  return most;
}

Shape VectorGrid::inner(const BlockGrid& grid) {
  return {(grid.count(0) - 1) / 2, (grid.count(1) - 1) / 2, (grid.count(2) - 1) / 2, (grid.count(3) - 1) / 2};
}

std::array<std::int64_t, 3> VectorGrid::bytes(const Box& out) const {
  std::array<std::int64_t, 3> need{0, 0, addresses_.moved_bytes(op_.output, out)};
  for (std::size_t i = 0; i < op_.inputs.size(); ++i)
    need[i] = addresses_.moved_bytes(op_.inputs[i], models::source_box(network_, op_, i, out));
  if (movement()) need = {std::max(need[0], need[2]), 0, 0};  // stored from the slot that it was loaded to
  return need;
}

bool VectorGrid::fits(const BlockGrid& grid) const {
  // An inner block first: where it does not fit, the walk over all of them is not needed.
  return fits(grid.box(inner(grid))) && grid.for_each([&](const Shape&, const Box& box) { return fits(box); });
}

bool VectorGrid::fits(const Box& out) const {
  const auto need = bytes(out);
  return need[0] <= slots_[0] && need[1] <= slots_[1] && need[2] <= slots_[2];
}

std::string VectorGrid::misfit() const {
  BlockGrid least = start_;
  for (std::size_t a = 0; a < 4; ++a)
    if (!kept_whole(a)) least.block[a] = 1;
  std::array<std::int64_t, 3> most{0, 0, 0};
  least.for_each([&](const Shape&, const Box& box) {
    const auto need = bytes(box);
    for (std::size_t i = 0; i < 3; ++i) most[i] = std::max(most[i], need[i]);
    return true;
  });
  return misfit_text(op_.name, most, npu_, schedule_);
}

}  // namespace tessera::scheduler
