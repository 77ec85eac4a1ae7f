#include "models/graph/graph_editor.h"

#include <algorithm>
#include <iterator>

namespace tessera::models {

namespace {

// Values that are newer than the list have no readers yet.
void erase_reader(std::vector<std::vector<NodeId>>& readers, ValueId v, NodeId n) {
  if (v != kNone && v < readers.size()) std::erase(readers[v], n);
}

}  // namespace

NodeId GraphEditor::only_reader(ValueId v) const {
  if (v == kNone || v >= readers_.size() || graph_.values[v].network_output || readers_[v].size() != 1) return kNone;
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
    for (const ValueId v : graph_.nodes[n].inputs) erase_reader(readers_, v, n);
  }
  Node& node = graph_.nodes[kept];
  node.outputs.assign(1, output);
  graph_.values[output].producer = kept;
  for (const ValueId v : node.inputs)
    if (v != kNone) add_reader(v, kept);
}

void GraphEditor::add_reader(ValueId v, NodeId n) {
  if (v >= readers_.size()) readers_.resize(v + 1);  // a new value
  if (std::find(readers_[v].begin(), readers_[v].end(), n) != readers_[v].end()) return;
  readers_[v].push_back(n);
  std::sort(readers_[v].begin(), readers_[v].end());
}

void GraphEditor::bypass(NodeId gone, const std::string& what) {
  const ValueId source = graph_.nodes[gone].inputs.front(), output = graph_.nodes[gone].outputs.front();
  keep_[gone] = false;
  graph_.notes.push_back({graph_.nodes[gone].name, what});
  for (const ValueId v : graph_.nodes[gone].inputs) erase_reader(readers_, v, gone);
  for (const NodeId reader : readers_[output]) {
    std::replace(graph_.nodes[reader].inputs.begin(), graph_.nodes[reader].inputs.end(), output, source);
    add_reader(source, reader);
  }
  readers_[output].clear();
}

void GraphEditor::exchange(NodeId first, NodeId second) {
  for (const NodeId n : {first, second})
    for (const ValueId v : graph_.nodes[n].inputs) erase_reader(readers_, v, n);
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

void GraphEditor::finish() {
  if (before_.empty() && behind_.empty()) return keep_nodes(graph_, keep_);
  std::vector<Node> nodes;
  for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
    if (const auto more = before_.find(n); more != before_.end())
      std::move(more->second.begin(), more->second.end(), std::back_inserter(nodes));
    if (keep_[n]) nodes.push_back(std::move(graph_.nodes[n]));
    if (const auto more = behind_.find(n); more != behind_.end())
      std::move(more->second.begin(), more->second.end(), std::back_inserter(nodes));
  }
  graph_.nodes = std::move(nodes);
  keep_nodes(graph_, std::vector<bool>(graph_.nodes.size(), true));  // renumbers the producers
}

}  // namespace tessera::models
