#include <algorithm>

#include "base/checked.h"
#include "scheduler/tiling/held_tiles.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/pe_loops.h"
#include "scheduler/tiling/pe_work.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

namespace {

class PeTiles {
 public:
  PeTiles(const TilingContext& context, models::OperatorId id, const PeSizes& sizes)
      : context_(context), id_(id), op_(context.network.operators[id]), sizes_(sizes), counts_(op_.pe, sizes),
        needs_(context.network, context.npu, context.addresses, op_), on_vector_(pe_on_vector(context.npu, op_.pe)) {}

  void write() {
    PeLoops loops(counts_, sizes_.order);
    std::int64_t index = 0;
    do write_group(loops, index++);
    while (loops.advance());
  }

 private:
  void write_group(const PeLoops& loops, std::int64_t index) {
    const auto [b, g, n, m, w] = loops.at;
    const PeBlock whole = pe_block(op_.pe, sizes_, b, g, n, m, w, 0);
    const BlockId output = context_.writer.data_block(op_.output, pe_output_box(op_.pe, whole));
    context_.writer.begin_group(id_, output, static_cast<std::uint32_t>(counts_.k),
                                pe_core(context_.npu, context_.schedule, sizes_, counts_, loops, index));
    for (std::int64_t k = 0; k < counts_.k; ++k) write_slice(pe_block(op_.pe, sizes_, b, g, n, m, w, k), k);
  }

  void write_slice(const PeBlock& block, std::int64_t k) {
    const bool last = k + 1 == counts_.k;
    Tile t;
    t.input = context_.writer.data_block(op_.inputs[0], pe_input_box(context_.network, op_, block));
    const models::Box second = pe_weight_box(context_.network, op_, block);
    t.weight = op_.pe.weight_is_activation
                   ? context_.writer.data_block(op_.inputs[1], second)
                   : context_.writer.weight_block(op_.inputs[1], second, last ? needs_.parameter_bytes(block) : 0);
    t.work = context_.writer.work(pe_shape(context_.npu, op_.pe, block), needs_.format());
    if (on_vector_) t.kind = TileKind::vector;
    t.vector_cycles = pe_vector_cycles(context_.npu, op_, block);
    context_.writer.add_tile(t);
  }

  const TilingContext& context_;
  models::OperatorId id_;
  const models::Operator& op_;
  PeSizes sizes_;
  PeCounts counts_;
  PeNeeds needs_;
  bool on_vector_;
};

}  // namespace

namespace {

// All of an operator that choose_pe_sizes() looks at, as numbers.
std::vector<std::int64_t> signature(const TilingContext& c, const models::Operator& op, const TileRule* rule) {
  const auto& p = op.pe;
  const PeNeeds needs(c.network, c.npu, c.addresses, op);
  std::vector<std::int64_t> s{p.batch,
                              p.groups,
                              p.n,
                              p.channels,
                              p.out_h,
                              p.out_w,
                              p.in_h,
                              p.in_w,
                              p.kernel_h,
                              p.kernel_w,
                              p.stride_h,
                              p.stride_w,
                              p.dilation_h,
                              p.dilation_w,
                              p.pad_top,
                              p.pad_left,
                              p.pad_bottom,
                              p.pad_right,
                              p.weight_is_activation,
                              p.weight_transposed,
                              p.weight_batch,
                              p.weight_divide,
                              p.input_divide,
                              p.input_transposed,
                              p.in_d,
                              p.out_d,
                              p.kernel_d,
                              p.stride_d,
                              p.dilation_d,
                              p.pad_front,
                              p.transposed,
                              p.weight_is_kernel,
                              rule == nullptr ? -1 : rule - c.schedule.tiles.data(),
                              needs.heirs(),
                              needs.shares_weights()};
  const auto tensor = [&](models::TensorId id) {
    const auto& t = c.network.tensors[id];
    const auto root = c.addresses.root(id);
    s.insert(s.end(), {static_cast<std::int64_t>(t.view), static_cast<std::int64_t>(c.network.tensors[root].role),
                       static_cast<std::int64_t>(precision_of(c.network, c.npu, id))});
    s.insert(s.end(), t.shape.begin(), t.shape.end());
    s.insert(s.end(), t.offset.begin(), t.offset.end());
    s.insert(s.end(), t.base.begin(), t.base.end());
    const auto& shape = c.network.tensors[root].shape;
    s.insert(s.end(), shape.begin(), shape.end());
    if (id == op.inputs[1] && !p.weight_is_activation) return;  // in tile order: has no place of its own
    const auto& at = c.addresses.placement(root);
    s.insert(s.end(), {at.base % c.addresses.burst(), at.block, at.pitch_n, at.pitch_h, at.pitch_w, at.pitch_block});
  };
  tensor(op.inputs[0]);
  tensor(op.inputs[1]);
  tensor(op.output);
  for (const auto& post : op.posts) {
    s.push_back(static_cast<std::int64_t>(post.function));
    s.push_back(post.parameter == models::kNone ? 0 : c.network.tensors[post.parameter].shape[models::kC]);
  }
  return s;
}

}  // namespace

namespace {

// The block of an operator that writes its output under another shape, as those who read it see it.
BlockShape inherited_block(const models::Network& network, const models::Operator& op, const BlockShape& block) {
  if (network.tensors[op.output].view != models::Tensor::View::linear) return block;
  models::Box first = models::whole(network.tensors[op.output].shape);
  for (std::size_t a = 0; a < 4; ++a) first.end[a] = std::min(first.end[a], block[a]);
  const models::Box box = network.root_box(op.output, first);
  return {box.extent(0), box.extent(1), box.extent(2), box.extent(3)};
}

}  // namespace

base::Result<BlockShape> write_pe_tiles(const TilingContext& c, models::OperatorId id) {
  const auto& op = c.network.operators[id];
  if (op.inputs.size() != 2)
    return base::failure("operator \"" + op.name + "\" of type " + op.type + " has " +
                         std::to_string(op.inputs.size()) + " operands; the PE array takes an input and a weight");
  const TileRule* rule = rule_for(c.schedule, op);
  const auto [known, fresh] = c.known_sizes.try_emplace(signature(c, op, rule));
  if (fresh) {
    auto sizes = choose_pe_sizes(c.network, c.npu, c.schedule, c.limits, c.addresses, op, rule);
    if (!sizes) {
      c.known_sizes.erase(known);  // the next operator alike has an error of its own
      return sizes.problems();
    }
    known->second = *sizes;
    known->second.op = id;
  }
  ++known->second.uses;
  const PeSizes* sizes = &known->second.sizes;
  c.price = base::Ps{base::saturating_sum(c.price.count(), known->second.price.count())};
  const PeCounts counts(op.pe, *sizes);
  if (!c.writer.admits(static_cast<double>(counts.groups()) * static_cast<double>(counts.k)))
    return base::failure("too many tiles");
  c.writer.chose(id, held_rule(op, *sizes, c.npu.cores));
  // Vector tiles are groups of one: a grouped convolution on the vector unit keeps its reduction whole.
  PeTiles(c, id, *sizes).write();
  return inherited_block(c.network, op, {sizes->b, sizes->m, sizes->w, sizes->g > 1 ? sizes->g * op.pe.n : sizes->n});
}

}  // namespace tessera::scheduler
