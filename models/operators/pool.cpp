// Pools, on the vector unit: over a window, by rows with halo; a global pool keeps the image whole.
#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

std::vector<WindowAxis> window_of(const NodeReader& node) {
  node.require_attribute("kernel_shape");
  return resolve_window(node, *node.integers("kernel_shape"));
}

// The second output of a maximum pool says where each maximum lies: it has the shape of the first.
void infer(Inference& node) {
  const Dims& in = node.dims(0, 3, 5);
  Dims out{in[0], in[1]};
  for (const WindowAxis& a : window_of(node)) out.push_back(a.out);
  for (std::size_t i = 0; i < node.output_count(); ++i) node.output(i, out);
  node.output_type(1, ElementType::int64);
}

void infer_global(Inference& node) {
  Dims out = node.dims(0, 3, 5);
  std::fill(out.begin() + 2, out.end(), 1);
  node.output(0, out);
}

Operator& add_pool(Lowering& node, std::size_t result) {
  const TensorId input = node.input(), output = node.output(result);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  set_window(op.vector, window_of(node));
  op.vector.reducing = true;
  return op;
}

// A lane keeps one value as it goes over a window: where each maximum lies is found in a second pass.
void lower(Lowering& node) {
  if (node.output_count() > 1 && node.is_used(node.node().outputs[1])) {
    add_pool(node, 1).name += "#indices";
    node.note("a second pass finds the indices");
  }
  add_pool(node, 0);
}

void lower_global(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(node.at(input).dims, node.at(output).dims)};
  for (std::size_t a = 2; a < op.maps[0].size(); ++a) op.maps[0][a] = {};
  op.vector.reduced[kH] = op.vector.reduced[kW] = op.vector.reducing = true;
}

}  // namespace

extern const OperatorRule kPool{.infer = infer, .layout = kImages, .lower = lower, .takes_padding = true};
extern const OperatorRule kGlobalPool{.infer = infer_global, .layout = kImages, .lower = lower_global};

}  // namespace tessera::models
