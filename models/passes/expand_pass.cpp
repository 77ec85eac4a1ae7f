// An Expand before an operator that broadcasts by itself.
#include <algorithm>

#include "models/graph/graph_editor.h"
#include "models/operators/inference.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// Whether the output of `n` has the same shape where it reads `source` in the place of `spread`.
bool stays(GraphEditor& e, NodeId n, ValueId spread, ValueId source) {
  const auto& values = e.graph().values;
  const OperatorRule& rule = rule_of(e.node(n));
  const bool element_wise = rule.fusion.post == FusionRule::Post::function || e.is(n, "Where");
  if (!element_wise || e.node(n).inputs.size() < 2 || e.node(n).outputs.size() != 1) return false;
  if (e.is(n, "PRelu") && e.node(n).inputs[0] == spread) return false;
  const Dims& out = values[e.node(n).outputs[0]].dims();
  Dims made;
  for (const ValueId v : e.node(n).inputs)
    made = broadcast(NodeReader(e.graph(), n), made, values[v == spread ? source : v].dims());
  return made == out;
}

}  // namespace

void drop_expands(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n)
    for (std::size_t i = 0; i < graph.nodes[n].inputs.size(); ++i) {
      const ValueId v = graph.nodes[n].inputs[i];
      if (v == kNone || graph.values[v].spread_of == kNone) continue;
      if (stays(e, n, v, graph.values[v].spread_of)) graph.nodes[n].inputs[i] = graph.values[v].spread_of;
    }
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.is(n, "Expand") && !e.is(n, "Tile")) continue;
    const ValueId source = e.node(n).inputs[0], spread = e.node(n).outputs[0];
    if (graph.values[spread].network_output || e.readers(spread).empty() ||
        !broadcasts_to(graph.values[source].dims(), graph.values[spread].dims()))
      continue;
    if (std::ranges::all_of(e.readers(spread), [&](NodeId r) { return e.alive(r) && stays(e, r, spread, source); }))
      e.bypass(n, "left out: what reads it broadcasts");
  }
  e.finish();
}

}  // namespace tessera::models
