// Shape inference with folding of constants: afterwards every value that a live node reads has a shape.
#pragma once

#include "models/graph/graph.h"

namespace tessera::models {

// Sorts the nodes topologically, drops the dead ones, infers shapes and folds what depends on constants only (shape
// sub-graphs included). Folded and dropped nodes leave a note. All unknown operators are reported at once.
[[nodiscard]] base::Diagnostics infer_shapes(Graph&);

}  // namespace tessera::models
