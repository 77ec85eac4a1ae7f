// What goes over axes of a tensor - a softmax, a normalization of rows, a reduction - behind what only moves it: the
// same axes lie somewhere before the move.
#include <algorithm>
#include <optional>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/moves.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

using Axes = std::vector<std::size_t>;

class AxesFirst {
 public:
  explicit AxesFirst(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n)
      for (NodeId at = n; at != kNone;) at = move_up(at);
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }
  [[nodiscard]] bool is_softmax(NodeId n) { return e_.is(n, "Softmax") || e_.is(n, "LogSoftmax"); }
  [[nodiscard]] bool is_normalization(NodeId n) {
    return e_.is(n, "LayerNormalization") || e_.is(n, "RMSNormalization");
  }
  [[nodiscard]] bool is_reduction(NodeId n) {
    return e_.alive(n) && e_.node(n).domain.empty() && e_.node(n).type.starts_with("Reduce");
  }
  [[nodiscard]] bool only_moves(NodeId n) {
    return n != kNone && e_.alive(n) && e_.node(n).outputs.size() == 1 &&
           (rule_of(e_.node(n)).is_view || e_.is(n, "Transpose"));
  }

  // The axes that node `n` goes over; none where it is another kind of node.
  [[nodiscard]] Axes axes_of(NodeId n) {
    const NodeReader node(e_.graph(), n);
    const std::size_t rank = e_.alive(n) && node.has(0) ? node.dims(0).size() : 0;
    if (rank == 0 || e_.node(n).outputs.size() != 1) return {};
    if (is_reduction(n)) return dims(e_.node(n).outputs[0]).size() == rank ? node.axes(1, rank) : Axes{};
    if (!is_softmax(n) && !is_normalization(n)) return {};
    const bool flattens = is_softmax(n) && node.opset() < 13;
    if (flattens && !node.has_attribute("axis") && rank < 2) return {};
    const std::size_t axis = node.axis_attribute(flattens ? 1 : -1, rank);
    // Of several axes together, as older softmaxes and some normalizations take them, nothing is moved.
    const bool one = !flattens && is_softmax(n);
    return one || axis + 1 == rank ? Axes{axis} : Axes{};
  }

  // The axes of `source` whose elements those of the move's result are; none where they are parts of axes.
  [[nodiscard]] static std::optional<Axes> before(const Moves& moves, const Dims& source, const Axes& after) {
    std::vector<std::int64_t> found(source.size(), 1);
    for (const std::size_t a : after)
      for (const std::size_t part : moves.axis(a)) found[moves.origin(part)] *= moves.extent(part);
    Axes axes;
    for (std::size_t a = 0; a < source.size(); ++a) {
      if (found[a] == 1) continue;
      if (found[a] != source[a]) return std::nullopt;
      axes.push_back(a);
    }
    return axes.empty() ? std::nullopt : std::optional(axes);
  }

  // `n` before the node that makes its input: where it stands then; kNone where it stays.
  NodeId move_up(NodeId n) {
    const Axes axes = axes_of(n);
    if (axes.empty()) return kNone;
    const ValueId v = e_.node(n).inputs[0];
    const NodeId mover = e_.producer(v);
    if (!only_moves(mover) || e_.only_reader(v) != n || e_.variable_input(n) != v) return kNone;
    const ValueId source = e_.node(mover).inputs[0];
    if (e_.constant(source) || e_.graph().values[v].network_output) return kNone;
    Moves moves(dims(source));
    if (!moves.take(e_.graph(), e_.node(mover))) return kNone;
    const auto there = before(moves, dims(source), axes);
    if (!there || !may_go(mover, n, *there)) return kNone;
    go(mover, n, *there);
    return mover;
  }

  [[nodiscard]] bool may_go(NodeId mover, NodeId n, const Axes& there) {
    if (is_reduction(n)) return true;
    const bool last = there.front() + 1 == dims(e_.node(mover).inputs[0]).size();
    return there.size() == 1 && (last || (is_softmax(n) && e_.graph().opset >= 13) || cancels(mover, n));
  }

  // Whether `n` is a normalization that another operator does along any axis, between a transpose and its inverse.
  [[nodiscard]] bool cancels(NodeId mover, NodeId n) {
    const NodeId behind = e_.only_reader(e_.node(n).outputs[0]);
    if (!e_.is(n, "LayerNormalization") || !e_.is(mover, "Transpose") || !e_.is(behind, "Transpose")) return false;
    const std::size_t rank = dims(e_.node(n).outputs[0]).size();
    const auto there = order_of(e_.node(mover), rank), back = order_of(e_.node(behind), rank);
    for (std::size_t a = 0; a < rank; ++a)
      if (there[back[a]] != a) return false;
    return std::ranges::all_of(e_.node(n).inputs, [&](ValueId v) { return !e_.constant(v) || dims(v).size() <= 1; });
  }

  // Numbers of a row lie along `axis` then.
  void normalize_along(Node& node, std::size_t axis, std::size_t rank) {
    Graph& g = e_.graph();
    node.type = "MeanVarianceNormalization";
    node.attributes = {{"axes", Attribute::integers({static_cast<std::int64_t>(axis)})}};
    for (ValueId& v : node.inputs) {
      if (v == kNone || !e_.constant(v) || dims(v).empty()) continue;
      Dims shape(rank - axis, 1);
      shape[0] = dims(v)[0];
      v = g.add_value(g.values[v].name + "#along", std::move(shape), v);
    }
  }

  void go(NodeId mover, NodeId n, const Axes& there) {
    const ValueId source = e_.node(mover).inputs[0];
    const bool reduces = is_reduction(n), turns = e_.is(mover, "Transpose");
    Dims made = dims(source);
    Node& node = e_.node(n);
    if (reduces) {
      node.attributes["axes"] = Attribute::integers({there.begin(), there.end()});
      node.inputs.resize(1);
      for (const std::size_t a : there) made[a] = 1;
    } else if (is_normalization(n) && there.front() + 1 != made.size()) {
      normalize_along(node, there.front(), made.size());
    } else {
      node.attributes["axis"] = Attribute::integer(static_cast<std::int64_t>(there.front()));
    }
    e_.graph().notes.push_back({node.name, "calculated before " + e_.node(mover).name});
    e_.exchange(mover, n);
    e_.graph().values[e_.node(mover).outputs[0]].literal.dims = made;
    if (turns) return;
    Node& view = e_.node(n);  // its shape is that of its result now
    view.type = "Reshape";
    view.inputs.resize(1);
    view.attributes.clear();
  }

  GraphEditor e_;
};

}  // namespace

void go_over_axes_first(Graph& graph) { AxesFirst(graph).run(); }

}  // namespace tessera::models
