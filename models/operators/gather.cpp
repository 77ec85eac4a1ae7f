// Gather: copies of the rows that indices name. The indices are constants or enter the network; which rows they name
// in a run does not matter for its timing.
#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims in = node.dims(0, 1, 8);
  const Dims index = node.dims(1);
  const std::size_t axis = node.axis_attribute(0, in.size());
  Dims out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(axis));
  out.insert(out.end(), index.begin(), index.end());
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end());
  node.output(0, out);
}

// Indices that enter the network need no operator, whatever shape they are given on the way.
bool enters_the_network(const Lowering& node, ValueId v) {
  while (node.value(v).producer != kNone && rule_of(node.graph().nodes[node.value(v).producer]).is_view)
    v = node.graph().nodes[node.value(v).producer].inputs[0];
  return node.value(v).network_input;
}

// The map of the gathered axis: `indices` axes of the output from `axis` on say which rows, none a single row.
AxisMap picked_rows(const Literal& index, std::int64_t extent, std::size_t axis, int indices) {
  if (indices > 0) return {.from = static_cast<int>(axis), .span = indices, .wrap = true};
  const std::int64_t one = index.ints && !index.ints->empty() ? index.ints->front() : 0;
  return {.from = AxisMap::kFixed, .offset = std::clamp<std::int64_t>(one < 0 ? one + extent : one, 0, extent - 1)};
}

void lower(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const Value& index = node.in(1);
  if (!index.constant && !enters_the_network(node, node.node().inputs[1]))
    node.fail("its indices are computed by the network; only constants and network inputs can be simulated");
  const Dims& in = node.dims(0);
  const std::size_t axis = node.axis_attribute(0, in.size());
  const auto indices = static_cast<int>(index.dims().size());
  std::vector<AxisMap> map(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) map[i].from = static_cast<int>(i) + (i > axis ? indices - 1 : 0);
  map[axis] = picked_rows(index.literal, in[axis], axis, indices);
  node.move(source, output, std::move(map));
}

}  // namespace

extern const OperatorRule kGather{.infer = infer, .layout = kAnyLayout, .lower = lower};

}  // namespace tessera::models
