#include <algorithm>

#include "models/graph/graph.h"
#include "models/network/layout.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// The factors of each axis of `dims` that the other shape tells apart; an empty list where it tells nothing.
std::vector<Dims> factors(const Dims& dims, const Dims& other) {
  const Refinement r = refine(dims, other);
  std::vector<Dims> parts(dims.size());
  if (!r.found) return parts;
  for (std::size_t i = 0; i < r.dims.size(); ++i) parts[r.of_a[i]].push_back(r.dims[i]);
  return parts;
}

// Both sets of factors of one axis together; the first where they have no common ones.
void refine_by(Dims& parts, const Dims& more) {
  if (parts.empty()) parts = more;
  if (const Refinement r = refine(parts, more); r.found && !r.dims.empty()) parts = r.dims;
}

class AxisSplitter {
 public:
  explicit AxisSplitter(Graph& graph) : g_(graph), readers_(graph.readers()) {}

  void run() {
    for (NodeId n = 0; n < g_.nodes.size(); ++n) {
      const Node& node = g_.nodes[n];
      if (!node.domain.empty() || node.type != "Transpose" || !split(node)) nodes_.push_back(node);
    }
    g_.nodes = std::move(nodes_);
    keep_nodes(g_, std::vector<bool>(g_.nodes.size(), true));  // renumbers the producers
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }
  [[nodiscard]] bool is_view(NodeId n) const { return n != kNone && rule_of(g_.nodes[n]).is_view; }

  static std::vector<std::size_t> order_of(const Node& node, std::size_t rank) {
    std::vector<std::size_t> order;
    if (const auto perm = node.attributes.find("perm"); perm != node.attributes.end())
      order.assign(perm->second.ints.begin(), perm->second.ints.end());
    else
      for (std::size_t i = rank; i-- > 0;) order.push_back(i);
    return order;
  }

  // By axis of the input, as those tell who reshape before and behind. The last axes stay: they are columns.
  [[nodiscard]] std::vector<Dims> parts_of(const Node& node, const std::vector<std::size_t>& order) const {
    const ValueId in = node.inputs[0], out = node.outputs[0];
    std::vector<Dims> parts(order.size());
    if (const NodeId maker = g_.values[in].producer; is_view(maker))
      parts = factors(dims(in), dims(g_.nodes[maker].inputs[0]));
    for (const NodeId reader : readers_[out]) {
      if (!is_view(reader) || g_.nodes[reader].inputs[0] != out) continue;
      const std::vector<Dims> behind = factors(dims(out), dims(g_.nodes[reader].outputs[0]));
      for (std::size_t a = 0; a < order.size(); ++a) refine_by(parts[order[a]], behind[a]);
    }
    const bool pixels = order.back() + 1 == order.size() && of_images(node);
    for (std::size_t a = 0; a < order.size(); ++a)
      if (parts[a].empty() || (!pixels && (a + 1 == order.size() || a == order.back()))) parts[a] = {dims(in)[a]};
    return parts;
  }

  // Whether it moves channels of an image whose pixels are one axis for it.
  [[nodiscard]] bool of_images(const Node& node) const {
    const NodeId maker = g_.values[node.inputs[0]].producer;
    const auto& readers = readers_[node.outputs[0]];
    if (!is_view(maker) || readers.size() != 1 || !is_view(readers[0])) return false;
    const Dims &from = dims(g_.nodes[maker].inputs[0]), &to = dims(g_.nodes[readers[0]].outputs[0]);
    return from.size() == 4 && to.size() == 4 && from[2] == to[2] && from[3] == to[3] &&
           dims(node.inputs[0]).back() == from[2] * from[3];
  }

  ValueId add(const Node& like, const char* type, ValueId input, Dims dims, const char* suffix) {
    const ValueId v = g_.add_value(like.name + suffix);
    g_.values[v].literal = g_.values[input].literal;
    g_.values[v].literal.dims = std::move(dims);
    g_.values[v].shaped = true;
    append(like, type, input, v, like.name + suffix);
    return v;
  }
  void append(const Node& like, const char* type, ValueId input, ValueId output, std::string name) {
    Node n;
    n.name = std::move(name);
    n.type = type;
    n.inputs = {input};
    n.outputs = {output};
    n.where = like.where;
    nodes_.push_back(std::move(n));
  }

  bool split(const Node& node) {
    constexpr std::size_t kMost = 8;
    const ValueId in = node.inputs[0], out = node.outputs[0];
    const std::vector<std::size_t> order = order_of(node, dims(in).size());
    const std::vector<Dims> parts = parts_of(node, order);
    std::size_t axes = 0;
    for (const Dims& p : parts) axes += p.size();
    if (axes == order.size() || axes > kMost) return false;
    Dims finer, turned;
    std::vector<std::size_t> first;
    for (const Dims& p : parts) {
      first.push_back(finer.size());
      finer.insert(finer.end(), p.begin(), p.end());
    }
    std::vector<std::int64_t> perm;
    for (const std::size_t a : order)
      for (std::size_t i = 0; i < parts[a].size(); ++i) {
        perm.push_back(static_cast<std::int64_t>(first[a] + i));
        turned.push_back(parts[a][i]);
      }
    const ValueId seen = add(node, "Reshape", in, finer, "#split");
    const ValueId moved = add(node, "Transpose", seen, turned, "#axes");
    nodes_.back().name = node.name;
    nodes_.back().attributes = {{"perm", Attribute::integers(perm)}};
    append(node, "Reshape", moved, out, node.name + "#join");
    return true;
  }

  Graph& g_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<Node> nodes_;
};

}  // namespace

void split_transposed_axes(Graph& graph) { AxisSplitter(graph).run(); }

}  // namespace tessera::models
