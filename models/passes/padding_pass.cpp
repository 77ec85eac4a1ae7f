#include <algorithm>

#include "models/graph/graph_editor.h"
#include "models/operators/operators.h"
#include "models/operators/padding.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// Whether `reader` can pad its input `v` itself. What a maximum pool pads with never wins, whatever number it is.
bool can_take(GraphEditor& e, NodeId reader, ValueId v, const Padding& padding) {
  const Node& node = e.node(reader);
  if (!rule_of(node).takes_padding || node.inputs[0] != v || std::count(node.inputs.begin(), node.inputs.end(), v) != 1)
    return false;
  if (!padding.zeros && node.type != "MaxPool") return false;
  const auto automatic = node.attributes.find("auto_pad");
  return automatic == node.attributes.end() || automatic->second.text == "NOTSET" || automatic->second.text == "VALID";
}

// Rims of zeros around height and width.
bool of_image(const Padding& padding) {
  if (padding.mode != Padding::Mode::constant || padding.axes.size() < 3) return false;
  for (std::size_t a = 0; a < padding.axes.size(); ++a) {
    const auto [before, after] = padding.axes[a];
    if (before < 0 || after < 0 || (a < 2 && before + after != 0)) return false;
  }
  return true;
}

void add_to(Node& window, const Padding& padding) {
  const std::size_t spatial = padding.axes.size() - 2;
  const auto automatic = window.attributes.find("auto_pad");
  const bool valid = automatic != window.attributes.end() && automatic->second.text == "VALID";
  Attribute& attribute = window.attributes["pads"];
  if (valid) attribute.ints.clear();  // says that there is no padding, whatever `pads` says
  attribute.kind = Attribute::Kind::integers;
  attribute.ints.resize(2 * spatial, 0);
  for (std::size_t i = 0; i < spatial; ++i) {
    attribute.ints[i] += padding.axes[i + 2].before;
    attribute.ints[i + spatial] += padding.axes[i + 2].after;
  }
  window.attributes.erase("auto_pad");
}

}  // namespace

void fold_padding(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.is(n, "Pad")) continue;
    const ValueId v = e.node(n).outputs.front();
    const Padding padding = padding_of(NodeReader(graph, n));  // has been inferred, so it does not fail
    const std::vector<NodeId> readers = e.readers(v);
    const auto takes = [&](NodeId r) { return can_take(e, r, v, padding); };
    if (!of_image(padding) || graph.values[v].network_output || readers.empty() || !std::ranges::all_of(readers, takes))
      continue;
    std::string names;
    for (const NodeId r : readers) {
      add_to(e.node(r), padding);
      names += (names.empty() ? "" : ", ") + e.node(r).name;
    }
    e.bypass(n, "folded into the padding of " + names);
  }
  e.finish();
}

}  // namespace tessera::models
