// Softmax and the normalizations, on the vector unit: an output element needs the whole of some axes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

using base::Function;
using Axes = std::vector<std::size_t>;

// The attribute `axis`. The default 1 of older operator sets may lie behind a tensor of one axis.
std::size_t first_axis(const NodeReader& node, std::int64_t otherwise) {
  const std::size_t rank = node.dims(0).size();
  if (!node.has_attribute("axis") && otherwise >= 0) return static_cast<std::size_t>(otherwise);
  return node.axis_attribute(otherwise, rank);
}

// Axes [first, last) of a tensor of `rank` axes.
Axes range(std::size_t first, std::size_t last, std::size_t rank) {
  Axes axes;
  for (std::size_t a = first; a < std::min(last, rank); ++a) axes.push_back(a);
  return axes;
}

void infer(Inference& node) {
  const Dims& in = node.dims(0, 1, 8);
  (void)first_axis(node, -1);
  node.output(0, in);
}

// What is normalized together is taken out of the axes before it.
void axes(const NodeReader& node, AxisWishes& wishes) {
  const bool flattens = node.node().type == "Softmax" && node.opset() < 13;
  wishes.take_out(node.node().inputs[0], first_axis(node, flattens ? 1 : -1));
}

constexpr LayoutRule kLayout{.alike = LayoutRule::Alike::same_rank, .axes = axes};

// Scale and shift have the shape of the axes that are normalized, or broadcast to it. Mean and inverse standard
// deviation keep a 1 for each of these axes.
void infer_layer_normalization(Inference& node) {
  infer(node);
  const Dims& in = node.dims(0);
  for (std::size_t i = 1; i < node.input_count(); ++i)
    if (node.has(i) && broadcast(node, in, node.dims(i)) != in)
      node.fail(fmt::format("input {} has the shape {}, which does not broadcast to {}", i, describe(node.dims(i)),
                            describe(in)));
  Dims statistics = in;
  for (const std::size_t a : range(first_axis(node, -1), in.size(), in.size())) statistics[a] = 1;
  for (std::size_t i = 1; i < node.output_count(); ++i) node.output(i, statistics);
}

// Inputs 1 and 2 have one number for each channel, or for each of the groups of channels.
void infer_channels(Inference& node, std::int64_t groups) {
  const Dims& in = node.dims(0, 2, 8);
  for (std::size_t i = 1; i < node.input_count(); ++i)
    if (const Dims& d = node.dims(i); d != Dims{in[1]} && d != Dims{groups})
      node.fail(fmt::format("input {} has the shape {}, but [{}] is needed", i, describe(d), in[1]));
  node.output(0, in);
}

void infer_instance_normalization(Inference& node) { infer_channels(node, node.dims(0, 2, 8)[1]); }

void infer_group_normalization(Inference& node) {
  const std::int64_t channels = node.dims(0, 2, 8)[1];
  node.require_attribute("num_groups");
  const std::int64_t groups = node.integer("num_groups", 1, 1, kMaxElements);
  if (channels % groups != 0) node.fail(fmt::format("{} channels do not make {} groups", channels, groups));
  infer_channels(node, groups);
}

void infer_lp(Inference& node) {
  (void)node.integer("p", 2, 1, 2);
  infer(node);
}

// The attribute `axes`; absent, all but the channels.
Axes mean_variance_axes(const NodeReader& node) {
  const std::size_t rank = node.dims(0, 1, 8).size();
  if (Axes axes = node.axes(Arity::kMany, rank); !axes.empty()) return axes;
  Axes axes = range(2, rank, rank);
  axes.insert(axes.begin(), 0);
  return axes;
}

void infer_mean_variance(Inference& node) {
  (void)mean_variance_axes(node);
  same_shape(node);
}

void infer_response(Inference& node) {
  (void)node.dims(0, 3, 8);
  node.require_attribute("size");
  (void)node.integer("size", 1, 1, kMaxElements);
  same_shape(node);
}

// Scale and shift that are tensors. `channel`: they have one number for each element of axis 1.
std::vector<TensorId> scale_and_shift(Lowering& node, TensorId output, bool channel, std::int64_t& parameters) {
  std::vector<TensorId> found;
  for (std::size_t i = 1; i < node.input_count(); ++i) {
    const ValueId v = node.node().inputs[i];
    if (node.scalar(v)) continue;
    if (node.value(v).constant) parameters += elements(node.value(v).dims());
    found.push_back(channel ? node.channel_operand(v, output) : node.operand(v, output));
  }
  return found;
}

// One pass over `axes` of the input, whole in every tile, with an operand that broadcasts, if there is one.
Operator& pass(Lowering& node, const Axes& axes, std::vector<TensorId> inputs, TensorId output) {
  const Dims dims = node.at(inputs[0]).dims;
  const Layout layout = node.at(inputs[0]).layout;
  Operator& op = node.add(Unit::vector, output);
  op.inputs = std::move(inputs);
  op.access = Operator::Access::axes;
  op.vector.reducing = true;
  for (const TensorId t : op.inputs) op.maps.push_back(broadcast_map(node.at(t).dims, dims));
  for (const std::size_t a : axes) {
    op.maps[0][a] = {};
    op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, dims.size(), layout))] = true;
  }
  return op;
}

// Constant scale and shift lie together; the weight region takes them as one operand. Where one of them is computed,
// the shift is added by an operator of its own.
void normalize(Lowering& node, const Axes& axes, bool channel = false) {
  const TensorId input = node.input(), output = node.output();
  std::int64_t parameters = 0;
  const std::vector<TensorId> operands = scale_and_shift(node, output, channel, parameters);
  const bool together =
      std::ranges::all_of(operands, [&](TensorId t) { return node.at(t).role == TensorRole::constant; });
  std::vector<TensorId> inputs{input};
  if (!operands.empty()) inputs.push_back(operands[0]);
  if (together || operands.size() < 2) {
    pass(node, axes, std::move(inputs), output).parameter_elements = parameters;
    return;
  }
  const Tensor y = node.at(output);
  const TensorId scaled = node.new_tensor(y.name + "#scaled", y.dims, y.layout);
  Operator& norm = pass(node, axes, std::move(inputs), scaled);
  norm.parameter_elements = parameters;
  norm.name += "#scaled";
  Operator& shift = node.add(Unit::vector, output);
  shift.function = Function::add;
  shift.inputs = {scaled, operands[1]};
  shift.access = Operator::Access::axes;
  for (const TensorId t : shift.inputs) shift.maps.push_back(broadcast_map(node.at(t).dims, y.dims));
}

// Before operator set 13 a softmax takes all axes from `axis` on.
void lower_softmax(Lowering& node) {
  const bool flattens = node.opset() < 13;
  const std::size_t rank = node.dims(0).size(), first = first_axis(node, flattens ? 1 : -1);
  normalize(node, range(first, flattens ? rank : first + 1, rank));
}

// Mean and inverse standard deviation, where somebody reads them, are found by a pass each.
void add_statistics(Lowering& node, const Axes& axes) {
  constexpr std::array kPasses{Function::reduce, Function::reduce_square};
  constexpr std::array kNames{"#mean", "#deviation"};
  for (std::size_t i = 1; i < node.output_count(); ++i) {
    if (!node.is_used(node.node().outputs[i])) continue;
    Operator& op = pass(node, axes, {node.input()}, node.output(i));
    op.function = kPasses[i - 1];
    op.name += kNames[i - 1];
    if (i == 2)
      for (const Function f : {Function::sqrt, Function::reciprocal}) op.posts.push_back({f, kNone, op.name});
    node.note(fmt::format("a pass of its own finds output {}", i));
  }
}

void lower_layer_normalization(Lowering& node) {
  const std::size_t rank = node.dims(0).size();
  const Axes axes = range(first_axis(node, -1), rank, rank);
  add_statistics(node, axes);
  normalize(node, axes);
}

void lower_one_axis(Lowering& node) {
  const std::size_t axis = first_axis(node, -1);
  normalize(node, {axis});
}

void lower_instance_normalization(Lowering& node) { normalize(node, range(2, kMaxAxes, node.dims(0).size()), true); }
void lower_group_normalization(Lowering& node) { normalize(node, range(1, kMaxAxes, node.dims(0).size()), true); }
void lower_mean_variance(Lowering& node) { normalize(node, mean_variance_axes(node)); }

// Over neighbouring channels, which stay whole where they fit.
void lower_response(Lowering& node) {
  normalize(node, {1});
  const std::int64_t size = node.integer("size", 1, 1, kMaxElements);
  node.last().maps[0][1] = {.from = 1, .offset = -(size - 1) / 2, .window = size};
}

constexpr LayoutRule kImageOrRows{.wish = LayoutRule::Wish::image_of_three_axes, .alike = LayoutRule::Alike::same_rank};

}  // namespace

extern const OperatorRule kSoftmax{.infer = infer,
                                   .layout = kLayout,
                                   .lower = lower_softmax,
                                   .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kLayerNormalization{
    .infer = infer_layer_normalization,
    .layout = kLayout,
    .lower = lower_layer_normalization,
    .runs = "vector unit, for each input; the axes stay whole in a tile; a pass for each further output"};
extern const OperatorRule kInstanceNormalization{.infer = infer_instance_normalization,
                                                 .layout = kImageOrRows,
                                                 .lower = lower_instance_normalization,
                                                 .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kGroupNormalization{.infer = infer_group_normalization,
                                              .layout = kImageOrRows,
                                              .lower = lower_group_normalization,
                                              .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kMeanVariance{.infer = infer_mean_variance,
                                        .layout = kOneLayout,
                                        .lower = lower_mean_variance,
                                        .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kLpNormalization{.infer = infer_lp,
                                           .layout = kOneLayout,
                                           .lower = lower_one_axis,
                                           .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kResponse{.infer = infer_response,
                                    .layout = kImages,
                                    .lower = lower_response,
                                    .runs = "vector unit, for each input; the axes stay whole in a tile"};

}  // namespace tessera::models
