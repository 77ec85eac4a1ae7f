#include <algorithm>

#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

using base::ceil_div;
using base::Cycles;

std::optional<std::uint32_t> split_core(const TilingContext& c, std::int64_t n, std::int64_t m) {
  if (c.schedule.core_split == CoreSplit::none) return std::nullopt;
  return static_cast<std::uint32_t>((c.schedule.core_split == CoreSplit::n ? n : m) % c.npu.cores);
}

std::uint32_t chunk_core(const TilingContext& c, std::int64_t index, std::int64_t count) {
  return static_cast<std::uint32_t>(index * c.npu.cores / count);
}

namespace {

// Position along each loop of the operator, outermost first; the slice loop is inside all of them.
struct Loops {
  std::int64_t at[5] = {0, 0, 0, 0, 0};  // b, g, n, m, w
  std::int64_t count[5];
  std::size_t order[5];

  Loops(const PeCounts& c, const std::string& letters) : count{c.b, c.g, c.n, c.m, c.w} {
    std::size_t used = 0;
    for (const char letter : letters) {
      const auto loop = std::string_view("bgnm").find(letter);
      order[used++] = loop;
      if (loop == 3) order[used++] = 4;  // columns run inside their rows
    }
  }
  // False after the last position.
  bool advance() {
    for (std::size_t i = 5; i-- > 0;) {
      if (++at[order[i]] < count[order[i]]) return true;
      at[order[i]] = 0;
    }
    return false;
  }
};

class PeTiles {
 public:
  PeTiles(const TilingContext& context, models::OperatorId id, const PeSizes& sizes)
      : context_(context), id_(id), op_(context.network.operators[id]), sizes_(sizes), counts_(op_.pe, sizes),
        needs_(context.network, context.npu, context.addresses, op_),
        on_vector_(op_.pe.groups > 1 && context.npu.core.pe_array.grouped == arch::Grouped::vector) {}

  void write() {
    Loops loops(counts_, sizes_.order);
    std::int64_t index = 0;
    do write_group(loops, index++);
    while (loops.advance());
  }

 private:
  void write_group(const Loops& loops, std::int64_t index) {
    const auto [b, g, n, m, w] = loops.at;
    const PeBlock whole = pe_block(op_.pe, sizes_, b, g, n, m, w, 0);
    const BlockId output = context_.writer.data_block(op_.output, pe_output_box(op_.pe, whole));
    context_.writer.begin_group(id_, output, static_cast<std::uint32_t>(counts_.k), core_of(loops, index));
    for (std::int64_t k = 0; k < counts_.k; ++k) write_slice(pe_block(op_.pe, sizes_, b, g, n, m, w, k), k);
  }

  // A column of the inner loop belongs to a team of cores, which share the outer loop.
  [[nodiscard]] std::uint32_t core_of(const Loops& loops, std::int64_t index) const {
    const auto [b, g, n, m, w] = loops.at;
    const std::int64_t position = m * counts_.w + w, positions = counts_.m * counts_.w;
    if (const auto core = split_core(context_, g * counts_.n + n, position)) return *core;
    if (sizes_.deal == Deal::chunks) return chunk_core(context_, index, counts_.groups());
    const bool m_inside_n = sizes_.m_inside_n();
    const std::int64_t cores = context_.npu.cores;
    const std::int64_t inner = m_inside_n ? positions : counts_.n, outer = m_inside_n ? counts_.n : positions;
    const std::int64_t at_inner = m_inside_n ? position : n, at_outer = m_inside_n ? n : position;
    const std::int64_t columns = std::min(cores, inner), teams = std::min(cores / columns, outer);
    return static_cast<std::uint32_t>(at_inner * columns / inner * (cores / columns) + at_outer * teams / outer);
  }

  void write_slice(const PeBlock& block, std::int64_t k) {
    const auto& p = op_.pe;
    const bool last = k + 1 == counts_.k;
    const std::int64_t positions = (block.h1 - block.h0) * (block.w1 - block.w0);
    const arch::ArrayShape shape{.m = positions,
                                 .n = block.n1 - block.n0,
                                 .channels = block.c1 - block.c0,
                                 .taps = p.kernel_h * p.kernel_w,
                                 .groups = block.g1 - block.g0,
                                 .accumulates = k > 0};
    Tile t;
    t.input = context_.writer.data_block(op_.inputs[0], pe_input_box(context_.network, op_, block));
    const models::Box second = pe_weight_box(context_.network, op_, block);
    t.weight = p.weight_is_activation
                   ? context_.writer.data_block(op_.inputs[1], second)
                   : context_.writer.weight_block(op_.inputs[1], second, last ? needs_.parameter_bytes(block) : 0);
    t.work = context_.writer.work(shape);
    if (on_vector_) {  // of its work only the MACs count: the array never sees it
      t.kind = TileKind::vector;
      t.vector_cycles = mac_cycles(shape) + (last ? post_cycles(shape) : Cycles{0});
    } else {
      if (last) t.vector_cycles = post_cycles(shape);
      if (t.vector_cycles > Cycles{0}) t.vector_cycles += context_.npu.core.vector_unit.start_up;
    }
    context_.writer.add_tile(t);
  }

  [[nodiscard]] Cycles cost(std::int64_t elements, base::Function f) const {
    const auto& unit = context_.npu.core.vector_unit;
    return Cycles{ceil_div(elements, unit.lanes) * unit.cycles_per_element[static_cast<std::size_t>(f)]};
  }
  [[nodiscard]] Cycles post_cycles(const arch::ArrayShape& s) const {
    Cycles sum{0};
    for (const auto& post : op_.posts) sum += cost(s.m * s.n * s.groups, post.function);
    return sum;
  }
  // A multiply-accumulate takes a lane as long as a multiplication, at least one cycle.
  [[nodiscard]] Cycles mac_cycles(const arch::ArrayShape& s) const {
    const std::int64_t macs = s.m * s.n * s.channels * s.taps * s.groups;
    return context_.npu.core.vector_unit.start_up +
           std::max(cost(macs, base::Function::mul), Cycles{ceil_div(macs, context_.npu.core.vector_unit.lanes)});
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
                              rule == nullptr ? -1 : rule - c.schedule.tiles.data(),
                              PeNeeds(c.network, c.npu, c.addresses, op).heirs()};
  const auto tensor = [&](models::TensorId id) {
    const auto& t = c.network.tensors[id];
    const auto root = c.addresses.root(id);
    s.insert(s.end(),
             {static_cast<std::int64_t>(t.view), c.network.tensors[root].role == models::TensorRole::constant});
    s.insert(s.end(), t.shape.begin(), t.shape.end());
    s.insert(s.end(), t.offset.begin(), t.offset.end());
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
  }
  const PeSizes* sizes = &known->second;
  const PeCounts counts(op.pe, *sizes);
  if (!c.writer.admits(static_cast<double>(counts.groups()) * static_cast<double>(counts.k)))
    return base::failure("too many tiles");
  // Vector tiles are groups of one: a grouped convolution on the vector unit keeps its reduction whole.
  PeTiles(c, id, *sizes).write();
  return BlockShape{1, sizes->m, sizes->w, sizes->g > 1 ? sizes->g * op.pe.n : sizes->n};
}

}  // namespace tessera::scheduler
