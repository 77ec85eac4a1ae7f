#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "models/operators/node_reader.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

bool is_concat(const Node& node) { return node.domain.empty() && node.type == "Concat" && !node.inputs.empty(); }

}  // namespace

void nest_concats(Graph& graph) {
  struct Earlier {
    NodeId node = kNone;
    std::vector<ValueId> parts;  // as the file has them
  };
  std::map<std::pair<std::size_t, ValueId>, std::vector<Earlier>> by_first;  // by axis and first part
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    Node& node = graph.nodes[n];
    if (!is_concat(node) || graph.values[node.outputs[0]].constant) continue;
    const std::size_t axis = NodeReader(graph, n).axis_attribute(1, graph.values[node.outputs[0]].dims().size());
    std::vector<Earlier>& others = by_first[{axis, node.inputs[0]}];
    const std::vector<ValueId> parts = node.inputs;
    const Earlier* longest = nullptr;
    for (const Earlier& other : others) {
      const bool begins =
          other.parts.size() < parts.size() && std::equal(other.parts.begin(), other.parts.end(), parts.begin());
      if (begins && (longest == nullptr || other.parts.size() > longest->parts.size())) longest = &other;
    }
    if (longest != nullptr) {
      const auto rest = parts.begin() + static_cast<std::ptrdiff_t>(longest->parts.size());
      node.inputs.assign(1, graph.nodes[longest->node].outputs[0]);
      node.inputs.insert(node.inputs.end(), rest, parts.end());
      graph.notes.push_back({node.name, "continues " + graph.nodes[longest->node].name});
    }
    if (parts.size() > 1) others.push_back({n, parts});
  }
}

}  // namespace tessera::models
