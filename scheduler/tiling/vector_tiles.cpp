// Tiles of the vector unit and of the DMA engine alone: both are a grid of output blocks.
#include <algorithm>

#include "base/checked.h"
#include "scheduler/tiling/block_grid.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/pe_loops.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Function;
using models::Box;
using models::Shape;

namespace {

// Cutting an operator only to have more blocks than cores stops here.
constexpr std::int64_t kLeastElements = 4096;
constexpr std::int64_t kBlocksPerCore = 2;

class GridTiles {
 public:
  GridTiles(const TilingContext& context, models::OperatorId id)
      : context_(context), id_(id), op_(context.network.operators[id]),
        slots_(slot_bytes(context.npu, context.schedule)) {
    grid_.extent = context.network.tensors[op_.output].shape;
    grid_.block = grid_.extent;
  }

  // Starts the search from `shape` (clipped), or from a rule's sizes, which are upper limits here.
  void start_from(const Shape& shape) {
    for (std::size_t a = 0; a < 4; ++a)
      if (shape[a] > 0 && !kept_whole(a)) grid_.block[a] = std::min(shape[a], grid_.extent[a]);
  }

  [[nodiscard]] base::Result<BlockShape> write(bool spread) {
    for (std::size_t a = 0; a < 4; ++a)
      if (kept_whole(a)) grid_.block[a] = grid_.extent[a];
    std::vector<std::size_t> axes;
    for (std::size_t a = 0; a < 4; ++a)
      if (!kept_whole(a)) axes.push_back(a);
    const std::int64_t wanted = spread ? kBlocksPerCore * context_.npu.cores : 1;
    const auto found = fit_grid(grid_, axes, wanted, kLeastElements, [&](const BlockGrid& g) { return fits(g); });
    if (!found) return base::failure(misfit());
    grid_ = *found;
    if (!context_.writer.admits(static_cast<double>(grid_.blocks()))) return base::failure("too many tiles");
    std::int64_t index = 0;
    grid_.for_each([&](const Shape& at, const Box& box) {
      write_tile(at, box, index++);
      return true;
    });
    return grid_.block;
  }

 private:
  [[nodiscard]] bool movement() const { return op_.unit == models::Unit::movement; }
  [[nodiscard]] bool kept_whole(std::size_t axis) const { return !movement() && op_.vector.reduced[axis]; }
  [[nodiscard]] std::int64_t moved(models::TensorId tensor, const Box& box) const {
    return context_.addresses.moved_bytes(tensor, box);
  }
  // Bytes in the input, weight and output slot.
  [[nodiscard]] std::array<std::int64_t, 3> bytes(const Box& box) const {
    std::array<std::int64_t, 3> need{0, 0, moved(op_.output, box)};
    for (std::size_t i = 0; i < op_.inputs.size(); ++i)
      need[i] = moved(op_.inputs[i], models::source_box(context_.network, op_, i, box));
    if (movement()) need = {std::max(need[0], need[2]), 0, 0};  // stored from the slot that it was loaded to
    return need;
  }
  [[nodiscard]] bool fits(const BlockGrid& grid) const {
    const auto fit = [&](const Shape&, const Box& box) {
      const auto need = bytes(box);
      return need[0] <= slots_[0] && need[1] <= slots_[1] && need[2] <= slots_[2];
    };
    // An inner block first: where it does not fit, the walk over all of them is not needed.
    const Shape inner{grid.count(0) / 2, grid.count(1) / 2, grid.count(2) / 2, grid.count(3) / 2};
    return fit(inner, grid.box(inner)) && grid.for_each(fit);
  }
  [[nodiscard]] std::string misfit() const {
    BlockGrid least = grid_;
    for (std::size_t a = 0; a < 4; ++a)
      if (!kept_whole(a)) least.block[a] = 1;
    std::array<std::int64_t, 3> most{0, 0, 0};
    least.for_each([&](const Shape&, const Box& box) {
      const auto need = bytes(box);
      for (std::size_t i = 0; i < 3; ++i) most[i] = std::max(most[i], need[i]);
      return true;
    });
    for (int operand = 0; operand < 3; ++operand) {
      const auto i = static_cast<std::size_t>(operand);
      if (most[i] > slots_[i])
        return misfit_text(op_.name, operand, most[i], slots_[i]) + "; a region of " +
               std::to_string(most[i] * context_.schedule.buffers[i]) + " bytes or fewer buffers would do";
    }
    return "operator \"" + op_.name + "\": no block of it fits the slots";
  }

  void write_tile(const Shape& at, const Box& box, std::int64_t index) {
    auto& writer = context_.writer;
    const BlockId output = writer.data_block(op_.output, box);
    writer.begin_group(id_, output, 1, core_of(at, index));
    Tile t;
    t.kind = movement() ? TileKind::movement : TileKind::vector;
    if (!op_.inputs.empty())
      t.input = writer.data_block(op_.inputs[0], models::source_box(context_.network, op_, 0, box));
    if (op_.inputs.size() > 1)
      t.weight = writer.data_block(op_.inputs[1], models::source_box(context_.network, op_, 1, box));
    if (!movement()) t.vector_cycles = cycles(box);
    writer.add_tile(t);
  }

  [[nodiscard]] std::uint32_t core_of(const Shape& at, std::int64_t index) const {
    const auto split = context_.schedule.core_split;
    if (split == CoreSplit::none) return chunk_core(context_.npu.cores, index, grid_.blocks());
    return split_core(split, context_.npu.cores, at[models::kC], at[models::kH] * grid_.count(2) + at[models::kW]);
  }

  [[nodiscard]] Cycles cycles(const Box& box) const {
    const auto& unit = context_.npu.core.vector_unit;
    const auto each = [&](Function f) { return unit.cycles_per_element[static_cast<std::size_t>(f)]; };
    const auto pass = [&](std::int64_t count, Function f) {
      const std::int64_t passes = count / unit.lanes + (count % unit.lanes != 0 ? 1 : 0);
      return base::saturating_product(passes, each(f));
    };
    std::int64_t sum = base::saturating_sum(unit.start_up.count(), pass(elements(box), op_.function));
    for (const auto& post : op_.posts) sum = base::saturating_sum(sum, pass(box.elements(), post.function));
    return Cycles{sum};
  }
  // What the unit reads where it reduces (a pool reads its window for every output), else what it writes.
  [[nodiscard]] std::int64_t elements(const Box& box) const {
    const auto& v = op_.vector;
    if (op_.function == Function::max_pool || op_.function == Function::average_pool)
      return base::saturating_product(box.elements(), base::saturating_product(v.kernel_d * v.kernel_h, v.kernel_w));
    if (v.reducing && !op_.inputs.empty()) return models::source_box(context_.network, op_, 0, box).elements();
    return box.elements();
  }

  const TilingContext& context_;
  models::OperatorId id_;
  const models::Operator& op_;
  std::array<std::int64_t, 3> slots_;
  BlockGrid grid_;
};

}  // namespace

base::Result<BlockShape> write_vector_tiles(const TilingContext& c, models::OperatorId id,
                                            const BlockShape& inherited) {
  const auto& op = c.network.operators[id];
  if (op.inputs.size() > 2)
    return base::failure("operator \"" + op.name + "\" of type " + op.type + " has " +
                         std::to_string(op.inputs.size()) + " operands; the vector unit takes two");
  GridTiles tiles(c, id);
  const TileRule* rule = rule_for(c.schedule, op);
  const bool sized = rule != nullptr && (rule->m > 0 || rule->w > 0 || rule->n > 0);
  const bool inherits = !sized && inherits_block(op) && inherited[0] > 0;
  if (sized) tiles.start_from({1, rule->m, rule->w, rule->n});
  if (inherits) tiles.start_from(inherited);
  return tiles.write(!sized && !inherits);
}

base::Result<BlockShape> write_movement_tiles(const TilingContext& c, models::OperatorId id) {
  const auto& op = c.network.operators[id];
  if (op.inputs.size() != 1)
    return base::failure("operator \"" + op.name + "\" of type " + op.type + " has " +
                         std::to_string(op.inputs.size()) + " operands; a movement takes one");
  return GridTiles(c, id).write(true);
}

}  // namespace tessera::scheduler
