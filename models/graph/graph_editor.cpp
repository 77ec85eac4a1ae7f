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
    graph_.notes.push_back({graph_.nodes[n].name, what, graph_.nodes[kept].name});
    for (const ValueId v : graph_.nodes[n].inputs)
      if (v != kNone) std::erase(readers_[v], n);
  }
  Node& node = graph_.nodes[kept];
  node.outputs.assign(1, output);
  graph_.values[output].producer = kept;
  for (const ValueId v : node.inputs)
    if (v != kNone) add_reader(v, kept);
}

void GraphEditor::add_reader(ValueId v, NodeId n) {
  if (std::find(readers_[v].begin(), readers_[v].end(), n) != readers_[v].end()) return;
  readers_[v].push_back(n);
  std::sort(readers_[v].begin(), readers_[v].end());
}

void GraphEditor::bypass(NodeId gone, const std::string& what) {
  const ValueId source = graph_.nodes[gone].inputs.front(), output = graph_.nodes[gone].outputs.front();
  keep_[gone] = false;
  graph_.notes.push_back({graph_.nodes[gone].name, what});
  for (const ValueId v : graph_.nodes[gone].inputs)
    if (v != kNone) std::erase(readers_[v], gone);
  for (const NodeId reader : readers_[output]) {
    std::replace(graph_.nodes[reader].inputs.begin(), graph_.nodes[reader].inputs.end(), output, source);
    add_reader(source, reader);
  }
  readers_[output].clear();
}

void GraphEditor::exchange(NodeId first, NodeId second) {
  for (const NodeId n : {first, second})
    for (const ValueId v : graph_.nodes[n].inputs)
      if (v != kNone) std::erase(readers_[v], n);
  std::swap(graph_.nodes[first], graph_.nodes[second]);
  Node &earlier = graph_.nodes[first], &later = graph_.nodes[second];
  const ValueId source = later.inputs.front(), between = later.outputs.front(), result = earlier.outputs.front();
  std::replace(earlier.inputs.begin(), earlier.inputs.end(), between, source);
  earlier.outputs.front() = between;
  later.inputs.front() = between;
  later.outputs.front() = result;
  graph_.values[between].literal.dims = graph_.values[source].dims();
  graph_.values[between].literal.type = graph_.values[result].type();
  graph_.values[between].producer = first;
  graph_.values[result].producer = second;
  for (const NodeId n : {first, second})
    for (const ValueId v : graph_.nodes[n].inputs)
      if (v != kNone) add_reader(v, n);
}

}  // namespace tessera::models
