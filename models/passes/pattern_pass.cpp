#include <algorithm>
#include <optional>

#include "models/graph/graph_editor.h"
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

// A group normalization as PyTorch writes it: the groups are the channels of an instance normalization under another
// shape; scale and shift of the true channels follow.
void recognise_groups(GraphEditor& e, NodeId norm, Joined& joined) {
  const auto& values = e.graph().values;
  const NodeId before = e.producer(e.node(norm).inputs[0]), after = e.only_reader(e.node(norm).outputs[0]);
  if (!e.is(before, "Reshape") || e.only_reader(e.node(norm).inputs[0]) != norm || !e.is(after, "Reshape")) return;
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

}  // namespace

Joined recognise_patterns(Graph& graph) {
  Joined joined;
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (e.is(n, "InstanceNormalization")) recognise_groups(e, n, joined);
    for (const PatternFamily& family : pattern_families()) {
      const auto is_core = [&](const std::string& type) { return e.is(n, type); };
      if (std::ranges::any_of(family.cores, is_core)) recognise(e, n, family, joined);
    }
  }
  e.finish();
  return joined;
}

}  // namespace tessera::models
