// Products with constant weights as the first operand: y = W x is, by columns, what a pointwise convolution over one
// axis makes of x.
#include <algorithm>
#include <vector>

#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

class WeightsFirst {
 public:
  explicit WeightsFirst(Graph& graph) : g_(graph), readers_(graph.readers()), seen_(graph.values.size(), false) {}

  void run() {
    std::vector<bool> turned(g_.nodes.size(), false);
    for (NodeId n = 0; n < g_.nodes.size(); ++n) {
      if (!is_candidate(g_.nodes[n]) || seen_[g_.nodes[n].inputs[1]]) continue;
      const std::vector<NodeId> found = by_columns(g_.nodes[n].inputs[1]);
      for (const NodeId f : found) turned[f] = true;
    }
    if (std::ranges::none_of(turned, [](bool t) { return t; })) return;
    std::vector<Node> old = std::move(g_.nodes);
    g_.nodes.clear();
    for (NodeId n = 0; n < old.size(); ++n)
      if (turned[n]) write(old[n]);
      else g_.nodes.push_back(std::move(old[n]));
    keep_nodes(g_, std::vector<bool>(g_.nodes.size(), true));  // renumbers the producers
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }
  static bool is(const Node& node, const char* type) { return node.domain.empty() && node.type == type; }

  // One matrix of weights for all that is multiplied. A bias has a number for each row, or one for all.
  [[nodiscard]] bool is_candidate(const Node& node) const {
    const bool gemm = is(node, "Gemm");
    if ((!gemm && !is(node, "MatMul")) || node.inputs[0] == kNone || node.inputs[1] == kNone) return false;
    const Dims &w = dims(node.inputs[0]), &x = dims(node.inputs[1]);
    if (!g_.values[node.inputs[0]].constant || g_.values[node.inputs[1]].constant || w.size() < 2 || x.size() < 2 ||
        std::any_of(w.begin(), w.end() - 2, [](std::int64_t extent) { return extent != 1; }))
      return false;
    for (const char* flag : {"transA", "transB"})
      if (const auto a = node.attributes.find(flag); a != node.attributes.end() && a->second.ints != Dims{0})
        return false;
    if (dims(node.outputs[0]).size() != x.size()) return false;
    if (node.inputs.size() < 3 || node.inputs[2] == kNone) return true;
    const Dims& bias = dims(node.inputs[2]);
    return g_.values[node.inputs[2]].constant && bias == Dims{w[w.size() - 2], 1};
  }

  // What `v` reaches through nodes that keep any layout, if all of it may lie by columns: the candidates there.
  std::vector<NodeId> by_columns(ValueId v) {
    std::vector<ValueId> values{v};
    std::vector<NodeId> found;
    seen_[v] = true;
    bool may = true;
    const auto add = [&](ValueId other) {
      if (other == kNone || g_.values[other].constant || seen_[other]) return;
      seen_[other] = true;
      values.push_back(other);
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::vector<NodeId> around = readers_[values[i]];
      if (g_.values[values[i]].producer != kNone) around.push_back(g_.values[values[i]].producer);
      for (const NodeId n : around) {
        const Node& node = g_.nodes[n];
        const OperatorRule& rule = rule_of(node);
        const bool candidate = is_candidate(node);
        if (candidate && std::ranges::find(found, n) == found.end()) found.push_back(n);
        if (candidate || rule.is_view || rule.fusion.post == FusionRule::Post::function) {
          for (const ValueId other : node.inputs) add(other);
          for (const ValueId other : node.outputs) add(other);
        } else if (!is(node, "Transpose") && rule.layout.wish != LayoutRule::Wish::image &&
                   rule.layout.wish != LayoutRule::Wish::image_and_kernel) {
          may = false;
        }
      }
    }
    if (!may) found.clear();
    return found;
  }

  void add_view(const Node& like, const char* suffix, ValueId input, ValueId output) {
    Node n;
    n.name = like.name + suffix;
    n.type = "Reshape";
    n.inputs = {input};
    n.outputs = {output};
    n.where = like.where;
    g_.nodes.push_back(std::move(n));
  }

  void write(const Node& node) {
    const ValueId w = node.inputs[0], x = node.inputs[1], y = node.outputs[0];
    const Dims from = dims(x), to = dims(y), weights = dims(w);
    const std::size_t rank = from.size();
    const std::int64_t k = from[rank - 2], m = to[rank - 2], columns = from[rank - 1];
    const std::int64_t batch = elements(Dims(from.begin(), from.end() - 2));
    g_.notes.push_back({node.name, "calculated by columns, as a pointwise convolution"});
    const ValueId kernel = g_.add_value(g_.values[w].name + "#kernel", {m, k, 1}, w);
    ValueId source = x, result = y;
    if (rank != 3) {
      source = g_.add_value(node.name + "#columns", {batch, k, columns}, x);
      result = g_.add_value(node.name + "#result", {batch, m, columns}, y);
      add_view(node, "#columns", x, source);
    }
    Node conv;
    conv.name = node.name;
    conv.type = "Conv";
    conv.inputs = {source, kernel};
    if (node.inputs.size() > 2 && node.inputs[2] != kNone)
      conv.inputs.push_back(g_.add_value(g_.values[node.inputs[2]].name + "#bias", {m}, node.inputs[2]));
    conv.outputs = {result};
    conv.where = node.where;
    g_.nodes.push_back(std::move(conv));
    if (rank != 3) add_view(node, "#rows", result, y);
  }

  Graph& g_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> seen_;
};

}  // namespace

void turn_weights_first(Graph& graph) { WeightsFirst(graph).run(); }

}  // namespace tessera::models
