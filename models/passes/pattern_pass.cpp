#include <algorithm>
#include <optional>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"
#include "models/passes/patterns.h"

namespace tessera::models {

namespace {

// The last node of the region becomes the recognised operator, which reads the region's source and the parameters.
void replace(GraphEditor& e, const Region& region, const Recognised& found, Joined& joined) {
  const NodeId last = region.nodes.back();
  for (const NodeId n : region.nodes) joined.emplace(e.node(n).name, e.node(last).name);
  Node& node = e.node(last);
  const std::string what = "recognised as " + found.type + " in " + node.name;
  const ValueId out = node.outputs.front();
  node.type = found.type;
  node.inputs = {region.source};
  node.inputs.insert(node.inputs.end(), found.parameters.begin(), found.parameters.end());
  node.attributes = found.attributes;
  e.merge(last, region.nodes, out, what);
}

// The largest region of the family around `core`, replaced. A region that a constant makes larger than its source is
// another thing.
void recognise(GraphEditor& e, NodeId core, const PatternFamily& family, Joined& joined) {
  const auto& values = e.graph().values;
  const auto may = [&](const Node& node) { return family.may(node); };
  std::vector<NodeId> ends = nodes_behind(e, core, family.most, may);
  for (auto last = ends.rbegin(); last != ends.rend(); ++last) {
    std::optional<Recognised> found;
    const auto accept = [&](const Region& region) {
      if (std::ranges::find(region.nodes, core) == region.nodes.end()) return false;
      if (values[e.node(*last).outputs.front()].dims() != values[region.source].dims()) return false;
      found = family.recognise(e, region);
      return found.has_value();
    };
    if (const auto region = find_region(e, *last, family.most, may, accept)) return replace(e, *region, *found, joined);
  }
}

// The only reader of `v`, if it is of that type and its other input is a constant with one number for each channel of
// `image`.
NodeId channel_step(GraphEditor& e, ValueId v, std::string_view type, const Dims& image) {
  const NodeId n = e.only_reader(v);
  if (!e.is(n, type) || e.variable_input(n) != v) return kNone;
  const auto& in = e.node(n).inputs;
  const Dims& other = e.graph().values[in[in[0] == v ? 1 : 0]].dims();
  const bool channels =
      other.size() + 1 == image.size() ? other[0] == image[1] : other.size() == image.size() && other[1] == image[1];
  return channels && elements(other) == image[1] ? n : kNone;
}

// Whether a normalization by mean and variance has no scale, and goes over all axes behind the second.
bool of_channels_apart(GraphEditor& e, NodeId norm) {
  const Node& node = e.node(norm);
  const std::size_t rank = e.graph().values[node.inputs[0]].dims().size();
  const std::vector<std::size_t> axes = NodeReader(e.graph(), norm).axes(Arity::kMany, rank);
  return node.inputs.size() == 1 && rank > 2 && axes.size() + 2 == rank && axes.front() == 2;
}

// A group normalization as PyTorch writes it: the groups are the channels of an instance normalization under another
// shape; scale and shift of the true channels follow.
void recognise_groups(GraphEditor& e, NodeId norm, Joined& joined) {
  const auto& values = e.graph().values;
  const NodeId before = e.producer(e.node(norm).inputs[0]), after = e.only_reader(e.node(norm).outputs[0]);
  if (!e.is(before, "Reshape") || e.only_reader(e.node(norm).inputs[0]) != norm || !e.is(after, "Reshape")) return;
  if (e.is(norm, "MeanVarianceNormalization") && !of_channels_apart(e, norm)) return;
  const ValueId source = e.node(before).inputs[0];
  const Dims &image = values[source].dims(), &grouped = values[e.node(norm).inputs[0]].dims();
  if (image.size() < 3 || values[e.node(after).outputs[0]].dims() != image || grouped[0] != image[0] ||
      grouped[1] == 0 || image[1] % grouped[1] != 0)
    return;
  Region region{source, {before, norm, after}};
  Recognised found{"GroupNormalization", {{"num_groups", Attribute::integer(grouped[1])}}, {}};
  for (const char* type : {"Mul", "Add"}) {
    const ValueId v = e.node(region.nodes.back()).outputs[0];
    const NodeId step = channel_step(e, v, type, image);
    if (step == kNone) continue;
    const auto& in = e.node(step).inputs;
    found.parameters.push_back(in[in[0] == v ? 1 : 0]);
    region.nodes.push_back(step);
  }
  replace(e, region, found, joined);
}

// Whether `n` bounds what it reads by numbers.
bool bounds(GraphEditor& e, NodeId n) {
  if (!e.is(n, "Clip") && !e.is(n, "Max") && !e.is(n, "Min") && !e.is(n, "Relu")) return false;
  const ValueId v = e.variable_input(n);
  if (v == kNone || e.graph().values[v].dims() != e.graph().values[e.node(n).outputs[0]].dims()) return false;
  return std::ranges::all_of(e.node(n).inputs, [&](ValueId other) { return other == v || e.scalar(other); });
}

bool from_below(GraphEditor& e, NodeId n) { return e.is(n, "Max") || e.is(n, "Relu"); }

// A bound from below behind another, or the other way round, is one Clip: min(max(x, 0), 6), min(relu(x), 6).
void join_bounds(GraphEditor& e, NodeId n) {
  const ValueId v = bounds(e, n) ? e.variable_input(n) : kNone;
  const NodeId before = e.producer(v);
  if (v == kNone || before == kNone || !e.alive(before) || e.only_reader(v) != n || !bounds(e, before) ||
      from_below(e, n) == from_below(e, before))
    return;
  Node& node = e.node(n);
  const ValueId source = e.variable_input(before);
  node.type = "Clip";
  node.attributes.clear();
  node.inputs = {source};
  e.merge(n, {before}, node.outputs[0], "became a bound of " + node.name);
}

// The y of a node that makes 1 / y; kNone.
ValueId divisor_of_one(GraphEditor& e, NodeId n) {
  if (e.is(n, "Reciprocal")) return e.node(n).inputs[0];
  if (!e.is(n, "Div") || !e.scalar(e.node(n).inputs[0]) || e.constant(e.node(n).inputs[1])) return kNone;
  const Value &one = e.graph().values[e.node(n).inputs[0]], &made = e.graph().values[e.node(n).outputs[0]];
  const bool same_shape = made.dims() == e.graph().values[e.node(n).inputs[1]].dims();
  return same_shape && one.literal.reals == std::vector<double>{1} ? e.node(n).inputs[1] : kNone;
}

// x times 1 / y is x / y.
void join_quotient(GraphEditor& e, NodeId n) {
  if (!e.is(n, "Mul") || e.node(n).inputs.size() != 2) return;
  for (const std::size_t i : {0, 1}) {
    const ValueId v = e.node(n).inputs[i], other = e.node(n).inputs[1 - i];
    const NodeId before = e.producer(v);
    if (divisor_of_one(e, before) == kNone || e.only_reader(v) != n || e.constant(other)) continue;
    Node& node = e.node(n);
    node.type = "Div";
    node.inputs = {other, divisor_of_one(e, before)};
    return e.merge(n, {before}, node.outputs[0], "became a divisor of " + node.name);
  }
}

}  // namespace

Joined recognise_patterns(Graph& graph) {
  Joined joined;
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) join_bounds(e, n);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (e.is(n, "InstanceNormalization") || e.is(n, "MeanVarianceNormalization")) recognise_groups(e, n, joined);
    for (const PatternFamily& family : pattern_families()) {
      const auto is_core = [&](const std::string& type) { return e.is(n, type); };
      if (std::ranges::any_of(family.cores, is_core)) recognise(e, n, family, joined);
    }
  }
  for (NodeId n = 0; n < graph.nodes.size(); ++n) join_quotient(e, n);
  e.finish();
  return joined;
}

}  // namespace tessera::models
