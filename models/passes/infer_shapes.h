// Shape inference with folding of constants: afterwards every value that a live node reads has a shape.
#pragma once

#include <string>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

// Sorts the nodes topologically, drops the dead ones, infers shapes and folds what depends on constants only (shape
// sub-graphs included). Folded and dropped nodes leave a note. All unknown operators are reported at once.
// `for_host`, where it fails: the types (host_key()) of the operators that no unit of the machine can run.
[[nodiscard]] base::Diagnostics infer_shapes(Graph&, std::vector<std::string>* for_host = nullptr);

}  // namespace tessera::models
