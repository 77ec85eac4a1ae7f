// Sequence first or batch first: which of two leading axes comes first does not matter to products with constant
// weights and to all that works element by element or row by row. Where transposes around such a part of the network
// would rather have the two the other way round, the part takes them so.
#include <algorithm>
#include <optional>

#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/moves.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

bool is(const Node& node, const char* type) { return node.domain.empty() && node.type == type; }

// What only enters or leaves the network through one transpose, which moves no bytes then (layout_pass).
bool at_the_rim(const Graph& g, const std::vector<std::vector<NodeId>>& readers, ValueId v) {
  const Value& value = g.values[v];
  if (value.network_input) return readers[v].size() == 1 && !value.network_output;
  return value.network_output && readers[v].empty();
}

// Values whose rows are the same two axes, as axes 0 and 1 or as one.
class Part {
 public:
  Part(Graph& graph, const std::vector<std::vector<NodeId>>& readers, std::vector<bool>& seen)
      : g_(graph), readers_(readers), seen_(seen), form_(graph.values.size(), Form::none) {}

  // Grown from a value that a transpose reads or makes. False where something cannot take the other order.
  bool grow(ValueId seed) {
    first_ = dims(seed)[0], second_ = dims(seed)[1];
    add(seed, Form::two_axes);
    for (std::size_t i = 0; i < values_.size() && possible_; ++i) {
      const ValueId v = values_[i];
      const Value& value = g_.values[v];
      const bool outside = value.network_input || value.network_output;
      if (outside && (form_[v] == Form::one_axis || (value.network_input && value.network_output))) return false;
      if (value.producer != kNone) visit(value.producer, v);
      for (const NodeId n : readers_[v])
        if (possible_) visit(n, v);
    }
    for (const NodeId n : transposes_)
      if (form_[g_.nodes[n].inputs[0]] != Form::none && form_[g_.nodes[n].outputs[0]] != Form::none) return false;
    return possible_;
  }

  // How many more transposes keep the order of the two axes than turn it.
  [[nodiscard]] int kept() const {
    int kept = 0;
    for (const NodeId n : transposes_) {
      if (at_the_rim(g_, readers_, g_.nodes[n].inputs[0]) || at_the_rim(g_, readers_, g_.nodes[n].outputs[0])) continue;
      const auto order = order_of(g_.nodes[n], dims(g_.nodes[n].inputs[0]).size());
      const bool reads = form_[g_.nodes[n].inputs[0]] != Form::none;
      const bool keeps = reads ? std::ranges::find(order, std::size_t{0}) < std::ranges::find(order, std::size_t{1})
                               : order[0] < order[1];
      kept += keeps ? 1 : -1;
    }
    return kept;
  }

  void turn() {
    for (const NodeId n : transposes_) turn_transpose(g_.nodes[n]);
    for (const NodeId n : sums_) turn_constants(g_.nodes[n]);
    const std::vector<ValueId> values = values_;
    for (const ValueId v : values) {
      if (form_[v] != Form::two_axes) continue;
      if (g_.values[v].network_input || g_.values[v].network_output) turn_outside(v);
      else std::swap(g_.values[v].literal.dims[0], g_.values[v].literal.dims[1]);
    }
    for (Node& n : first_nodes_) g_.nodes.insert(g_.nodes.begin(), std::move(n));
    for (Node& n : last_nodes_) g_.nodes.push_back(std::move(n));
    keep_nodes(g_, std::vector<bool>(g_.nodes.size(), true));  // renumbers the producers
  }

 private:
  enum class Form : std::uint8_t { none, two_axes, one_axis };

  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }
  [[nodiscard]] bool two_axes(ValueId v) const {
    return dims(v).size() > 2 && dims(v)[0] == first_ && dims(v)[1] == second_;
  }

  void add(ValueId v, Form form) {
    const Dims& d = dims(v);
    const bool fits = form == Form::two_axes ? two_axes(v) : d.size() > 1 && d[0] == first_ * second_;
    if (!g_.values[v].shaped || !fits || (form_[v] != Form::none && form_[v] != form)) {
      possible_ = false;
    } else if (form_[v] == Form::none) {
      form_[v] = form;
      seen_[v] = true;
      values_.push_back(v);
    }
  }

  void visit(NodeId n, ValueId v) {
    const Node& node = g_.nodes[n];
    const Form form = form_[v];
    if (is(node, "Transpose")) return visit_transpose(n, form);
    if (!node.posts.empty() || node.outputs.empty() || node.outputs[0] == kNone) {
      possible_ = false;
      return;
    }
    const OperatorRule& rule = rule_of(node);
    if (rule.is_view) {
      const ValueId other = v == node.inputs[0] ? node.outputs[0] : node.inputs[0];
      return add(other, two_axes(other) ? Form::two_axes : Form::one_axis);
    }
    if (is_row_product(node, v) || is_normalization(n, v)) {
      add(node.inputs[0], form);
      return add(node.outputs[0], form);
    }
    if (rule.fusion.post != FusionRule::Post::function) {
      possible_ = false;
      return;
    }
    for (const ValueId operand : node.inputs)
      if (operand != kNone && !g_.values[operand].constant) add(operand, form);
    add(node.outputs[0], form);
    if (std::ranges::any_of(node.inputs, [&](ValueId o) {
          return o != kNone && dims(o) != dims(node.outputs[0]) && !g_.values[o].constant;
        }))
      possible_ = false;
    if (form == Form::two_axes && std::ranges::find(sums_, n) == sums_.end()) sums_.push_back(n);
  }

  // One that leaves both axes in front is a part of it.
  void visit_transpose(NodeId n, Form form) {
    const Node& node = g_.nodes[n];
    const auto order = order_of(node, dims(node.inputs[0]).size());
    if (form != Form::two_axes) possible_ = false;
    else if (order.size() > 2 && order[0] == 0 && order[1] == 1) {
      add(node.inputs[0], form);
      add(node.outputs[0], form);
    } else if (std::ranges::find(transposes_, n) == transposes_.end()) {
      transposes_.push_back(n);
    }
  }

  [[nodiscard]] bool is_row_product(const Node& node, ValueId v) const {
    if (!is(node, "MatMul") && !is(node, "Gemm")) return false;
    const ValueId weights = node.inputs[1];
    if (v == weights || !g_.values[weights].constant || dims(weights).size() != 2) return false;
    const auto by_columns = node.attributes.find("transA");
    if (by_columns != node.attributes.end() && by_columns->second.ints != Dims{0}) return false;
    if (node.inputs.size() < 3 || node.inputs[2] == kNone) return true;
    const ValueId bias = node.inputs[2];
    return g_.values[bias].constant && (elements(dims(bias)) == 1 || elements(dims(bias)) == dims(bias).back());
  }

  [[nodiscard]] bool is_normalization(NodeId n, ValueId v) const {
    const Node& node = g_.nodes[n];
    const bool norm = is(node, "LayerNormalization") || is(node, "RMSNormalization");
    if ((!norm && !is(node, "Softmax")) || (v != node.inputs[0] && v != node.outputs[0])) return false;
    if (std::count(node.outputs.begin(), node.outputs.end(), kNone) + 1 != std::ssize(node.outputs)) return false;
    for (std::size_t i = 1; i < node.inputs.size(); ++i)
      if (node.inputs[i] != kNone && (!g_.values[node.inputs[i]].constant || dims(node.inputs[i]).size() > 1))
        return false;
    const std::size_t rank = dims(node.inputs[0]).size();
    return NodeReader(g_, n).axis_attribute(-1, rank) + 1 == rank && (norm || g_.opset >= 13);
  }

  void turn_transpose(Node& node) {
    std::vector<std::size_t> order = order_of(node, dims(node.inputs[0]).size());
    if (form_[node.inputs[0]] != Form::none)
      for (std::size_t& a : order) a = a < 2 ? 1 - a : a;
    else std::swap(order[0], order[1]);
    node.attributes["perm"] = Attribute::integers({order.begin(), order.end()});
  }

  // A constant with a number for each of the rows.
  void turn_constants(Node& node) {
    const std::size_t rank = dims(node.outputs[0]).size();
    for (ValueId& v : node.inputs) {
      if (v == kNone || !g_.values[v].constant || dims(v).size() + 1 < rank) continue;
      Dims turned = dims(v);
      if (turned.size() < rank) turned.insert(turned.begin(), 1);
      std::swap(turned[0], turned[1]);
      if (turned[0] == turned[1]) continue;
      const ValueId made = g_.add_value(g_.values[v].name + "#turned");
      g_.values[made].literal.dims = std::move(turned);
      g_.values[made].literal.type = g_.values[v].type();
      g_.values[made].shaped = g_.values[made].constant = true;
      g_.values[made].initializer = g_.values[v].initializer;
      v = made;
    }
  }

  // The network's own tensor stays as it is. A transpose between it and the part says so; no bytes move where nobody
  // else reads it (layout_pass).
  void turn_outside(ValueId v) {
    const ValueId inside = g_.add_value(g_.values[v].name + "#turned");
    g_.values[inside].literal.dims = dims(v);
    g_.values[inside].literal.type = g_.values[v].type();
    g_.values[inside].shaped = true;
    std::swap(g_.values[inside].literal.dims[0], g_.values[inside].literal.dims[1]);
    const bool enters = g_.values[v].network_input;
    for (Node& n : g_.nodes) {
      std::ranges::replace(n.inputs, v, inside);
      if (!enters) std::ranges::replace(n.outputs, v, inside);
    }
    std::vector<std::int64_t> perm(dims(v).size());
    for (std::size_t a = 0; a < perm.size(); ++a) perm[a] = static_cast<std::int64_t>(a < 2 ? 1 - a : a);
    Node turn;
    turn.name = g_.values[v].name + "#turn";
    turn.type = "Transpose";
    turn.inputs = {enters ? v : inside};
    turn.outputs = {enters ? inside : v};
    turn.attributes = {{"perm", Attribute::integers(perm)}, {kAtTheRim, Attribute::integer(1)}};
    turn.where = g_.nodes.front().where;
    (enters ? first_nodes_ : last_nodes_).push_back(std::move(turn));
  }

  Graph& g_;
  const std::vector<std::vector<NodeId>>& readers_;
  std::vector<bool>& seen_;
  std::vector<Form> form_;
  std::vector<ValueId> values_;
  std::vector<NodeId> transposes_, sums_;  // at its rim; element by element
  std::vector<Node> first_nodes_, last_nodes_;
  std::int64_t first_ = 1, second_ = 1;
  bool possible_ = true;
};

// Turns one part; false where none is better turned.
bool turn_one(Graph& g) {
  const auto readers = g.readers();
  std::vector<bool> seen(g.values.size(), false);
  for (const Node& node : g.nodes) {
    if (!is(node, "Transpose")) continue;
    for (const ValueId v : {node.inputs[0], node.outputs[0]}) {
      const Dims& d = g.values[v].dims();
      if (seen[v] || g.values[v].constant || at_the_rim(g, readers, v) || d.size() < 3 || d[0] < 2 || d[1] < 2)
        continue;
      Part part(g, readers, seen);
      if (!part.grow(v) || part.kept() >= 0) continue;
      part.turn();
      return true;
    }
  }
  return false;
}

}  // namespace

void order_rows(Graph& graph) {
  constexpr int kMost = 64;  // each leaves fewer transposes that turn rows
  for (int i = 0; i < kMost && turn_one(graph); ++i) {
  }
}

}  // namespace tessera::models
