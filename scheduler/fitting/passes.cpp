// Passes of reductions and normalizations.
#include "scheduler/fitting/passes.h"

#include <algorithm>
#include <utility>

#include "models/network/layout.h"
#include "scheduler/fitting/pieces.h"
#include "scheduler/tiling/misfit.h"

namespace tessera::scheduler {

using models::AxisMap;
using models::Dims;
using models::kC;
using models::Operator;
using models::Shape;
using models::Tensor;
using models::TensorId;

models::Operator pass_of(const Operator& op, const std::string& suffix) {
  Operator pass;
  pass.part_of = op.part_of.empty() ? op.name : op.part_of;
  pass.name = op.name + "#" + suffix;
  pass.type = op.type;
  pass.unit = models::Unit::vector;
  pass.function = op.function;
  return pass;
}

TensorId result_of(models::Network& network, const Operator& pass, Dims dims, models::Layout layout,
                   std::int64_t accumulators) {
  const auto id = static_cast<TensorId>(network.tensors.size());
  Tensor t;
  t.name = pass.name;
  t.shape = models::canonical_shape(dims, layout);
  t.dims = std::move(dims);
  t.layout = layout;
  t.root = id;
  t.accumulators = accumulators;
  if (!pass.inputs.empty()) t.precision = network.root(pass.inputs[0]).precision;
  network.tensors.push_back(std::move(t));
  return id;
}

// A maximum or minimum needs no more digits than what it is taken from. The place of one goes with it. Statistics of a
// normalization are a pair: maximum and sum, sum and sum of squares.
std::int64_t partial_numbers(const Operator& op) {
  using base::Function;
  const bool place = op.type.starts_with("Arg");
  const bool extreme = op.function == Function::max_pool || op.function == Function::max ||
                       op.type.find("Max") != std::string::npos || op.type.find("Min") != std::string::npos;
  if (place) return 2;
  if (op.function == Function::softmax || op.function == Function::layernorm) return 2;
  return extreme && op.type.find("Softmax") == std::string::npos ? 0 : 1;
}

std::vector<bool> reduced_axes(const models::Network& network, const Operator& op) {
  const Dims& dims = network.tensors[op.inputs[0]].dims;
  std::vector<bool> reduced(dims.size(), false);
  if (op.access != Operator::Access::axes) return reduced;
  for (std::size_t a = 0; a < dims.size(); ++a) reduced[a] = op.maps[0][a].from == AxisMap::kWhole && dims[a] > 1;
  return reduced;
}

namespace {

// An operator's input and result, and where its pieces lie.
class ReductionPasses {
 public:
  ReductionPasses(const FittingContext& context, const Operator& op)
      : network_(context.network), npu_(context.npu), addresses_(context.addresses), op_(op), input_(op.inputs[0]),
        dims_(network_.tensors[input_].dims), layout_(network_.tensors[input_].layout),
        reduced_(reduced_axes(network_, op)), functions_(base::passes_of(op.function)),
        numbers_(network_.tensors[input_].accumulators > 0 ? network_.tensors[input_].accumulators
                                                           : partial_numbers(op)) {}

  Passes cut(std::int64_t slot) {
    const std::int64_t bytes = numbers_ > 0 ? numbers_ * npu_.accumulator_bytes : addresses_.bytes(input_, 1);
    const auto found = PieceSearch(network_, npu_, addresses_, input_, reduced_, bytes).best(slot);
    if (!found) return std::nullopt;
    pieces_ = *found;
    std::vector<Operator> passes{partial()};
    const TensorId parts = passes[0].output;
    if (network_.tensors[op_.output].dims == dims_) normalize(passes, parts);
    else passes.push_back(combine(parts, op_.output, op_.maps[0]));
    return passes;
  }

 private:
  [[nodiscard]] std::int64_t count(std::size_t axis) const { return base::ceil_div(dims_[axis], pieces_[axis]); }

  // The axis of the partial results along which the pieces of `axis` lie: the innermost where it is reduced but not
  // cut, for partial results that lie together are fewer bursts.
  [[nodiscard]] std::size_t place_of(std::size_t axis) const {
    const std::size_t inner = innermost_axis(network_.tensors[input_], npu_.layout.kind);
    const auto is_cut = [&](std::size_t a) { return reduced_[a] && count(a) > 1; };
    std::int64_t cuts = 0;
    for (std::size_t a = 0; a < dims_.size(); ++a) cuts += is_cut(a) ? 1 : 0;
    return cuts == 1 && reduced_[inner] && is_cut(axis) ? inner : axis;
  }

  // Of each piece; a tile makes those of one block of the other axes.
  Operator partial() {
    Operator pass = pass_of(op_, "partial");
    pass.function = functions_.partial;
    pass.inputs = {input_};
    pass.access = Operator::Access::axes;
    pass.vector.reducing = true;
    pass.maps.resize(1);
    Dims parts(dims_.size(), 1), block(dims_.size(), 1);
    for (std::size_t a = 0; a < dims_.size(); ++a) {
      AxisMap map;
      if (!reduced_[a]) {
        map.from = static_cast<int>(a);
        parts[a] = dims_[a];
        block[a] = pieces_[a];
      } else if (count(a) > 1) {
        map = {.from = static_cast<int>(place_of(a)), .step = pieces_[a], .window = pieces_[a]};
        parts[place_of(a)] = count(a);
      }
      pass.maps[0].push_back(map);
    }
    pass.vector.block = block_shape(parts, block);
    pass.output = result_of(network_, pass, std::move(parts), layout_, numbers_);
    return pass;
  }

  // The canonical extents of a block: inside each axis, from the inside out as far as the block holds them whole.
  [[nodiscard]] Shape block_shape(const Dims& parts, const Dims& block) const {
    const models::AxisGroups groups = models::axis_groups(parts.size(), layout_);
    Shape shape{1, 1, 1, 1};
    for (std::size_t axis = 0; axis < 4; ++axis) {
      for (std::size_t i = groups[axis].size(); i-- > 0;) {
        const std::size_t a = groups[axis][i];
        shape[axis] *= block[a];
        if (block[a] != parts[a]) break;
      }
    }
    return shape;
  }

  // Of all pieces, into `output`; what was fused behind the operator comes behind its last pass.
  Operator combine(TensorId parts, TensorId output, std::vector<AxisMap> map) {
    Operator pass = pass_of(op_, "combine");
    pass.function = functions_.combine;
    pass.inputs = {parts};
    pass.output = output;
    pass.access = Operator::Access::axes;
    pass.maps = {std::move(map)};
    pass.vector.reducing = true;
    if (output == op_.output) finish(pass);
    return pass;
  }
  void finish(Operator& last) const {
    last.posts = op_.posts;
    last.parameter_elements = op_.parameter_elements;
  }

  [[nodiscard]] std::vector<AxisMap> same_axes(bool without_reduced) const {
    std::vector<AxisMap> map(dims_.size());
    for (std::size_t a = 0; a < dims_.size(); ++a)
      if (!without_reduced || !reduced_[a]) map[a].from = static_cast<int>(a);
    return map;
  }

  // Whether the operator's second operand (scale and shift) is the same all along the reduced axes.
  [[nodiscard]] bool parameters_by_kept_axes() const {
    const auto& map = op_.maps[1];
    return std::ranges::none_of(
        map, [&](const AxisMap& m) { return m.from >= 0 && reduced_[static_cast<std::size_t>(m.from)]; });
  }

  // The input is read again with the statistics. Scale and shift join these where they go along the axes that the
  // statistics have; else they take a pass of their own, for the unit reads two tensors at a time.
  void normalize(std::vector<Operator>& passes, TensorId parts) {
    Dims one = dims_;
    for (std::size_t a = 0; a < one.size(); ++a)
      if (reduced_[a]) one[a] = 1;
    const TensorId statistics = result_of(network_, pass_of(op_, "combine"), one, layout_, numbers_);
    passes.push_back(combine(parts, statistics, same_axes(true)));
    const bool joined = op_.inputs.size() > 1 && parameters_by_kept_axes();
    const bool apart = op_.inputs.size() > 1 && !joined;
    if (joined) {
      passes.back().inputs.push_back(op_.inputs[1]);
      passes.back().maps.push_back(op_.maps[1]);
    }
    Operator apply = pass_of(op_, "apply");
    apply.function = functions_.apply;
    apply.inputs = {input_, statistics};
    apply.access = Operator::Access::axes;
    apply.maps = {same_axes(false), same_axes(true)};
    apply.output = apart ? result_of(network_, apply, dims_, network_.tensors[op_.output].layout, 0) : op_.output;
    const TensorId normalized = apply.output;
    passes.push_back(std::move(apply));
    if (apart) {
      Operator scale = pass_of(op_, "scale");
      scale.function = base::Function::batchnorm;
      scale.inputs = {normalized, op_.inputs[1]};
      scale.output = op_.output;
      scale.access = Operator::Access::axes;
      scale.maps = {same_axes(false), op_.maps[1]};
      passes.push_back(std::move(scale));
    }
    finish(passes.back());
  }

  models::Network& network_;
  const arch::NpuSpec& npu_;
  AddressPlan& addresses_;
  const Operator& op_;
  TensorId input_;
  Dims dims_;  // of the input
  models::Layout layout_;
  std::vector<bool> reduced_;
  base::FunctionPasses functions_;
  std::int64_t numbers_;
  Dims pieces_;
};

// Every axis of input 0 is needed whole, or index by index.
bool is_plain(const Operator& op) {
  return std::ranges::all_of(op.maps[0],
                             [](const AxisMap& m) { return m.from == AxisMap::kWhole || (m.from >= 0 && m.plain()); });
}

}  // namespace

Passes cut_reduction(const FittingContext& context, const Operator& op, std::int64_t slot) {
  if (op.access != Operator::Access::axes || !is_plain(op)) return std::nullopt;
  if (std::ranges::none_of(reduced_axes(context.network, op), [](bool r) { return r; })) return std::nullopt;
  return ReductionPasses(context, op).cut(slot);
}

}  // namespace tessera::scheduler
