#include <algorithm>

#include "models/graph/graph_editor.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// Whether `n` gives elements another place and leaves them as they are.
bool only_moves(GraphEditor& e, NodeId n) {
  return n != kNone && e.alive(n) && (rule_of(e.node(n)).is_view || e.is(n, "Transpose"));
}

// A constant with one number for each element of the last axis, which both shapes share, behind an operator that takes
// such numbers.
bool along_last_axis(GraphEditor& e, ValueId v, const Dims& before, const Dims& after, const FusionRule& head) {
  const Dims& dims = e.graph().values[v].dims();
  return head.channels == FusionRule::Channels::last && e.constant(v) && !before.empty() && !after.empty() &&
         before.back() == after.back() && elements(dims) == after.back() && !dims.empty() &&
         dims.back() == after.back();
}

// A constant that broadcasts to both shapes alike, of which one has more leading ones.
bool over_leading_ones(GraphEditor& e, ValueId v, const Dims& before, const Dims& after, const FusionRule& head) {
  const Dims &longer = before.size() > after.size() ? before : after, &shorter = &longer == &before ? after : before;
  const auto ones = static_cast<std::ptrdiff_t>(longer.size() - shorter.size());
  return head.channels == FusionRule::Channels::second && e.constant(v) &&
         e.graph().values[v].dims().size() <= shorter.size() &&
         std::all_of(longer.begin(), longer.begin() + ones, [](std::int64_t extent) { return extent == 1; }) &&
         std::equal(longer.begin() + ones, longer.end(), shorter.begin());
}

// What makes `v`, before any nodes that only move it; kNone where somebody else reads it on the way.
NodeId head_of(GraphEditor& e, ValueId v) {
  while (true) {
    const NodeId maker = e.producer(v);
    if (maker == kNone || !e.alive(maker) || e.only_reader(v) == kNone) return kNone;
    if (!only_moves(e, maker)) return maker;
    v = e.node(maker).inputs.front();
  }
}

// The node whose function could be calculated before the one that makes its input: that one, or kNone.
NodeId mover_before(GraphEditor& e, NodeId n) {
  const KnownOperator* known = find_operator(e.node(n));
  const ValueId v = e.variable_input(n);
  if (known == nullptr || known->rule.fusion.post != FusionRule::Post::function || v == kNone) return kNone;
  const NodeId mover = e.producer(v);
  if (!only_moves(e, mover) || e.only_reader(v) != n) return kNone;
  const ValueId source = e.node(mover).inputs.front();
  const NodeId head = head_of(e, source);
  if (head == kNone) return kNone;
  const FusionRule& fusion = rule_of(e.node(head)).fusion;
  const auto& values = e.graph().values;
  const Dims &before = values[source].dims(), &after = values[v].dims();
  // Whatever the vector unit calculates, it may write in another format.
  const bool converts = e.is(n, "QuantizeLinear") && find_operator(e.node(head))->function != base::Function::identity;
  if ((fusion.head == FusionRule::Head::none && !converts) || values[e.node(n).outputs.front()].dims() != after)
    return kNone;
  const bool view = !e.is(mover, "Transpose");
  const bool fits = std::ranges::all_of(e.node(n).inputs, [&](ValueId other) {
    return other == v || e.scalar(other) ||
           (view &&
            (along_last_axis(e, other, before, after, fusion) || over_leading_ones(e, other, before, after, fusion)));
  });
  return fits ? mover : kNone;
}

// Whether `n` multiplies `v` by one constant number.
bool scales(GraphEditor& e, NodeId n, ValueId v) {
  const std::vector<ValueId>& in = e.node(n).inputs;
  return (e.is(n, "Mul") || (e.is(n, "Div") && in[0] == v)) && e.variable_input(n) == v &&
         e.scalar(in[in[0] == v ? 1 : 0]) &&
         e.graph().values[e.node(n).outputs[0]].dims() == e.graph().values[v].dims();
}

// Whether a factor behind `v` can go into the constant weights of the product that makes it, sums with constants
// between.
bool takes_factors(GraphEditor& e, ValueId v) {
  NodeId head = head_of(e, v);
  while (head != kNone && e.is(head, "Add")) {
    const ValueId before = e.variable_input(head);
    head = before == kNone ? kNone : head_of(e, before);
  }
  if (head == kNone || e.node(head).inputs.size() < 2) return false;
  return rule_of(e.node(head)).fusion.head == FusionRule::Head::pe && e.constant(e.node(head).inputs[1]);
}

// The product of two activations whose scale `n` is, where the first of them takes it without cost; kNone.
NodeId product_before(GraphEditor& e, NodeId n) {
  if (e.node(n).inputs.size() != 2 || e.node(n).outputs.size() != 1) return kNone;
  const ValueId v = e.variable_input(n);
  const NodeId product = e.producer(v);
  if (product == kNone || !e.is(product, "MatMul") || e.only_reader(v) != n || !scales(e, n, v)) return kNone;
  return !e.constant(e.node(product).inputs[1]) && takes_factors(e, e.node(product).inputs[0]) ? product : kNone;
}

// What `n` is better calculated before.
NodeId better_before(GraphEditor& e, NodeId n) {
  const NodeId mover = mover_before(e, n);
  return mover != kNone ? mover : product_before(e, n);
}

}  // namespace

void hoist_functions(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.alive(n)) continue;
    // Over one mover after the other, as far as there are some.
    for (NodeId at = n, mover = better_before(e, at); mover != kNone; mover = better_before(e, at)) {
      graph.notes.push_back({e.node(at).name, "calculated before " + e.node(mover).name});
      e.exchange(mover, at);
      at = mover;
    }
  }
  e.finish();
}

}  // namespace tessera::models
