// An attention whose heads a file calculates one by one: the same nodes for each head, on parts of the columns of its
// queries, keys and values or on products of their own, and a concat of what they make.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/operators/slice.h"
#include "models/passes/moves.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

using Bundle = std::vector<ValueId>;  // the same tensor of every head

bool alike(const std::map<std::string, Attribute>& a, const std::map<std::string, Attribute>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.kind == y.second.kind && x.second.ints == y.second.ints &&
           x.second.reals == y.second.reals && x.second.text == y.second.text;
  });
}

class Heads {
 public:
  explicit Heads(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n)
      if (e_.is(n, "Concat") && e_.node(n).inputs.size() > 1) join(n);
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }

  void join(NodeId concat) {
    const Bundle heads = e_.node(concat).inputs;
    const ValueId result = e_.node(concat).outputs[0];
    const std::size_t rank = dims(result).size(), values = e_.graph().values.size();
    const auto same_shape = [&](ValueId v) { return dims(v) == dims(heads[0]); };
    if (rank < 2 || NodeReader(e_.graph(), concat).axis_attribute(-1, rank) + 1 != rank ||
        !std::ranges::all_of(heads, same_shape))
      return;
    made_.clear(), gone_.clear(), products_ = 0, concat_ = concat;
    readers_.assign(1, std::vector<NodeId>(heads.size(), concat));
    const ValueId all = batched(heads);
    if (all == kNone || products_ == 0) return e_.graph().values.resize(values);
    Moves moves(dims(all));
    std::vector<std::size_t> order(rank + 1);
    for (std::size_t a = 0; a <= rank; ++a) order[a] = a;
    std::swap(order[rank - 2], order[rank - 1]);
    moves.transpose(order);
    const bool fits = moves.reshape(dims(result));
    if (!fits) return e_.graph().values.resize(values);
    const std::vector<Node> last = moves.nodes(e_.graph(), Node(e_.node(concat)), all, result);
    for (auto& [at, node] : made_) e_.put_before(at, std::move(node));
    for (const Node& node : last)
      if (&node != &last.back()) e_.put_before(concat, node);
    e_.node(concat) = last.back();
    std::ranges::sort(gone_);
    gone_.erase(std::ranges::unique(gone_).begin(), gone_.end());
    e_.merge(concat, gone_, result, "calculated for all heads before " + e_.node(concat).name);
  }

  // All of them, an axis of the heads before the last two; kNone where they differ in more than their numbers.
  [[nodiscard]] ValueId batched(const Bundle& b) {
    if (std::ranges::all_of(b, [&](ValueId v) { return v == b[0]; })) return shared(b[0]);
    if (std::ranges::all_of(b, [&](ValueId v) { return e_.constant(v); })) return constants(b);
    const std::size_t made = made_.size(), gone = gone_.size();
    if (const ValueId v = columns(b); v != kNone) return spread(v, b[0]);
    made_.resize(made), gone_.resize(gone);
    return of_nodes(b);
  }

  [[nodiscard]] static Dims with_axis(Dims shape, std::int64_t heads) {
    if (heads > 1) shape.insert(shape.begin(), std::max<std::size_t>(shape.size(), 2) - shape.size(), 1);
    if (shape.size() >= 2) shape.insert(shape.end() - 2, heads);
    return shape;
  }

  // What all heads read: nothing to do where broadcasting puts its axes behind that of the heads.
  [[nodiscard]] ValueId shared(ValueId v) {
    if (v == kNone || dims(v).size() < 3) return v;
    const ValueId made = e_.graph().add_value(e_.graph().values[v].name + "#shared", with_axis(dims(v), 1), v);
    if (!e_.constant(v)) add(concat_, "Reshape", e_.graph().values[made].name, {v}, made);
    return made;
  }

  // One constant for all heads, the same number where each has it.
  [[nodiscard]] ValueId constants(const Bundle& b) {
    if (one_number(b)) return b[0];
    if (!std::ranges::all_of(b, [&](ValueId v) { return dims(v) == dims(b[0]); })) return kNone;
    return e_.graph().add_value(e_.graph().values[b[0]].name + "#heads", with_axis(dims(b[0]), std::ssize(b)), b[0]);
  }
  [[nodiscard]] bool one_number(const Bundle& b) {
    const Literal& first = e_.graph().values[b[0]].literal;
    return std::ranges::all_of(b, [&](ValueId v) {
      const Literal& other = e_.graph().values[v].literal;
      return e_.scalar(v) && other.ints == first.ints && other.reals == first.reals;
    });
  }

  // Columns of heads side by side as a matrix of each.
  [[nodiscard]] ValueId spread(ValueId v, ValueId first) {
    const Dims of_one = dims(first);
    const NodeId at = e_.producer(first);
    Dims apart = dims(v);
    apart.back() = of_one.back();
    apart.insert(apart.end() - 1, dims(v).back() / of_one.back());
    const std::string name = e_.graph().values[v].name;
    const ValueId split = e_.graph().add_value(name + "#apart", apart, v);
    add(at, "Reshape", name + "#apart", {v}, split);
    if (apart.size() < 3) return kNone;
    std::vector<std::int64_t> perm;
    for (std::size_t a = 0; a < apart.size(); ++a) perm.push_back(static_cast<std::int64_t>(a));
    std::swap(perm[apart.size() - 3], perm[apart.size() - 2]);
    std::swap(apart[apart.size() - 3], apart[apart.size() - 2]);
    const ValueId turned = e_.graph().add_value(name + "#heads", apart, v);
    add(at, "Transpose", name + "#heads", {split}, turned).attributes = {{"perm", Attribute::integers(perm)}};
    return turned;
  }

  // The matrix of which the heads have parts of the columns, one behind the other; kNone where there is none.
  [[nodiscard]] ValueId columns(const Bundle& b) {
    if (dims(b[0]).size() < 2) return kNone;
    if (const ValueId source = parts(b); source != kNone) return source;
    const auto nodes = makers(b);
    if (!nodes) return kNone;
    const NodeId first = nodes->front();
    const Bundle left = inputs(*nodes, 0);
    const bool product = (e_.is(first, "MatMul") || e_.is(first, "Gemm")) && !e_.constant(left[0]) &&
                         std::ranges::all_of(left, [&](ValueId v) { return v == left[0]; });
    if (!product && rule_of(e_.node(first)).fusion.post != FusionRule::Post::function) return kNone;
    std::vector<ValueId> in;
    readers_.push_back(*nodes);
    for (std::size_t i = 0; i < e_.node(first).inputs.size(); ++i) {
      in.push_back(product && i == 0 ? left[0] : columns_of_input(*nodes, i, dims(b[0])));
      if (in.back() == kNone) break;
    }
    readers_.pop_back();
    if (in.back() == kNone) return kNone;
    Dims shape = dims(b[0]);
    shape.back() *= std::ssize(b);
    return repeat(first, *nodes, std::move(in), std::move(shape));
  }

  [[nodiscard]] ValueId columns_of_input(const std::vector<NodeId>& nodes, std::size_t i, const Dims& of_one) {
    const Bundle each = inputs(nodes, i);
    const NodeReader node(e_.graph(), nodes.front());
    if (!e_.constant(each[0])) return dims(each[0]).size() == of_one.size() ? columns(each) : kNone;
    const bool rows = i == 1 && e_.is(nodes.front(), "Gemm") && node.flag("transB", false);
    if (dims(each[0]).empty() && !one_number(each)) return kNone;
    return side_by_side(each, rows || dims(each[0]).empty() ? 0 : dims(each[0]).size() - 1, of_one.back());
  }

  // Constants of the columns of each head along `axis`, weights or a bias, or a number for all.
  [[nodiscard]] ValueId side_by_side(const Bundle& b, std::size_t axis, std::int64_t each) {
    if (one_number(b)) return b[0];
    const auto of_columns = [&](ValueId v) {
      return e_.constant(v) && dims(v) == dims(b[0]) && axis < dims(v).size() && dims(v)[axis] == each;
    };
    if (!std::ranges::all_of(b, of_columns)) return kNone;
    Dims shape = dims(b[0]);
    shape[axis] *= std::ssize(b);
    return e_.graph().add_value(e_.graph().values[b[0]].name + "#columns", std::move(shape), b[0]);
  }

  // The outputs of one Split, or slices of one tensor: all of its last axis in their order, read by the heads alone.
  [[nodiscard]] ValueId parts(const Bundle& b) {
    const NodeId first = e_.producer(b[0]);
    if (!e_.is(first, "Split") && !e_.is(first, "Slice")) return kNone;
    const ValueId source = e_.node(first).inputs[0];
    const std::size_t last = dims(source).size() - 1;
    std::vector<NodeId> nodes;
    for (std::size_t i = 0; i < b.size(); ++i) {
      if (e_.only_reader(b[i]) != readers_.back()[i] || dims(b[i]) != dims(b[0])) return kNone;
      const NodeId n = e_.producer(b[i]);
      if (!e_.is(n, e_.node(first).type) || e_.node(n).inputs[0] != source) return kNone;
      nodes.push_back(n);
      if (e_.is(n, "Split")) continue;
      const auto cuts = slice_cuts(NodeReader(e_.graph(), n));
      for (std::size_t a = 0; a < cuts.size(); ++a)
        if (cuts[a].step != 1 || (a != last && cuts[a].count != dims(source)[a])) return kNone;
      if (cuts[last].begin != static_cast<std::int64_t>(i) * cuts[last].count) return kNone;
    }
    if (e_.is(first, "Split") && e_.node(first).outputs != b) return kNone;
    if (dims(source)[last] != dims(b[0])[last] * std::ssize(b)) return kNone;
    gone_.insert(gone_.end(), nodes.begin(), nodes.end());
    return source;
  }

  // The nodes that make them, each for its head alone, where they do the same.
  [[nodiscard]] std::optional<std::vector<NodeId>> makers(const Bundle& b) {
    std::vector<NodeId> nodes;
    for (std::size_t i = 0; i < b.size(); ++i) {
      const NodeId n = e_.producer(b[i]);
      if (n == kNone || !e_.alive(n) || e_.only_reader(b[i]) != readers_.back()[i]) return std::nullopt;
      const Node &node = e_.node(n), &first = e_.node(e_.producer(b[0]));
      if (node.type != first.type || !node.domain.empty() || node.outputs.size() != 1 || !node.posts.empty() ||
          node.inputs.size() != first.inputs.size() || node.host ||
          std::ranges::find(node.inputs, kNone) != node.inputs.end() || !alike(own(node), own(first)) ||
          dims(b[i]) != dims(b[0]))
        return std::nullopt;
      nodes.push_back(n);
    }
    return nodes;
  }
  static std::map<std::string, Attribute> own(const Node& node) {
    auto attributes = node.attributes;
    attributes.erase(kPartOf);
    return attributes;
  }
  [[nodiscard]] Bundle inputs(const std::vector<NodeId>& nodes, std::size_t i) {
    Bundle b;
    for (const NodeId n : nodes) b.push_back(e_.node(n).inputs[i]);
    return b;
  }

  [[nodiscard]] ValueId of_nodes(const Bundle& b) {
    const auto nodes = makers(b);
    const std::size_t rank = dims(b[0]).size();
    if (!nodes || rank < 2 || !same_for_matrices(nodes->front())) return kNone;
    const NodeId first = nodes->front();
    if (e_.is(first, "MatMul") && !e_.constant(e_.node(first).inputs[0]) && !e_.constant(e_.node(first).inputs[1]))
      ++products_;
    std::vector<ValueId> in;
    readers_.push_back(*nodes);
    for (std::size_t i = 0; i < e_.node(first).inputs.size(); ++i) {
      in.push_back(batched(inputs(*nodes, i)));
      if (in.back() == kNone) break;
    }
    readers_.pop_back();
    if (in.back() == kNone) return kNone;
    return repeat(concat_, *nodes, std::move(in), with_axis(dims(b[0]), std::ssize(b)));
  }

  // Whether a node does the same to matrices with one axis more before them.
  [[nodiscard]] bool same_for_matrices(NodeId n) {
    const std::size_t rank = dims(e_.node(n).outputs[0]).size();
    if (e_.is(n, "MatMul")) return true;
    if (e_.is(n, "Softmax"))
      return (e_.graph().opset >= 13 || NodeReader(e_.graph(), n).has_attribute("axis")) &&
             NodeReader(e_.graph(), n).axis_attribute(-1, rank) + 1 == rank;
    if (e_.is(n, "Transpose")) {
      const auto order = order_of(e_.node(n), rank);
      for (std::size_t a = 0; a + 2 < rank; ++a)
        if (order[a] != a) return false;
      return true;
    }
    return rule_of(e_.node(n)).fusion.post == FusionRule::Post::function;
  }

  // The first of the nodes for all heads, before the node `at`.
  [[nodiscard]] ValueId repeat(NodeId at, const std::vector<NodeId>& nodes, std::vector<ValueId> in, Dims shape) {
    Node node = e_.node(nodes.front());
    const std::size_t rank = dims(node.outputs[0]).size();
    if (node.type == "Softmax") node.attributes["axis"] = Attribute::integer(-1);
    if (node.type == "Transpose" && shape.size() > rank) {
      std::vector<std::int64_t> perm;
      for (std::size_t a = 0; a + 2 < shape.size(); ++a) perm.push_back(static_cast<std::int64_t>(a));
      const bool turns = order_of(node, rank)[rank - 2] != rank - 2;
      const auto inner = static_cast<std::int64_t>(shape.size()) - 2;
      perm.push_back(turns ? inner + 1 : inner), perm.push_back(turns ? inner : inner + 1);
      node.attributes["perm"] = Attribute::integers(perm);
    }
    const ValueId made =
        e_.graph().add_value(e_.graph().values[node.outputs[0]].name + "#heads", std::move(shape), node.outputs[0]);
    node.inputs = std::move(in);
    node.outputs = {made};
    made_.emplace_back(at, std::move(node));
    gone_.insert(gone_.end(), nodes.begin(), nodes.end());
    return made;
  }

  Node& add(NodeId at, const char* type, const std::string& name, std::vector<ValueId> in, ValueId out) {
    Node node;
    node.name = name;
    node.type = type;
    node.inputs = std::move(in);
    node.outputs = {out};
    node.where = e_.node(readers_.front().front()).where;
    return made_.emplace_back(at, std::move(node)).second;
  }

  GraphEditor e_;
  std::vector<std::vector<NodeId>> readers_;  // of the bundle that is looked at, one for each head
  NodeId concat_ = kNone;
  std::vector<std::pair<NodeId, Node>> made_;  // and before which node each stands
  std::vector<NodeId> gone_;
  int products_ = 0;  // of two activations
};

}  // namespace

void join_heads(Graph& graph) { Heads(graph).run(); }

}  // namespace tessera::models
