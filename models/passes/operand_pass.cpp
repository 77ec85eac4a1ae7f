#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "models/graph/graph.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// By node, how many nodes stand one behind the other up to it; views are none.
std::vector<std::int64_t> depths(const Graph& g) {
  std::vector<std::int64_t> depth(g.nodes.size(), 0);
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    for (const ValueId v : g.nodes[n].inputs)
      if (v != kNone && g.values[v].producer != kNone) depth[n] = std::max(depth[n], depth[g.values[v].producer]);
    depth[n] += rule_of(g.nodes[n]).is_view ? 0 : 1;
  }
  return depth;
}

// Whether `v` is a part of what one operator makes, under whatever shape.
bool is_part(const Graph& g, ValueId v) {
  while (g.values[v].producer != kNone) {
    const Node& node = g.nodes[g.values[v].producer];
    if (node.domain.empty() && (node.type == "Slice" || node.type == "Split")) return true;
    if (!rule_of(node).is_view) return false;
    v = node.inputs[0];
  }
  return false;
}

}  // namespace

void order_operands(Graph& graph) {
  constexpr std::array<std::string_view, 5> kTypes{"Add", "Max", "Min", "Mul", "Sum"};
  const std::vector<std::int64_t> depth = depths(graph);
  // The longest way first; of equals the one that is made first.
  const auto place = [&](ValueId v) {
    const NodeId producer = graph.values[v].producer;
    if (producer == kNone) return std::pair{std::int64_t{0}, std::int64_t{-1}};
    return std::pair{-depth[producer], std::int64_t{producer}};
  };
  for (Node& node : graph.nodes) {
    if (!node.domain.empty() || std::ranges::find(kTypes, node.type) == kTypes.end()) continue;
    const Dims& out = graph.values[node.outputs[0]].dims();
    const auto alike = [&](ValueId v) {
      return v != kNone && !graph.values[v].constant && graph.values[v].dims() == out && !is_part(graph, v);
    };
    if (std::ranges::all_of(node.inputs, alike)) std::ranges::stable_sort(node.inputs, {}, place);
  }
}

}  // namespace tessera::models
