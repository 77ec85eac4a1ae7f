#include "models/passes/quantization/conversions.h"

#include <algorithm>

namespace tessera::models {

void make_weight(Graph& g, ValueId v) {
  Literal& literal = g.values[v].literal;
  literal.ints.reset();
  if (literal.type == ElementType::int32) literal.type = ElementType::float32;  // a bias, as wide
  if (g.values[v].producer == kNone) return;
  Node& maker = g.nodes[g.values[v].producer];
  const auto value = maker.attributes.find("value");
  if (!is(maker, "Constant") || value == maker.attributes.end() || !value->second.tensor) return;
  value->second.tensor->ints.reset();
}

ElementType constant_type(const Graph& g, ValueId v) {
  const Value& value = g.values[v];
  if (value.type() != ElementType::unknown || value.producer == kNone) return value.type();
  const Node& maker = g.nodes[value.producer];
  const auto tensor = maker.attributes.find("value");
  const bool given = is(maker, "Constant") && tensor != maker.attributes.end() && tensor->second.tensor;
  return given ? tensor->second.tensor->type : ElementType::unknown;
}

ElementType result_type(const Graph& g, const Node& n) {
  const auto given = n.attributes.find("output_dtype");
  if (given != n.attributes.end() && !given->second.ints.empty() && given->second.ints[0] != 0)
    return element_type(given->second.ints[0]);
  const std::size_t decides = is(n, kQuantize) ? 2 : 1;
  ElementType type = ElementType::unknown;
  if (n.inputs.size() > decides && n.inputs[decides] != kNone) type = constant_type(g, n.inputs[decides]);
  if (type != ElementType::unknown) return type;
  return is(n, kQuantize) ? ElementType::uint8 : ElementType::float32;
}

namespace {

void rename(std::vector<ValueId>& values, const Aliases& aliases) {
  for (ValueId& v : values)
    if (const auto at = aliases.find(v); at != aliases.end()) v = at->second;
}

}  // namespace

void read_instead(Node& node, const Aliases& aliases) {
  rename(node.inputs, aliases);
  const auto gone = [&](ValueId v) { return aliases.contains(v); };
  if (std::ranges::none_of(node.captures, gone)) return;
  rename(node.captures, aliases);
  for (auto& [name, attribute] : node.attributes) {
    if (attribute.graph == nullptr) continue;
    Subgraph graph = *attribute.graph;
    for (Node& inner : graph.nodes) read_instead(inner, aliases);
    rename(graph.outputs, aliases);
    attribute.graph = std::make_shared<const Subgraph>(std::move(graph));
  }
}

Constants::Constants(const Graph& g, const std::vector<NodeId>& order) : constant_(g.values.size()) {
  for (ValueId v = 0; v < g.values.size(); ++v) constant_[v] = g.values[v].constant;
  const auto all = [&](const std::vector<ValueId>& read) {
    return std::ranges::all_of(read, [&](ValueId v) { return contains(v); });
  };
  for (const NodeId n : order)
    if (all(g.nodes[n].inputs) && all(g.nodes[n].captures))
      for (const ValueId v : g.nodes[n].outputs)
        if (v != kNone) constant_[v] = true;
}

}  // namespace tessera::models
