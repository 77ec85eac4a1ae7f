#include <algorithm>
#include <optional>

#include "models/graph/graph_editor.h"
#include "models/operators/operators.h"
#include "models/passes/moves.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// A view or a transpose: of one tensor, one other.
bool only_moves(const Graph& g, const Node& node) {
  const bool one = std::count(node.outputs.begin(), node.outputs.end(), kNone) + 1 == std::ssize(node.outputs);
  return !node.inputs.empty() && !node.outputs.empty() && node.outputs[0] != kNone && one &&
         !g.values[node.inputs[0]].constant &&
         (rule_of(node).is_view || (node.domain.empty() && node.type == "Transpose"));
}

class MoveMerger {
 public:
  explicit MoveMerger(Graph& graph)
      : g_(graph), readers_(graph.readers()), done_(graph.nodes.size(), false), places_(graph.nodes.size()) {}

  void run() {
    bool changed = false;
    for (NodeId n = 0; n < done_.size(); ++n)
      if (!done_[n] && may_move(n)) changed = merge(n) || changed;
    if (!changed) return;
    std::vector<Node> nodes;
    for (NodeId n = 0; n < done_.size(); ++n)
      if (places_[n]) nodes.insert(nodes.end(), places_[n]->begin(), places_[n]->end());
      else nodes.push_back(std::move(g_.nodes[n]));
    g_.nodes = std::move(nodes);
    keep_nodes(g_, std::vector<bool>(g_.nodes.size(), true));  // renumbers the producers
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }
  [[nodiscard]] bool is(NodeId n, const char* type) const {
    return g_.nodes[n].domain.empty() && g_.nodes[n].type == type;
  }
  [[nodiscard]] bool may_move(NodeId n) const { return only_moves(g_, g_.nodes[n]); }
  [[nodiscard]] NodeId only_reader(ValueId v) const {
    return g_.values[v].network_output || readers_[v].size() != 1 ? kNone : readers_[v].front();
  }

  // From `first` on as far as the chain goes.
  bool merge(NodeId first) {
    const ValueId source = g_.nodes[first].inputs[0];
    Moves moves(dims(source));
    std::vector<NodeId> chain;
    int transposes = 0;
    for (NodeId n = first; n != kNone && may_move(n) && moves.take(g_, g_.nodes[n]);
         n = only_reader(g_.nodes[n].outputs[0])) {
      chain.push_back(n);
      done_[n] = true;
      transposes += is(n, "Transpose") ? 1 : 0;
    }
    if (chain.empty()) return false;
    const ValueId result = g_.nodes[chain.back()].outputs[0];
    const bool turned = transposes > 0 && turn_operand(moves, result);
    const bool shorter = transposes > 1 || (transposes == 1 && !moves.moves());
    if (!turned && !shorter) return false;
    for (const NodeId n : chain) places_[n].emplace();
    const Node like = g_.nodes[chain.back()];
    for (const NodeId n : chain)
      if (n != chain.back()) g_.notes.push_back({g_.nodes[n].name, "merged with " + like.name, like.name});
    *places_[chain.back()] = moves.nodes(g_, like, source, result);
    return true;
  }

  // A product reads its second operand by rows or by columns. Where its columns are neighbours in the source, they stay
  // so.
  bool turn_operand(Moves& moves, ValueId v) {
    const NodeId n = only_reader(v);
    if (n == kNone || !is(n, "MatMul")) return false;
    Node& node = g_.nodes[n];
    const std::size_t rank = moves.rank();
    if (node.inputs[1] != v || node.inputs[0] == v || rank < 2 || dims(node.inputs[0]).size() < 2 ||
        !moves.innermost_in(rank - 2))
      return false;
    moves.swap_last();
    Dims& shape = g_.values[v].literal.dims;
    std::swap(shape[rank - 1], shape[rank - 2]);
    Attribute& transposed = node.attributes["transB"];
    transposed = Attribute::integer(transposed.ints == Dims{1} ? 0 : 1);
    return true;
  }

  Graph& g_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> done_;
  std::vector<std::optional<std::vector<Node>>> places_;  // by node: what stands in its place
};

}  // namespace

void merge_moves(Graph& graph) { MoveMerger(graph).run(); }

void join_views(Graph& graph) {
  GraphEditor e(graph);
  // Of a reshape, a transpose and a reshape.
  const auto turns = [&](NodeId n) {
    return e.is(e.producer(e.node(n).inputs[0]), "Transpose") ||
           std::ranges::any_of(e.readers(e.node(n).outputs[0]), [&](NodeId r) { return e.is(r, "Transpose"); });
  };
  const auto is_view = [&](NodeId n) {
    return e.alive(n) && rule_of(e.node(n)).is_view && only_moves(graph, e.node(n));
  };
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!is_view(n)) continue;
    const ValueId v = e.node(n).outputs[0];
    if (!turns(n) && std::ranges::none_of(e.readers(v), turns)) continue;
    if (!graph.values[v].network_output && !e.readers(v).empty() && std::ranges::all_of(e.readers(v), is_view))
      e.bypass(n, "joined with the views behind it");
  }
  e.finish();
}

void drop_casts(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!e.is(n, "Cast")) continue;
    const Value &from = graph.values[e.node(n).inputs[0]], &to = graph.values[e.node(n).outputs[0]];
    if (from.type() != ElementType::unknown && from.type() == to.type() && !from.constant && !to.network_output)
      e.bypass(n, "changes nothing");
  }
  e.finish();
}

void move_early(Graph& graph) {
  const auto readers = graph.readers();
  std::vector<bool> placed(graph.nodes.size(), false);
  std::vector<NodeId> order, next;  // `next`: the last is the next one
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!placed[n]) next.push_back(n);
    while (!next.empty()) {
      const NodeId at = next.back();
      next.pop_back();
      if (placed[at]) continue;
      placed[at] = true;
      order.push_back(at);
      for (const ValueId v : graph.nodes[at].outputs) {
        if (v == kNone) continue;
        for (auto r = readers[v].rbegin(); r != readers[v].rend(); ++r)
          // One that leaves the network would keep what it is a view of out of a concat.
          if (only_moves(graph, graph.nodes[*r]) && !graph.values[graph.nodes[*r].outputs[0]].network_output)
            next.push_back(*r);
      }
    }
  }
  sort_nodes(graph, order);
}

}  // namespace tessera::models
