// A reduction over whole axes, as several families of operators end in one.
#pragma once

#include <cstddef>
#include <vector>

#include "models/operators/lowering.h"

namespace tessera::models {

// The node's function over `axes` (ascending) of `input`, of which `output` keeps a 1 for each or nothing. Valid until
// the next operator is added.
Operator& add_reduction(Lowering&, TensorId input, const std::vector<std::size_t>& axes, TensorId output);

}  // namespace tessera::models
