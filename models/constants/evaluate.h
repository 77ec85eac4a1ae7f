// Numbers of constants: what a node computes whose inputs are all constants.
//
// Exporters write the shapes, axes, scales, masks and branches of a network as small sub-graphs. They are evaluated
// here once, when the network is read, and cost nothing on the machine. Shapes come from inference; here are only
// numbers, of tensors with at most kMostNumbers elements. Integers have 64 bits and wrap; fractions are rounded to the
// precision of their type after every operator, as every runtime does, since a Floor or a Cast may follow.
#pragma once

#include <optional>
#include <string>

#include "models/graph/graph.h"

namespace tessera::models {

// Puts numbers into the outputs of a node whose inputs are constants and whose outputs have shapes. Where an input has
// no numbers, the outputs are too large, or the operator is one that only works on data (a convolution), the outputs
// stay constants without numbers. Returns what is wrong with the node: an index that lies outside.
[[nodiscard]] std::optional<std::string> evaluate(Graph&, NodeId);

}  // namespace tessera::models
