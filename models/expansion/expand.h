// Operators that stand for many, replaced by what they stand for.
#pragma once

#include "models/graph/graph.h"

namespace tessera::models {

// After shape inference. The nodes that replace one stand in its place, so that the order stays topological, and a note
// at the node says how many they are. Errors name the node.
[[nodiscard]] base::Diagnostics expand_nodes(Graph&);

}  // namespace tessera::models
