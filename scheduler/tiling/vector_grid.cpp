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

std::optional<BlockGrid> VectorGrid::search(bool spread) const {
  std::vector<std::size_t> axes;
  for (std::size_t a = 0; a < 4; ++a)
    if (!kept_whole(a)) axes.push_back(a);
  const std::int64_t wanted = spread ? kBlocksPerCore * npu_.cores : 1;
  return fit_grid(start_, axes, wanted, kLeastElements, [&](const BlockGrid& g) { return fits(g); });
}

base::Result<BlockGrid> VectorGrid::held(const TileRule& rule) const {
  const BlockGrid grid{start_.extent, held_block(rule)};
  const auto need = [this](const Box& box) { return bytes(box); };
  if (auto problems = check_held_blocks(op_, rule, grid, need, slots_); !problems.empty()) return problems;
  return grid;
}

std::array<std::int64_t, 3> VectorGrid::bytes(const Box& out) const {
  std::array<std::int64_t, 3> need{0, 0, addresses_.moved_bytes(op_.output, out)};
  for (std::size_t i = 0; i < op_.inputs.size(); ++i)
    need[i] = addresses_.moved_bytes(op_.inputs[i], models::source_box(network_, op_, i, out));
  if (movement()) need = {std::max(need[0], need[2]), 0, 0};  // stored from the slot that it was loaded to
  return need;
}

bool VectorGrid::fits(const BlockGrid& grid) const {
  const auto fit = [&](const Shape&, const Box& box) {
    const auto need = bytes(box);
    return need[0] <= slots_[0] && need[1] <= slots_[1] && need[2] <= slots_[2];
  };
  // An inner block first: where it does not fit, the walk over all of them is not needed.
  const Shape inner{grid.count(0) / 2, grid.count(1) / 2, grid.count(2) / 2, grid.count(3) / 2};
  return fit(inner, grid.box(inner)) && grid.for_each(fit);
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
