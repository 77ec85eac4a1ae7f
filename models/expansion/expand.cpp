#include "models/expansion/expand.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "models/expansion/expansion.h"
#include "models/operators/operators.h"

namespace tessera::models {

namespace {

std::vector<bool> read_values(const Graph& g) {
  std::vector<bool> read(g.values.size(), false);
  for (const Node& node : g.nodes)
    for (const ValueId v : node.inputs)
      if (v != kNone) read[v] = true;
  return read;
}

// Nodes that replaced others stand at the end of the list; here each takes its place, and `order` gets the ids in
// topological order.
void put_in_order(NodeId n, const std::vector<std::optional<std::vector<NodeId>>>& replaced_by,
                  std::vector<NodeId>& order) {
  if (!replaced_by[n]) return order.push_back(n);
  for (const NodeId made : *replaced_by[n]) put_in_order(made, replaced_by, order);
}

}  // namespace

base::Diagnostics expand_nodes(Graph& g) {
  const std::size_t originals = g.nodes.size();
  std::vector<std::optional<std::vector<NodeId>>> replaced_by(originals);
  std::vector<bool> read = read_values(g);
  // What is made may itself stand for many: it is met later, since it comes at the end.
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    replaced_by.resize(g.nodes.size());
    const auto expand = rule_of(g.nodes[n]).expand;
    if (expand == nullptr) continue;
    Expansion expansion(g, n, read);
    try {
      expand(expansion);
    } catch (const NodeError& e) {
      base::Diagnostics problems;
      problems.add(g.nodes[n].where, describe(g.nodes[n]) + ": " + e.message);
      return problems;
    }
    replaced_by[n] = expansion.made();
    g.notes.push_back({g.nodes[n].name, fmt::format("expanded into {} nodes", expansion.made().size())});
  }
  if (g.nodes.size() == originals) return {};
  replaced_by.resize(g.nodes.size());
  std::vector<NodeId> order;
  for (NodeId n = 0; n < originals; ++n) put_in_order(n, replaced_by, order);
  sort_nodes(g, order);
  return {};
}

}  // namespace tessera::models
