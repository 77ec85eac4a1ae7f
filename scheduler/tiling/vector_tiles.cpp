// Tiles of the vector unit and of the DMA engine alone: both are a grid of output blocks.
#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "scheduler/address/descriptor_spread.h"
#include "scheduler/tiling/block_grid.h"
#include "scheduler/tiling/held_tiles.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/pe_loops.h"
#include "scheduler/tiling/tile_rules.h"
#include "scheduler/tiling/vector_grid.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Function;
using base::Ps;
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
    return write(spread ? cheapest(*found) : *found);
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

  // Time of what blocks like `box` move in all, each operand once a block.
  [[nodiscard]] Ps moving_time(const Box& box) const {
    const auto& [network, npu, limits] = std::tie(context_.network, context_.npu, context_.limits);
    std::int64_t read = 0, written = 0, packets = 0;
    const auto add = [&](std::int64_t& bytes, models::TensorId tensor, const Box& part) {
      const auto where = context_.addresses.where(tensor, part);
      bytes += context_.addresses.moved_bytes(where);
      packets += packet_count(where, limits.burst_bytes, limits.packet_bytes);
    };
    add(written, op_.output, box);
    for (std::size_t i = 0; i < op_.inputs.size(); ++i)
      add(read, op_.inputs[i], models::source_box(network, op_, i, box));
    const Ps longest =
        std::max({arch::time_at(read + written, limits.dram.peak_bytes_per_second),
                  arch::time_at(std::max(read, written), limits.interconnect_rate),
                  arch::time_at(read + written, limits.channels_rate), npu.interconnect_clock.duration(Cycles{packets}),
                  Ps{packets * limits.transfer_min(0, false).count() / limits.outstanding}});
    const auto all = static_cast<__int128>(models::whole(network.tensors[op_.output].shape).elements());
    return Ps{static_cast<std::int64_t>(longest.count() * all / box.elements())};
  }

  // As if all blocks were like one in the middle and the operator had the machine for itself. Its consumers wait for
  // the first blocks, and it for its producers' last ones: fewer blocks overlap less.
  [[nodiscard]] Ps price(const BlockGrid& grid) const {
    const auto& npu = context_.npu;
    const Box box = grid.box(VectorGrid::inner(grid));
    const std::int64_t blocks = grid.blocks(), rounds = base::ceil_div(blocks, npu.cores);
    const Ps moving = moving_time(box);
    const Ps computing = npu.core_clock.duration(movement() ? Cycles{0} : cycles(box) * rounds);
    const Ps deciding = npu.core_clock.duration(npu.scheduler.dispatch_latency) * (blocks / npu.scheduler.count);
    const Ps way{context_.limits.transfer_min(0, false).count() * rounds / 4};
    return std::max({moving, computing, deciding}) + way + Ps{(moving + std::min(moving, computing)).count() / blocks};
  }

  // Cuts in the order of the axes are as good as others where what they move is about what a single block would. Where
  // they tear runs of neighbouring elements apart, other grids are tried.
  [[nodiscard]] BlockGrid cheapest(const BlockGrid& found) const {
    if (op_.inputs.empty() || context_.network.is_empty(op_.output)) return found;
    const Ps moving = moving_time(found.box(VectorGrid::inner(found)));
    const Ps ideal = moving_time(models::whole(found.extent));
    if (moving.count() / 5 * 4 <= ideal.count()) return found;
    std::vector<std::pair<Ps, BlockGrid>> priced;
    for (const BlockGrid& grid : choice_.candidates()) priced.emplace_back(price(grid), grid);
    std::ranges::stable_sort(priced, {}, &std::pair<Ps, BlockGrid>::first);
    // Fewer bytes and packets are what they are for: among equals the outermost axis is cut, so that a block waits for
    // few blocks of the producer.
    const Ps least_gain{price(found).count() / 5 * 4};
    std::erase_if(priced, [&](const auto& entry) {
      return moving_time(entry.second.box(VectorGrid::inner(entry.second))).count() > moving.count() / 5 * 4;
    });
    const auto better = std::ranges::find_if(
        priced, [&](const auto& entry) { return entry.first >= least_gain || choice_.fits(entry.second); });
    return better == priced.end() || better->first >= least_gain ? found : better->second;
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
  const std::int64_t width = c.network.tensors[op.output].shape[models::kW];
  const bool sized = rule != nullptr && rule->has_sizes(width);
  const bool inherits = !sized && inherits_block(op) && inherited[0] > 0;
  if (sized) tiles.start_from({1, rule->rows(width), rule->w, rule->n});
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
