// Pools, on the vector unit: over a window, by rows with halo; a global pool keeps the image whole.
#include <algorithm>

#include "base/checked.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

using base::Function;

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

// A window over an image is a geometry that source_box() knows; over a volume each axis has its own map.
void set_access(Operator& op, const std::vector<WindowAxis>& window) {
  if (window.size() < 3) {
    set_window(op.vector, window);
    op.vector.reducing = true;
    return;
  }
  op.access = Operator::Access::axes;
  op.maps = {{{.from = 0}, {.from = 1}}};
  for (const WindowAxis& a : window) {
    const std::int64_t reach = a.dilation * (a.kernel - 1);
    op.maps[0].push_back({.from = static_cast<int>(op.maps[0].size()),
                          .step = a.stride,
                          .offset = -a.pad_begin,
                          .after = reach,
                          .beyond = AxisMap::Beyond::nearest});
    op.vector.repeats = base::saturating_product(op.vector.repeats, a.kernel);
  }
}

Operator& add_pool(Lowering& node, std::size_t result) {
  const TensorId input = node.input(), output = node.output(result);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  set_access(op, window_of(node));
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

Operator& add_global_pool(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  const Tensor& in = node.at(input);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(in.dims, node.at(output).dims)};
  op.vector.reducing = true;
  for (std::size_t a = 2; a < op.maps[0].size(); ++a) {
    op.maps[0][a] = {};
    op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, in.dims.size(), in.layout))] = true;
  }
  return op;
}

void lower_global(Lowering& node) {
  Operator& op = add_global_pool(node);
  op.vector.reduced[kH] = op.vector.reduced[kW] = true;
}

// Pools of powers end with a root of each sum.
void take_root(Operator& op) { op.posts.push_back({Function::sqrt, kNone, op.name}); }

void lower_power(Lowering& node) { take_root(add_pool(node, 0)); }
void lower_global_power(Lowering& node) { take_root(add_global_pool(node)); }

}  // namespace

extern const OperatorRule kPool{
    .infer = infer,
    .layout = kImages,
    .lower = lower,
    .takes_padding = true,
    .runs = "vector unit, for each output and element of its window; a second pass finds indices"};
extern const OperatorRule kGlobalPool{.infer = infer_global,
                                      .layout = kImages,
                                      .lower = lower_global,
                                      .runs = "vector unit, for each input; the axes stay whole in a tile"};
extern const OperatorRule kPowerPool{
    .infer = infer,
    .layout = kImages,
    .lower = lower_power,
    .takes_padding = true,
    .runs = "vector unit, for each output and element of its window; then sqrt, for each output"};
extern const OperatorRule kGlobalPowerPool{
    .infer = infer_global,
    .layout = kImages,
    .lower = lower_global_power,
    .runs = "vector unit, for each input; the axes stay whole in a tile; then sqrt, for each output"};

}  // namespace tessera::models
