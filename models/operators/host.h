// Shapes of what the host makes (operators/host.cpp).
#pragma once

#include "models/graph/graph.h"

namespace tessera::models {

// Whether the shapes of what a node on the host makes follow from its type, at least at most; else the file has to
// say them.
[[nodiscard]] bool host_shape_follows(const Node&);

}  // namespace tessera::models
