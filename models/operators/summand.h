// What is added to a product that is no number for each of its columns or channels: on the vector unit, behind the
// array.
#pragma once

#include <functional>

#include "models/operators/lowering.h"

namespace tessera::models {

// output = product + summand, which is read by `map`.
void add_summand(Lowering&, TensorId product, TensorId summand, std::vector<AxisMap> map, TensorId output);
// A bias of one number for each output channel: a constant that has been fused by now, or input 2, which is added here.
// `add_product` adds the operator that writes the tensor that it is given.
void lower_with_bias(Lowering&, const std::function<void(TensorId)>& add_product);
void require_bias(const NodeReader&, std::int64_t channels);
// The tensor times one number.
[[nodiscard]] TensorId scaled(Lowering&, TensorId);

}  // namespace tessera::models
