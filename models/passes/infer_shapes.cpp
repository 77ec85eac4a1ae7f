#include "models/passes/infer_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "models/operators/inference.h"
#include "models/operators/operators.h"

namespace tessera::models {

namespace {

base::Diagnostics unknown_operators(const Graph& g) {
  struct Seen {
    NodeId first;
    int count;
  };
  std::map<std::string, Seen> unknown;
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    if (find_operator(g.nodes[n]) != nullptr) continue;
    const std::string type = g.nodes[n].domain + "::" + g.nodes[n].type;
    ++unknown.try_emplace(type, Seen{n, 0}).first->second.count;
  }
  base::Diagnostics problems;
  for (const auto& [type, seen] : unknown) {
    const Node& node = g.nodes[seen.first];
    problems.add(node.where, fmt::format("{}: this operator cannot be simulated{}", describe(node),
                                         seen.count > 1 ? fmt::format(" ({} nodes use it)", seen.count) : ""));
  }
  return problems;
}

void sort_nodes(Graph& g, const std::vector<NodeId>& order) {
  std::vector<Node> sorted;
  sorted.reserve(order.size());
  for (const NodeId n : order) sorted.push_back(std::move(g.nodes[n]));
  g.nodes = std::move(sorted);
  keep_nodes(g, std::vector<bool>(g.nodes.size(), true));  // renumbers the producers
}

void drop_dead(Graph& g) {
  const std::vector<bool> live = live_nodes(g);
  for (NodeId n = 0; n < g.nodes.size(); ++n)
    if (!live[n]) g.notes.push_back({g.nodes[n].name, "dropped: nobody reads its output"});
  keep_nodes(g, live);
}

// Outputs of a node whose inputs are all constants are constants, with or without numbers.
bool fold(Graph& g, const Node& node) {
  const auto is_constant = [&](ValueId v) { return v == kNone || g.values[v].constant; };
  const bool foldable = std::all_of(node.inputs.begin(), node.inputs.end(), is_constant);
  if (foldable)
    for (const ValueId v : node.outputs)
      if (v != kNone) g.values[v].constant = true;
  return std::all_of(node.outputs.begin(), node.outputs.end(), is_constant);
}

// Counts what an operator reads as weights: initializers and constants made by a node, no shapes, no single numbers
// written out as nodes; each once. Before folding, so that a table of which a part is used counts whole.
void count_parameters(Graph& g, const Node& node, std::vector<bool>& counted) {
  if (!rule_of(node).reads_weights) return;
  for (const ValueId v : node.inputs) {
    if (v == kNone || counted[v] || !g.values[v].constant || g.values[v].literal.integer) continue;
    const NodeId maker = g.values[v].producer;
    if (maker != kNone && !rule_of(g.nodes[maker]).makes_constants) continue;
    counted[v] = true;
    const std::int64_t count = elements(g.values[v].dims());
    if (g.values[v].initializer || count > 1) g.parameters += count;
  }
}

}  // namespace

base::Diagnostics infer_shapes(Graph& g) {
  auto order = topological_order(g);
  if (!order) return order.problems();
  sort_nodes(g, *order);
  drop_dead(g);
  base::Diagnostics problems = unknown_operators(g);
  if (!problems.empty()) return problems;
  std::vector<bool> keep(g.nodes.size(), true), counted(g.values.size(), false);
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    if (const auto problem = infer_node(g, n)) {
      problems.add(g.nodes[n].where, describe(g.nodes[n]) + ": " + *problem);
      return problems;  // what follows would only repeat it
    }
    count_parameters(g, g.nodes[n], counted);
    if (!fold(g, g.nodes[n])) continue;
    keep[n] = false;
    g.notes.push_back({g.nodes[n].name, "folded to a constant"});
  }
  keep_nodes(g, keep);
  drop_dead(g);
  for (const Value& v : g.values) {
    if (!v.network_output) continue;
    if (v.constant) problems.add({g.file}, fmt::format("network output '{}' is a constant", v.name));
    else if (!v.shaped)
      problems.add({g.file}, fmt::format("network output '{}' is an output of {} that cannot be simulated", v.name,
                                         describe(g.nodes[v.producer])));
  }
  return problems;
}

}  // namespace tessera::models
