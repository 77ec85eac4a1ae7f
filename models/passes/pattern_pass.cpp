#include <algorithm>
#include <optional>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// A stretch of nodes that computes one function of `source`.
struct Match {
  ValueId source = kNone;
  std::vector<NodeId> nodes;  // the last makes the output
};

// The reader of `v`, if it is the only one, of that type, and all its other inputs are constants.
NodeId step(const GraphEditor& e, ValueId v, std::string_view type) {
  const NodeId n = e.only_reader(v);
  return e.is(n, type) && e.variable_input(n) == v ? n : kNone;
}

// Backwards: the producer of `v`, of that type, with `v` read by nobody else and one variable input.
NodeId step_back(GraphEditor& e, ValueId v, std::string_view type) {
  const NodeId n = e.producer(v);
  return e.is(n, type) && e.only_reader(v) != kNone && e.variable_input(n) != kNone ? n : kNone;
}

ValueId output(GraphEditor& e, NodeId n) { return e.node(n).outputs.front(); }

ValueId other_input(GraphEditor& e, NodeId n, ValueId not_this) {
  const auto& in = e.node(n).inputs;
  if (in.size() != 2) return kNone;
  return in[0] == not_this ? in[1] : in[1] == not_this ? in[0] : kNone;
}

// x * gate(x), where `gate` is Sigmoid or HardSigmoid.
std::optional<Match> match_gate(GraphEditor& e, NodeId gate) {
  const ValueId x = e.node(gate).inputs.front();
  const NodeId mul = e.only_reader(output(e, gate));
  if (!e.is(mul, "Mul") || other_input(e, mul, output(e, gate)) != x) return std::nullopt;
  return Match{x, {gate, mul}};
}

// What comes before the erf or tanh of a GELU: x/sqrt(2), or sqrt(2/pi) * (x + 0.044715 x^3).
std::optional<Match> match_gelu_argument(GraphEditor& e, NodeId core) {
  const ValueId in = e.node(core).inputs.front();
  if (e.is(core, "Erf")) {
    NodeId scale = step_back(e, in, "Div");
    if (scale == kNone) scale = step_back(e, in, "Mul");
    if (scale == kNone) return std::nullopt;
    return Match{e.variable_input(scale), {scale, core}};
  }
  const NodeId scale = step_back(e, in, "Mul");
  if (scale == kNone) return std::nullopt;
  const ValueId sum = e.variable_input(scale);
  const NodeId add = e.producer(sum);
  if (!e.is(add, "Add") || e.only_reader(sum) == kNone || e.node(add).inputs.size() != 2) return std::nullopt;
  for (const std::size_t side : {0U, 1U}) {
    const NodeId cubic = step_back(e, e.node(add).inputs[side], "Mul");
    if (cubic == kNone) continue;
    const NodeId pow = step_back(e, e.variable_input(cubic), "Pow");
    if (pow != kNone && e.variable_input(pow) == e.node(add).inputs[1 - side])
      return Match{e.variable_input(pow), {pow, cubic, add, scale, core}};
  }
  return std::nullopt;
}

// 0.5 x (1 + erf(...)) with the half anywhere: on x, on the sum, or behind the product.
std::optional<Match> match_gelu(GraphEditor& e, NodeId core) {
  auto match = match_gelu_argument(e, core);
  if (!match) return std::nullopt;
  NodeId last = step(e, output(e, core), "Add");
  if (last == kNone) return std::nullopt;
  match->nodes.push_back(last);
  bool half = false;
  if (const NodeId n = step(e, output(e, last), "Mul"); n != kNone) {
    match->nodes.push_back(last = n);
    half = true;
  }
  const NodeId product = e.only_reader(output(e, last));
  if (!e.is(product, "Mul")) return std::nullopt;
  const ValueId other = other_input(e, product, output(e, last));
  if (other != match->source) {
    const NodeId halved = step_back(e, other, "Mul");
    if (half || halved == kNone || e.variable_input(halved) != match->source) return std::nullopt;
    match->nodes.push_back(halved);
    half = true;
  }
  match->nodes.push_back(product);
  if (half) return match;
  const NodeId n = step(e, output(e, product), "Mul");
  if (n == kNone) return std::nullopt;
  match->nodes.push_back(n);
  return match;
}

// (x - mean) / sqrt(mean((x - mean)^2) + eps), then scale and shift where they are there.
std::optional<Match> match_layernorm(GraphEditor& e, NodeId mean) {
  const ValueId x = e.node(mean).inputs.front();
  const NodeId sub = e.only_reader(output(e, mean));
  if (!e.is(sub, "Sub") || e.node(sub).inputs.front() != x) return std::nullopt;
  const ValueId centred = output(e, sub);
  const auto& readers = e.readers(centred);
  if (readers.size() != 2 || e.graph().values[centred].network_output) return std::nullopt;
  const bool first = e.is(readers[0], "Pow") || e.is(readers[0], "Mul");
  const NodeId square = readers[first ? 0 : 1], div = readers[first ? 1 : 0];
  if (!(e.is(square, "Pow") || e.is(square, "Mul")) || !e.is(div, "Div")) return std::nullopt;
  const NodeId variance = step(e, output(e, square), "ReduceMean");
  const NodeId eps = variance == kNone ? kNone : step(e, output(e, variance), "Add");
  const NodeId root = eps == kNone ? kNone : step(e, output(e, eps), "Sqrt");
  if (root == kNone || e.only_reader(output(e, root)) != div) return std::nullopt;
  Match match{x, {mean, sub, square, variance, eps, root, div}};
  if (const NodeId scale = step(e, output(e, div), "Mul"); scale != kNone) {
    match.nodes.push_back(scale);
    if (const NodeId shift = step(e, output(e, scale), "Add"); shift != kNone) match.nodes.push_back(shift);
  }
  return match;
}

// The last node of the match becomes the recognised operator; constants of scale and shift stay its inputs. Not where a
// constant on the way made the result larger than the source.
void replace(GraphEditor& e, const Match& match, const std::string& type, Joined& joined) {
  const NodeId last = match.nodes.back();
  const auto& values = e.graph().values;
  if (values[output(e, last)].dims() != values[match.source].dims()) return;
  std::vector<ValueId> inputs{match.source};
  if (type == "LayerNormalization")
    for (const NodeId n : match.nodes)
      for (const ValueId v : e.node(n).inputs)
        if (e.constant(v) && !e.scalar(v)) inputs.push_back(v);
  for (const NodeId n : match.nodes) joined.emplace(e.node(n).name, e.node(last).name);
  Node& node = e.node(last);
  const std::string what = "recognised as " + type + " in " + node.name;
  const ValueId out = output(e, last);
  std::map<std::string, Attribute> attributes;
  if (type == "LayerNormalization") attributes.emplace("axis", Attribute::integer(-1));
  node.type = type;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  e.merge(last, match.nodes, out, what);
}

// Layer normalization means the last axis only: the mean must be taken over it alone.
bool over_last_axis(GraphEditor& e, NodeId mean) {
  const NodeReader node(e.graph(), mean);
  const std::size_t rank = node.dims(0).size();
  const std::vector<std::size_t> axes = node.axes(1, rank);
  return axes.size() == 1 && axes[0] + 1 == rank;
}

}  // namespace

Joined recognise_patterns(Graph& graph) {
  Joined joined;
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (e.is(n, "Sigmoid") || e.is(n, "HardSigmoid")) {
      const std::string type = e.is(n, "Sigmoid") ? "Silu" : "HardSwish";
      if (const auto m = match_gate(e, n)) replace(e, *m, type, joined);
    } else if (e.is(n, "Erf") || e.is(n, "Tanh")) {
      if (const auto m = match_gelu(e, n)) replace(e, *m, "Gelu", joined);
    } else if (e.is(n, "ReduceMean") && over_last_axis(e, n)) {
      if (const auto m = match_layernorm(e, n)) replace(e, *m, "LayerNormalization", joined);
    }
  }
  e.finish();
  return joined;
}

}  // namespace tessera::models
