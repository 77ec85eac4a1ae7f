// Reductions, on the vector unit: sums, means, the place of the maximum and the like over whole axes.
#include "models/operators/reduce.h"

#include <algorithm>
#include <numeric>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

using base::Function;
using Axes = std::vector<std::size_t>;

// The axes that are reduced, ascending. Without `axes` all of them, or none where `noop_with_empty_axes` says so.
Axes reduced_axes(const NodeReader& node) {
  Axes axes = node.axes(1, node.dims(0).size());
  if (!axes.empty() || node.flag("noop_with_empty_axes", false)) return axes;
  axes.resize(node.dims(0).size());
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  return axes;
}

void set_shape(Inference& node, const Axes& axes) {
  const Dims in = node.dims(0);
  const bool keep = node.flag("keepdims", true);
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), i)) out.push_back(in[i]);
    else if (keep) out.push_back(1);
  }
  node.output(0, out);
}

void infer(Inference& node) { set_shape(node, reduced_axes(node)); }

void axes(const NodeReader& node, AxisWishes& wishes) {
  for (const std::size_t a : reduced_axes(node)) wishes.take_out(node.node().inputs[0], a);
}

constexpr LayoutRule kLayout{.alike = LayoutRule::Alike::same_rank, .axes = axes};

Axes argument_axis(const NodeReader& node) { return {node.axis_attribute(0, node.dims(0, 1, 8).size())}; }

void axes_of_argument(const NodeReader& node, AxisWishes& wishes) {
  wishes.take_out(node.node().inputs[0], argument_axis(node).front());
}

void infer_argument(Inference& node) {
  (void)node.flag("select_last_index", false);
  set_shape(node, argument_axis(node));
  node.output_type(0, ElementType::int64);
}

// `finish` is what happens to each sum in the end.
template <Function finish>
void lower(Lowering& node) {
  const Axes axes = reduced_axes(node);
  if (axes.empty() && finish == Function::identity && node.function() == Function::reduce)
    return node.place_reshaped(node.input(), node.output());
  Operator& op = add_reduction(node, node.input(), axes, node.output());
  if (finish != Function::identity) op.posts.push_back({finish, kNone, op.name});
}

void lower_argument(Lowering& node) { (void)add_reduction(node, node.input(), argument_axis(node), node.output()); }

template <Function finish>
constexpr OperatorRule reduction(std::string_view runs) {
  return {.infer = infer, .layout = kLayout, .lower = lower<finish>, .runs = runs};
}

}  // namespace

Operator& add_reduction(Lowering& node, TensorId input, const Axes& axes, TensorId output) {
  const Layout layout = node.at(input).layout;
  const std::size_t rank = node.at(input).dims.size();
  const bool keep = node.at(output).dims.size() == rank;
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.vector.reducing = true;
  op.maps.resize(1);
  int next = 0;
  for (std::size_t a = 0; a < rank; ++a) {
    AxisMap map;
    const bool reduced = std::binary_search(axes.begin(), axes.end(), a);
    if (reduced) op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, rank, layout))] = true;
    else map.from = next;
    if (!reduced || keep) ++next;
    op.maps[0].push_back(map);
  }
  return op;
}

extern const OperatorRule kReduction =
    reduction<Function::identity>("vector unit, for each input; the axes stay whole in a tile");
extern const OperatorRule kReductionThenRoot =
    reduction<Function::sqrt>("vector unit, for each input; the axes stay whole in a tile; then sqrt, for each output");
extern const OperatorRule kReductionThenLogarithm =
    reduction<Function::log>("vector unit, for each input; the axes stay whole in a tile; then log, for each output");
extern const OperatorRule kProduct{.infer = infer,
                                   .layout = kLayout,
                                   .lower = lower<Function::identity>,
                                   .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kArgument{.infer = infer_argument,
                                    .layout = {.alike = LayoutRule::Alike::same_rank, .axes = axes_of_argument},
                                    .lower = lower_argument,
                                    .runs = "vector unit, for each input; the axes stay whole in a tile"};

}  // namespace tessera::models
