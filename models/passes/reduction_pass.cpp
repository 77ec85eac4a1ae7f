// Reductions, however a file writes them: a mean as a sum and a factor, squares apart from their sum, one axis after
// the other, with or without the axes that they go over.
#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

using Axes = std::vector<std::size_t>;

class Reductions {
 public:
  explicit Reductions(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n) {
      square(n);
      if (!is_reduction(n)) continue;
      take_square(n);
      take_factor(n);
      take_root(n);
      keep_axes(n);
    }
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }
  [[nodiscard]] bool is_reduction(NodeId n) {
    return e_.alive(n) && e_.node(n).domain.empty() && e_.node(n).type.starts_with("Reduce");
  }
  [[nodiscard]] ValueId result(NodeId n) { return e_.node(n).outputs[0]; }

  // x x and x to the power of 2: a product whose operand is read once.
  void square(NodeId n) {
    const bool product = e_.is(n, "Mul") && e_.node(n).inputs[0] == e_.node(n).inputs[1];
    if (!product && !(e_.is(n, "Pow") && is_two(e_.node(n).inputs[1]))) return;
    const ValueId v = e_.node(n).inputs[0];
    if (e_.constant(v) || dims(v) != dims(result(n))) return;
    e_.node(n).type = "Square";
    e_.node(n).inputs.resize(1);
  }
  [[nodiscard]] bool is_two(ValueId v) {
    const Literal& l = e_.graph().values[v].literal;
    return e_.scalar(v) && (l.reals == std::vector<double>{2} || l.ints == std::vector<std::int64_t>{2});
  }

  void take_square(NodeId n) {
    const ValueId v = e_.node(n).inputs[0];
    const NodeId square = e_.producer(v);
    if ((!e_.is(n, "ReduceSum") && !e_.is(n, "ReduceMean")) || !e_.is(square, "Square") || e_.only_reader(v) != n)
      return;
    e_.node(n).type = "ReduceSumSquare";
    e_.node(n).inputs[0] = e_.node(square).inputs[0];
    e_.merge(n, {square}, result(n), "became part of " + e_.node(n).name);
  }

  // A factor of each sum is the last step of a mean.
  void take_factor(NodeId n) {
    if (!e_.is(n, "ReduceSum") && !e_.is(n, "ReduceMean")) return;
    const ValueId v = result(n);
    const NodeId next = e_.only_reader(v);
    if (!e_.is(next, "Mul") && !e_.is(next, "Div")) return;
    const auto& in = e_.node(next).inputs;
    if ((e_.is(next, "Div") && in[0] != v) || e_.variable_input(next) != v || !e_.scalar(in[in[0] == v ? 1 : 0]) ||
        dims(result(next)) != dims(v))
      return;
    e_.node(n).type = "ReduceMean";
    e_.merge(n, {next}, result(next), "became part of " + e_.node(n).name);
  }

  void take_root(NodeId n) {
    const NodeId next = e_.only_reader(result(n));
    if (!e_.is(n, "ReduceSumSquare") || !e_.is(next, "Sqrt")) return;
    e_.node(n).type = "ReduceL2";
    e_.merge(n, {next}, result(next), "became part of " + e_.node(n).name);
  }

  // Axes that are reduced stay as ones; a reshape takes them out.
  void keep_axes(NodeId n) {
    const NodeReader reader(e_.graph(), n);
    const Dims in = reader.dims(0), out = dims(result(n));
    Axes axes = reader.axes(1, in.size());
    if (axes.empty() && reader.flag("noop_with_empty_axes", false)) return;
    if (axes.empty()) axes.resize(in.size()), std::iota(axes.begin(), axes.end(), std::size_t{0});
    Node& node = e_.node(n);
    node.inputs.resize(1);
    node.attributes["axes"] = Attribute::integers({axes.begin(), axes.end()});
    if (out.size() == in.size() || out.empty()) return;
    Dims kept = in;
    for (const std::size_t a : axes) kept[a] = 1;
    const ValueId whole = result(n), made = e_.graph().add_value(node.name + "#axes", kept, whole);
    node.attributes["keepdims"] = Attribute::integer(1);
    node.outputs = {made};
    Node view;
    view.name = node.name + "#result";
    view.type = "Reshape";
    view.inputs = {made};
    view.outputs = {whole};
    view.where = node.where;
    e_.put_behind(n, std::move(view));
  }

  GraphEditor e_;
};

// Whether one after the other is the same as both at once.
bool joins(std::string_view type) {
  constexpr std::array<std::string_view, 5> kTypes{"ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

// Whether nothing says that the tensor consists of matrices: functions before it leave it as it was.
bool may_be_image(GraphEditor& e, ValueId v) {
  while (e.producer(v) != kNone) {
    const Node& node = e.node(e.producer(v));
    const OperatorRule& rule = rule_of(node);
    if (rule.fusion.post != FusionRule::Post::function) return rule.layout.wish == LayoutRule::Wish::image;
    v = node.inputs[0];
  }
  return !e.constant(v);
}

}  // namespace

void write_reductions_alike(Graph& graph) { Reductions(graph).run(); }

void pool_images(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    const bool mean = e.is(n, "ReduceMean");
    if ((!mean && !e.is(n, "ReduceMax")) || graph.values[e.node(n).inputs[0]].dims().size() != 4) continue;
    if (graph.values[e.node(n).outputs[0]].dims().size() != 4 || NodeReader(graph, n).axes(1, 4) != Axes{2, 3})
      continue;
    if (!may_be_image(e, e.node(n).inputs[0])) continue;
    e.node(n).type = mean ? "GlobalAveragePool" : "GlobalMaxPool";
    e.node(n).inputs.resize(1);
    e.node(n).attributes.clear();
  }
}

void join_reductions(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.alive(n) || !joins(e.node(n).type)) continue;
    const ValueId v = e.node(n).inputs[0];
    const NodeId first = e.producer(v);
    if (!e.is(first, e.node(n).type) || e.only_reader(v) != n) continue;
    const NodeReader inner(graph, first), outer(graph, n);
    const std::size_t rank = inner.dims(0).size();
    if (inner.dims(0).size() != graph.values[v].dims().size()) continue;
    Axes axes = inner.axes(1, rank);
    const Axes more = outer.axes(1, rank);
    axes.insert(axes.end(), more.begin(), more.end());
    std::ranges::sort(axes);
    axes.erase(std::ranges::unique(axes).begin(), axes.end());
    Node& node = e.node(n);
    node.inputs = {e.node(first).inputs[0]};
    node.attributes["axes"] = Attribute::integers({axes.begin(), axes.end()});
    e.merge(n, {first}, node.outputs[0], "became part of " + node.name);
  }
  e.finish();
}

}  // namespace tessera::models
