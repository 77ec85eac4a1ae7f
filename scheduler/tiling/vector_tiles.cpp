// Tiles of the vector unit and of the DMA engine alone: both are a grid of output blocks.
#include "base/checked.h"
#include "scheduler/tiling/block_grid.h"
#include "scheduler/tiling/held_tiles.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/pe_loops.h"
#include "scheduler/tiling/tile_rules.h"
#include "scheduler/tiling/vector_grid.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Function;
using models::Box;
using models::Shape;

namespace {

class GridTiles {
 public:
  GridTiles(const TilingContext& context, models::OperatorId id)
      : context_(context), id_(id), op_(context.network.operators[id]),
        choice_(context.network, context.npu, context.schedule, context.addresses, op_) {}

  // Starts the search from `shape` (clipped), or from a rule's sizes, which are upper limits here.
  void start_from(const Shape& shape) { choice_.start_from(shape); }

  [[nodiscard]] base::Result<BlockShape> hold(const TileRule& rule) {
    const auto held = choice_.held(rule);
    if (!held) return held.problems();
    return write(*held);
  }

  [[nodiscard]] base::Result<BlockShape> write(bool spread) {
    const auto found = choice_.search(spread);
    if (!found) return base::failure(choice_.misfit());
    return write(*found);
  }

 private:
  [[nodiscard]] base::Result<BlockShape> write(const BlockGrid& grid) {
    grid_ = grid;
    context_.writer.chose(id_, held_rule(op_, grid_.block));
    if (!context_.writer.admits(static_cast<double>(grid_.blocks()))) return base::failure("too many tiles");
    std::int64_t index = 0;
    grid_.for_each([&](const Shape& at, const Box& box) {
      write_tile(at, box, index++);
      return true;
    });
    return grid_.block;
  }

  [[nodiscard]] bool movement() const { return op_.unit == models::Unit::movement; }

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
  [[nodiscard]] std::int64_t elements(const Box& box) const {
    const bool reads = op_.vector.reducing && !op_.inputs.empty();
    const std::int64_t inputs = reads ? models::source_box(context_.network, op_, 0, box).elements() : box.elements();
    return models::function_elements(op_, box.elements(), inputs);
  }

  const TilingContext& context_;
  models::OperatorId id_;
  const models::Operator& op_;
  VectorGrid choice_;
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
  if (rule != nullptr && rule->held) return tiles.hold(*rule);
  const bool sized = rule != nullptr && rule->has_sizes();
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
  GridTiles tiles(c, id);
  const TileRule* rule = rule_for(c.schedule, op);
  return rule != nullptr && rule->held ? tiles.hold(*rule) : tiles.write(true);
}

}  // namespace tessera::scheduler
