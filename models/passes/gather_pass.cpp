#include <algorithm>
#include <optional>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

struct Range {
  std::int64_t first = 0, count = 0;
};

// The elements of an axis that constant indices name, where they are one after the other.
std::optional<Range> range_of(const Value& index, std::int64_t extent) {
  if (!index.constant || !index.literal.ints || index.literal.ints->empty() || index.dims().size() > 1)
    return std::nullopt;
  const auto& ints = *index.literal.ints;
  const auto at = [&](std::size_t i) { return ints[i] < 0 ? ints[i] + extent : ints[i]; };
  for (std::size_t i = 1; i < ints.size(); ++i)
    if (at(i) != at(i - 1) + 1) return std::nullopt;
  return Range{at(0), std::ssize(ints)};
}

}  // namespace

void slice_gathers(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.is(n, "Gather") || e.constant(e.node(n).inputs[0])) continue;
    const ValueId source = e.node(n).inputs[0], index = e.node(n).inputs[1], result = e.node(n).outputs[0];
    const std::size_t axis = NodeReader(graph, n).axis_attribute(0, graph.values[source].dims().size());
    const auto range = range_of(graph.values[index], graph.values[source].dims()[axis]);
    if (!range) continue;
    const auto along = static_cast<std::int64_t>(axis);
    Node& node = e.node(n);
    node.type = "Slice";
    node.inputs = {source};
    node.attributes = {{"starts", Attribute::integers({range->first})},
                       {"ends", Attribute::integers({range->first + range->count})},
                       {"axes", Attribute::integers({along})}};
    Dims part = graph.values[source].dims();
    part[axis] = range->count;
    if (graph.values[result].dims() == part) continue;
    const ValueId made = graph.add_value(node.name + "#part", part, result);
    Node view;
    view.name = node.name + "#result";
    view.type = "Reshape";
    view.inputs = {made};
    view.outputs = {result};
    view.where = node.where;
    node.outputs = {made};
    e.put_behind(n, std::move(view));
  }
  e.finish();
}

}  // namespace tessera::models
