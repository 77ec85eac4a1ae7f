// From the graph, after its passes, to what the simulator works on.
#pragma once

#include "models/graph/graph.h"
#include "models/network/network.h"

namespace tessera::models {

// Every node becomes operators, a view, or an error that names it.
[[nodiscard]] base::Result<Network> lower(const Graph&);

}  // namespace tessera::models
