#include "models/operators/summand.h"

#include <fmt/format.h>

namespace tessera::models {

void add_summand(Lowering& node, TensorId product, TensorId summand, std::vector<AxisMap> map, TensorId output) {
  const Dims dims = node.at(output).dims;
  const bool constant = node.at(summand).role == TensorRole::constant;
  Operator& op = node.add(Unit::vector, output);
  op.name += "#add";
  op.function = base::Function::add;
  op.inputs = {product, summand};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(dims, dims), std::move(map)};
  if (constant) op.parameter_elements = elements(node.at(summand).dims);
}

void lower_with_bias(Lowering& node, const std::function<void(TensorId)>& add_product) {
  const TensorId output = node.output();
  if (!node.has(2)) return add_product(output);
  const Tensor y = node.at(output);
  const TensorId product = node.new_tensor(y.name + "#product", y.dims, y.layout);
  add_product(product);
  AxisMap along_channels;
  along_channels.from = 1;
  add_summand(node, product, node.tensor(node.node().inputs[2]), {along_channels}, output);
}

void require_bias(const NodeReader& node, std::int64_t channels) {
  if (node.dims(2) != Dims{channels})
    node.fail(fmt::format("its bias has the shape {}, but [{}] is needed", describe(node.dims(2)), channels));
}

TensorId scaled(Lowering& node, TensorId tensor) {
  const Tensor source = node.at(tensor);
  const TensorId result = node.new_tensor(source.name + "#scaled", source.dims, source.layout);
  Operator& op = node.add(Unit::vector, result);
  op.name += "#scale";
  op.function = base::Function::mul;
  op.inputs = {tensor};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(source.dims, source.dims)};
  return result;
}

}  // namespace tessera::models
