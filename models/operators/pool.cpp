// Pools, on the vector unit: over a window, by rows with halo; a global pool keeps the image whole.
#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims& in = node.dims(0, 3, 4);
  node.require(node.has_attribute("kernel_shape"), "attribute 'kernel_shape' is missing");
  Dims out{in[0], in[1]};
  for (const WindowAxis& a : resolve_window(node, node.list("kernel_shape"))) out.push_back(a.out);
  node.output(0, out);
  node.require(node.output_count() < 2 || !node.has(1), "a second output (indices) is not supported");
}

void infer_global(Inference& node) {
  Dims out = node.dims(0, 3, 4);
  std::fill(out.begin() + 2, out.end(), 1);
  node.output(0, out);
}

void lower(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  set_window(op.vector, resolve_window(node, node.list("kernel_shape")));
  op.vector.reducing = true;
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
