// A grouped convolution that a file writes as its groups: the parts of an image's channels, a convolution of each, and
// a concat of what they make.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "models/graph/graph_editor.h"
#include "models/operators/operators.h"
#include "models/operators/slice.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// From the part of the source to the part of the concat.
struct Branch {
  ValueId source = kNone;
  std::int64_t begin = 0, count = 0;  // of its channels
  NodeId part = kNone, convolution = kNone;
  std::vector<NodeId> functions;  // behind the convolution, the first one first
};

bool alike(const std::map<std::string, Attribute>& a, const std::map<std::string, Attribute>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.kind == y.second.kind && x.second.ints == y.second.ints &&
           x.second.reals == y.second.reals && x.second.text == y.second.text;
  });
}

class Groups {
 public:
  explicit Groups(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n)
      if (e_.is(n, "Concat") && e_.node(n).inputs.size() > 1) join(n);
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }

  // Which channels of which image `v` is.
  [[nodiscard]] bool find_part(ValueId v, Branch& branch) {
    const NodeId n = branch.part = e_.producer(v);
    if (!e_.is(n, "Split") && !e_.is(n, "Slice")) return false;
    const NodeReader reader(e_.graph(), n);
    branch.source = e_.node(n).inputs[0];
    branch.count = dims(v)[1];
    if (e_.is(n, "Split")) {
      if (reader.axis_attribute(0, dims(v).size()) != 1) return false;
      for (const ValueId out : e_.node(n).outputs) {
        if (out == v) return true;
        branch.begin += dims(out)[1];
      }
    }
    const auto cuts = slice_cuts(reader);
    branch.begin = cuts[1].begin;
    for (std::size_t a = 0; a < cuts.size(); ++a)
      if (cuts[a].step != 1 || (a != 1 && cuts[a].count != dims(branch.source)[a])) return false;
    return true;
  }

  // Back from an input of the concat.
  [[nodiscard]] std::optional<Branch> branch_of(ValueId v, NodeId concat) {
    Branch branch;
    NodeId reader = concat, n = e_.producer(v);
    while (n != kNone && e_.only_reader(v) == reader && !e_.is(n, "Conv")) {
      const ValueId before = e_.variable_input(n);
      if (rule_of(e_.node(n)).fusion.post != FusionRule::Post::function || before == kNone ||
          e_.node(n).inputs[0] != before || dims(before) != dims(v))
        return std::nullopt;
      branch.functions.insert(branch.functions.begin(), n);
      reader = n, v = before, n = e_.producer(v);
    }
    if (!e_.is(n, "Conv") || e_.only_reader(v) != reader || !e_.constant(e_.node(n).inputs[1])) return std::nullopt;
    if (!e_.node(n).posts.empty()) return std::nullopt;
    branch.convolution = n;
    const ValueId read = e_.node(n).inputs[0];
    if (e_.only_reader(read) != n || !find_part(read, branch)) return std::nullopt;
    return branch;
  }

  // Constants that can be one: of the same shape, and a number for all only where it is the same.
  [[nodiscard]] bool joinable(ValueId a, ValueId b, std::int64_t channels) {
    if (a == kNone || b == kNone) return a == b;
    const Literal &x = e_.graph().values[a].literal, &y = e_.graph().values[b].literal;
    if (x.dims != y.dims || x.type != y.type) return false;
    if (elements(x.dims) == channels) return true;
    return elements(x.dims) == 1 && x.ints == y.ints && x.reals == y.reals;
  }

  [[nodiscard]] bool same_node(NodeId a, NodeId b, std::int64_t channels) {
    const Node &x = e_.node(a), &y = e_.node(b);
    if (x.type != y.type || x.inputs.size() != y.inputs.size() || !alike(x.attributes, y.attributes)) return false;
    for (std::size_t i = 1; i < x.inputs.size(); ++i) {
      const bool weights = i == 1 && e_.is(a, "Conv");
      if (weights ? dims(x.inputs[1]) != dims(y.inputs[1]) : !joinable(x.inputs[i], y.inputs[i], channels))
        return false;
    }
    return true;
  }

  [[nodiscard]] bool same(const Branch& a, const Branch& b) {
    const std::int64_t channels = dims(e_.node(a.convolution).inputs[1])[0];
    if (a.source != b.source || a.count != b.count || a.functions.size() != b.functions.size()) return false;
    if (!same_node(a.convolution, b.convolution, channels)) return false;
    for (std::size_t i = 0; i < a.functions.size(); ++i)
      if (!same_node(a.functions[i], b.functions[i], channels)) return false;
    return true;
  }

  // A constant for all groups, of `channels` along the first axis that has as many.
  [[nodiscard]] ValueId joined(ValueId v, std::int64_t channels, std::int64_t groups) {
    if (v == kNone || elements(dims(v)) == 1) return v;
    Dims shape = dims(v);
    *std::ranges::find(shape, channels) *= groups;
    return e_.graph().add_value(e_.graph().values[v].name + "#groups", std::move(shape), v);
  }

  void join(NodeId concat) {
    const std::vector<ValueId> inputs = e_.node(concat).inputs;
    const ValueId result = e_.node(concat).outputs[0];
    const NodeReader reader(e_.graph(), concat);
    if (dims(result).size() < 3 || reader.axis_attribute(1, dims(result).size()) != 1) return;
    std::vector<Branch> branches;
    for (const ValueId v : inputs) {
      const auto branch = branch_of(v, concat);
      if (!branch || (!branches.empty() && !same(branches.front(), *branch))) return;
      if (branch->begin != static_cast<std::int64_t>(branches.size()) * branch->count) return;
      branches.push_back(*branch);
    }
    if (std::ssize(branches) * branches[0].count == dims(branches[0].source)[1]) write(concat, branches, result);
  }

  void write(NodeId concat, const std::vector<Branch>& branches, ValueId result) {
    const Branch& first = branches.front();
    const auto count = static_cast<std::int64_t>(branches.size());
    const std::int64_t channels = dims(e_.node(first.convolution).inputs[1])[0];
    std::vector<NodeId> chain{first.convolution}, gone;
    chain.insert(chain.end(), first.functions.begin(), first.functions.end());
    ValueId v = first.source;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      Node node = e_.node(chain[i]);
      node.inputs[0] = v;
      for (std::size_t k = 1; k < node.inputs.size(); ++k) node.inputs[k] = joined(node.inputs[k], channels, count);
      if (i == 0) {
        Attribute& groups = node.attributes["group"];
        groups = Attribute::integer((groups.ints.empty() ? 1 : groups.ints[0]) * count);
      }
      Dims made = dims(node.outputs[0]);
      made[1] *= count;
      v = i + 1 == chain.size() ? result : e_.graph().add_value(node.name + "#groups", made, node.outputs[0]);
      node.outputs = {v};
      if (i + 1 < chain.size()) e_.put_before(concat, std::move(node));
      else e_.node(concat) = std::move(node);
    }
    for (const Branch& b : branches) {
      gone.insert(gone.end(), b.functions.begin(), b.functions.end());
      gone.push_back(b.convolution);
      if (std::ranges::find(gone, b.part) == gone.end()) gone.push_back(b.part);
    }
    e_.merge(concat, gone, result, "became a group of " + e_.node(concat).name);
  }

  GraphEditor e_;
};

}  // namespace

void join_groups(Graph& graph) { Groups(graph).run(); }

}  // namespace tessera::models
