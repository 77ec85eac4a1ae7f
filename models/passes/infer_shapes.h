// Shape inference with folding of constants: afterwards every value that a live node reads has a shape.
#pragma once

#include <optional>
#include <string>

#include "models/graph/graph.h"

namespace tessera::models {

// Sorts the nodes topologically, drops the dead ones, infers shapes and folds what depends on constants only (shape
// sub-graphs included). Folded and dropped nodes leave a note. All unknown operators are reported at once.
[[nodiscard]] base::Diagnostics infer_shapes(Graph&);

// One node whose inputs are inferred: its outputs' shapes, or what is wrong with it.
[[nodiscard]] std::optional<std::string> infer_node(Graph&, NodeId);

}  // namespace tessera::models
