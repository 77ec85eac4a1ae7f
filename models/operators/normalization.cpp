// Softmax, layer normalization and local response normalization, on the vector unit: an output element needs the whole
// of some axes.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// The attribute `axis`. The default 1 of older operator sets may lie behind a tensor of one axis.
std::size_t first_axis(const NodeReader& node, std::int64_t otherwise) {
  const std::size_t rank = node.dims(0).size();
  if (!node.has_attribute("axis") && otherwise >= 0) return static_cast<std::size_t>(otherwise);
  return node.axis_attribute(otherwise, rank);
}

void infer(Inference& node) {
  const Dims& in = node.dims(0, 1, 8);
  (void)first_axis(node, -1);
  node.output(0, in);
}

// Scale and shift have the shape of the axes that are normalized, or broadcast to it.
void infer_layer_normalization(Inference& node) {
  infer(node);
  const Dims& in = node.dims(0);
  for (std::size_t i = 1; i < node.input_count(); ++i)
    if (node.has(i) && broadcast(node, in, node.dims(i)) != in)
      node.fail(fmt::format("input {} has the shape {}, which does not broadcast to {}", i, describe(node.dims(i)),
                            describe(in)));
}

void infer_response(Inference& node) {
  (void)node.dims(0, 3, 4);
  node.require_attribute("size");
  (void)node.integer("size", 1, 1, kMaxElements);
  same_shape(node);
}

// Scale and shift lie together; the weight region takes them as one operand.
void add_scale_and_shift(Lowering& node, TensorId output, std::vector<TensorId>& inputs, std::int64_t& parameters) {
  for (std::size_t i = 1; i < node.input_count(); ++i) {
    const ValueId v = node.node().inputs[i];
    if (node.scalar(v)) continue;
    if (!node.value(v).constant) node.fail("its scale or shift is no constant");
    if (inputs.size() == 1) inputs.push_back(node.operand(v, output));
    parameters += elements(node.value(v).dims());
  }
}

// Over the axes [first, last) of the input, `last` cut to its rank.
void normalize(Lowering& node, std::size_t first, std::size_t last) {
  const TensorId input = node.input(), output = node.output();
  std::vector<TensorId> inputs{input};
  std::int64_t parameters = 0;
  add_scale_and_shift(node, output, inputs, parameters);
  const Dims dims = node.at(inputs[0]).dims;
  const Layout layout = node.at(inputs[0]).layout;
  Operator& op = node.add(Unit::vector, output);
  op.inputs = std::move(inputs);
  op.access = Operator::Access::axes;
  op.parameter_elements = parameters;
  op.vector.reducing = true;
  for (const TensorId t : op.inputs) op.maps.push_back(broadcast_map(node.at(t).dims, dims));
  for (std::size_t a = first; a < std::min(last, dims.size()); ++a) {
    op.maps[0][a] = {};
    op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, dims.size(), layout))] = true;
  }
}

// Before operator set 13 a softmax takes all axes from `axis` on.
void lower_softmax(Lowering& node) {
  const bool flattens = node.opset() < 13;
  const std::size_t first = first_axis(node, flattens ? 1 : -1);
  normalize(node, first, flattens ? node.dims(0).size() : first + 1);
}

void lower_layer_normalization(Lowering& node) { normalize(node, first_axis(node, -1), node.dims(0).size()); }

// Over neighbouring channels, which stay whole where they fit.
void lower_response(Lowering& node) {
  normalize(node, 1, 2);
  const std::int64_t size = node.integer("size", 1, 1, kMaxElements);
  node.last().maps[0][1] = {.from = 1, .offset = -(size - 1) / 2, .window = size};
}

}  // namespace

extern const OperatorRule kSoftmax{.infer = infer, .layout = kOneLayout, .lower = lower_softmax};
extern const OperatorRule kLayerNormalization{
    .infer = infer_layer_normalization, .layout = kOneLayout, .lower = lower_layer_normalization};
extern const OperatorRule kResponse{.infer = infer_response, .layout = kImages, .lower = lower_response};

}  // namespace tessera::models
