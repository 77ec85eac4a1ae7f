// TopK and CumSum, on the vector unit: a lane goes along one axis, which every tile keeps whole.
#include <fmt/format.h>

#include <bit>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// How many are wanted: input 1, an attribute before operator set 10.
std::int64_t wanted(const NodeReader& node) {
  if (!node.has(1)) {
    node.require_attribute("k");
    return node.integer("k", 1, 0, kMaxElements);
  }
  const auto& k = node.ints(1, "number of elements k");
  node.require(k.size() == 1, "k must be one number");
  return k.front();
}

void infer_top_k(Inference& node) {
  Dims out = node.dims(0, 1, 8);
  const std::size_t axis = node.axis_attribute(-1, out.size());
  const std::int64_t k = wanted(node);
  if (k < 0 || k > out[axis]) node.fail(fmt::format("k is {}, but axis {} has {} elements", k, axis, out[axis]));
  out[axis] = k;
  for (std::size_t i = 0; i < node.output_count(); ++i) node.output(i, out);
  node.output_type(1, ElementType::int64);
}

// The pass of the node's function along `axis` that makes output `result`.
Operator& along(Lowering& node, std::size_t axis, std::size_t result) {
  const TensorId input = node.input(), output = node.output(result);
  const Tensor& in = node.at(input);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(in.dims, in.dims)};
  op.maps[0][axis] = {};
  op.vector.reducing = true;
  op.vector.reduced[static_cast<std::size_t>(canonical_axis(axis, in.dims.size(), in.layout))] = true;
  return op;
}

// Every element is compared with a heap of the k best, one level after the other. As with a maximum pool, values and
// places are found in a pass each.
void lower_top_k(Lowering& node) {
  const std::size_t axis = node.axis_attribute(-1, node.dims(0).size());
  const auto k = static_cast<std::uint64_t>(wanted(node));
  const bool places = node.output_count() > 1 && node.is_used(node.node().outputs[1]);
  for (const std::size_t result : {1U, 0U}) {
    if (result == 1 ? !places : !node.is_used(node.node().outputs[0])) continue;
    Operator& op = along(node, axis, result);
    op.vector.repeats = std::bit_width(k);
    if (result == 1) op.name += "#indices";
  }
  if (places && node.is_used(node.node().outputs[0])) node.note("a second pass finds the indices");
}

std::size_t sum_axis(const NodeReader& node) {
  const auto& axis = node.ints(1, "axis");
  node.require(axis.size() == 1, "the axis must be one number");
  return node.axis(axis.front(), node.dims(0, 1, 8).size(), "input 'axis'");
}

void infer_sum(Inference& node) {
  (void)sum_axis(node);
  (void)node.flag("exclusive", false);
  (void)node.flag("reverse", false);
  same_shape(node);
}

void lower_sum(Lowering& node) { (void)along(node, sum_axis(node), 0); }

}  // namespace

extern const OperatorRule kTopK{
    .infer = infer_top_k,
    .layout = kOneLayout,
    .lower = lower_top_k,
    .reads_weights = false,
    .runs = "vector unit, for each input on each of 1 + floor(log2 k) levels; a second pass finds indices"};
extern const OperatorRule kCumulativeSum{.infer = infer_sum,
                                         .layout = kOneLayout,
                                         .lower = lower_sum,
                                         .reads_weights = false,
                                         .runs = "vector unit, for each input; the axes stay whole in a tile"};

}  // namespace tessera::models
