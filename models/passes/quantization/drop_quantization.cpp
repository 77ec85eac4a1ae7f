#include <vector>

#include "models/passes/quantization/conversions.h"
#include "models/passes/quantization/quantization.h"

namespace tessera::models {

namespace {

// Conversions as names for what they convert.
class Dropping {
 public:
  explicit Dropping(Graph& g) : g_(g), keep_(g.nodes.size(), true) {}

  void run(const std::vector<NodeId>& order) {
    for (const NodeId n : order)
      if (converts(g_.nodes[n]) && !g_.nodes[n].inputs.empty() && !g_.nodes[n].outputs.empty()) drop(n);
    for (Node& n : g_.nodes) read_instead(n, alias_);
    keep_nodes(g_, keep_);
  }

 private:
  [[nodiscard]] ValueId current(ValueId v) const {
    const auto at = alias_.find(v);
    return at == alias_.end() ? v : at->second;
  }

  void drop(NodeId n) {
    Node& node = g_.nodes[n];
    const ValueId x = current(node.inputs[0]), y = node.outputs[0];
    if (x == kNone || y == kNone) return;
    if (is(node, kDequantize) && is_constant(x)) make_weight(g_, x);
    g_.notes.push_back({node.name, "has no effect: the run has one format for all tensors"});
    const NodeId maker = g_.values[x].producer;
    if (!g_.values[y].network_output) {
      alias_[y] = x;
    } else if (maker != kNone && keep_[maker] && !g_.values[x].network_output) {
      for (ValueId& made : g_.nodes[maker].outputs)  // its result leaves the network under this name
        if (made == x) made = y;
      g_.values[y].producer = maker;
      alias_[x] = y;
      for (auto& [from, to] : alias_)
        if (to == x) to = y;
    } else {
      node.type = "Identity";
      node.inputs = {x};
      node.attributes.clear();
      return;
    }
    keep_[n] = false;
  }
  [[nodiscard]] bool is_constant(ValueId v) const {
    return g_.values[v].constant || (g_.values[v].producer != kNone && is(g_.nodes[g_.values[v].producer], "Constant"));
  }

  Graph& g_;
  std::vector<bool> keep_;
  Aliases alias_;
};

}  // namespace

void drop_quantization(Graph& g) {
  if (const auto order = topological_order(g)) Dropping(g).run(*order);
}

}  // namespace tessera::models
