#include "models/passes/lower.h"

#include "models/operators/lowering.h"
#include "models/passes/layout_pass.h"

namespace tessera::models {

base::Result<Network> lower(const Graph& graph) {
  Lowering lowering(graph, assign_layouts(graph));
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    try {
      lowering.lower(n);
    } catch (const NodeError& e) {
      return base::failure(graph.nodes[n].where, describe(graph.nodes[n]) + ": " + e.message);
    }
  }
  return std::move(lowering).finish();
}

}  // namespace tessera::models
