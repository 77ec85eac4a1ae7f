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
  if (fusion.head == FusionRule::Head::none || values[e.node(n).outputs.front()].dims() != after) return kNone;
  const bool view = !e.is(mover, "Transpose");
  const bool fits = std::ranges::all_of(e.node(n).inputs, [&](ValueId other) {
    return other == v || e.scalar(other) || (view && along_last_axis(e, other, before, after, fusion));
  });
  return fits ? mover : kNone;
}

}  // namespace

void hoist_functions(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.alive(n)) continue;
    // Over one mover after the other, as far as there are some.
    for (NodeId at = n, mover = mover_before(e, at); mover != kNone; mover = mover_before(e, at)) {
      graph.notes.push_back({e.node(at).name, "calculated before " + e.node(mover).name});
      e.exchange(mover, at);
      at = mover;
    }
  }
  e.finish();
}

}  // namespace tessera::models
