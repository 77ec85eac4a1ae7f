#include "models/graph/graph_editor.h"

#include <algorithm>

namespace tessera::models {

NodeId GraphEditor::only_reader(ValueId v) const {
  if (v == kNone || graph_.values[v].network_output || readers_[v].size() != 1) return kNone;
  const NodeId reader = readers_[v].front();
  return keep_[reader] ? reader : kNone;
}

ValueId GraphEditor::variable_input(NodeId n) const {
  ValueId found = kNone;
  for (const ValueId v : graph_.nodes[n].inputs) {
    if (constant(v)) continue;
    if (found != kNone) return kNone;
    found = v;
  }
  return found;
}

void GraphEditor::merge(NodeId kept, const std::vector<NodeId>& gone, ValueId output, const std::string& what) {
  for (const NodeId n : gone) {
    if (n == kept) continue;
    keep_[n] = false;
    graph_.notes.push_back({graph_.nodes[n].name, what});
    for (const ValueId v : graph_.nodes[n].inputs)
      if (v != kNone) std::erase(readers_[v], n);
  }
  Node& node = graph_.nodes[kept];
  node.outputs.assign(1, output);
  graph_.values[output].producer = kept;
  for (const ValueId v : node.inputs)
    if (v != kNone && std::find(readers_[v].begin(), readers_[v].end(), kept) == readers_[v].end()) {
      readers_[v].push_back(kept);
      std::sort(readers_[v].begin(), readers_[v].end());
    }
}

}  // namespace tessera::models
