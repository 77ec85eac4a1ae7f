#include <algorithm>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

using base::Function;
using Head = FusionRule::Head;
using Post = FusionRule::Post;
using Channels = FusionRule::Channels;

// One chain: a head and the nodes behind it, as far as they can join it.
class Chain {
 public:
  Chain(GraphEditor& editor, NodeId head) : e_(editor), head_(head), rule_(rule_of(e_.node(head)).fusion) {}

  void grow() {
    if (rule_.head == Head::none) return take_conversion();
    if (rule_.head == Head::pe) take_bias();
    // What is added behind the array is a vector operator of its own.
    if (rule_.head == Head::pe && e_.node(head_).inputs.size() > 2) rule_ = {.head = Head::vector};
    while (true) {
      const ValueId v = e_.node(head_).outputs.front();
      const NodeId next = e_.only_reader(v);
      if (next == kNone || e_.variable_input(next) != v || !take(next)) return;
    }
  }

 private:
  // Whatever the vector unit calculates, it may write in another format.
  void take_conversion() {
    const ValueId v = e_.node(head_).outputs.front();
    const NodeId next = e_.only_reader(v);
    if (find_operator(e_.node(head_))->function == Function::identity || !e_.is(next, "QuantizeLinear") ||
        e_.variable_input(next) != v)
      return;
    e_.node(head_).posts.push_back({Function::requantize, kNone, e_.node(next).name});
    join(next, "fused into");
  }

  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }
  [[nodiscard]] ValueId output() { return e_.node(head_).outputs.front(); }
  // Weights that a scale can be multiplied into beforehand; a batch normalization's own count as such.
  [[nodiscard]] bool constant_weights() {
    return rule_.head == Head::scale_shift || (rule_.head == Head::pe && e_.constant(e_.node(head_).inputs[1]));
  }
  // The axis of the output that channels are counted along.
  [[nodiscard]] std::size_t channel_axis() { return rule_.channels == Channels::last ? dims(output()).size() - 1 : 1; }

  // A constant with one number for each output channel, or for all.
  [[nodiscard]] bool per_channel(ValueId v) {
    if (e_.scalar(v)) return true;
    const Dims &d = dims(v), &out = dims(output());
    if (rule_.channels == Channels::none || !e_.constant(v) || d.size() > out.size()) return false;
    const std::size_t channel = channel_axis();
    const std::size_t shift = out.size() - d.size();
    for (std::size_t i = 0; i < d.size(); ++i)
      if (d[i] != (i + shift == channel ? out[channel] : 1)) return false;
    return true;
  }

  // A constant of one axis, the channels: the form of a convolution's bias.
  [[nodiscard]] bool one_for_each_channel(ValueId v) {
    const Dims& out = dims(output());
    return e_.constant(v) && channel_axis() < out.size() && dims(v) == Dims{out[channel_axis()]};
  }

  // The third input of Conv and Gemm, [channels] or broadcast to it. It starts the accumulators, so costs no cycles.
  void take_bias() {
    Node& node = e_.node(head_);
    if (node.inputs.size() < 3) return;
    const ValueId bias = node.inputs[2];
    if (bias != kNone && !one_for_each_channel(bias) && !per_channel(bias)) return;  // lowering says what is wrong
    node.inputs.resize(2);
    if (bias != kNone) node.posts.push_back({Function::identity, bias, node.name + ".bias"});
  }

  // While the posts are a bias at most, what follows can still go into constant weights and that bias.
  [[nodiscard]] bool linear() {
    return std::all_of(e_.node(head_).posts.begin(), e_.node(head_).posts.end(),
                       [](const FusedPost& p) { return p.function == Function::identity; });
  }

  void join(NodeId next, const std::string& how) {
    e_.merge(head_, {next}, e_.node(next).outputs.front(), how + " " + e_.node(head_).name);
  }

  // An additive parameter joins the bias that is there already, or becomes it.
  void add_bias(ValueId parameter, const std::string& name) {
    if (e_.node(head_).posts.empty() && !e_.scalar(parameter))
      e_.node(head_).posts.push_back({Function::identity, parameter, name});
  }

  bool take_batchnorm(NodeId next) {
    if (rule_.head != Head::pe || dims(e_.node(next).inputs[1]).front() != dims(output())[channel_axis()]) return false;
    if (constant_weights() && linear()) {
      add_bias(e_.node(next).inputs[2], e_.node(next).name);
      join(next, "folded into the weights of");
    } else {
      e_.node(head_).posts.push_back({Function::batchnorm, e_.node(next).inputs[1], e_.node(next).name});
      join(next, "fused into");
    }
    return true;
  }

  bool take(NodeId next) {
    const Node& node = e_.node(next);
    const KnownOperator& known = *find_operator(node);
    if (known.rule.fusion.post == Post::scale_shift) return take_batchnorm(next);
    const bool shape_stays =
        !node.outputs.empty() && node.outputs[0] != kNone && dims(node.outputs[0]) == dims(output());
    if (known.rule.fusion.post != Post::function || !shape_stays) return false;
    ValueId parameter = kNone;
    for (const ValueId v : node.inputs) {
      if (v == output() || e_.scalar(v)) continue;
      if (parameter != kNone || !per_channel(v)) return false;
      parameter = v;
    }
    return take_function(next, known.function, parameter);
  }

  bool take_function(NodeId next, Function function, ValueId parameter) {
    const bool sum = function == Function::add || function == Function::sub;
    const bool product = (function == Function::mul && e_.node(next).inputs.size() > 1) ||
                         (function == Function::div && e_.node(next).inputs[0] == output());
    if (rule_.head == Head::pe && linear() && sum && parameter != kNone) {
      add_bias(parameter, e_.node(next).name);
      join(next, "folded into the bias of");
    } else if (constant_weights() && linear() &&
               (product || (sum && (rule_.head == Head::scale_shift || !e_.node(head_).posts.empty())))) {
      join(next, "folded into the weights of");
    } else {
      e_.node(head_).posts.push_back({function, parameter, e_.node(next).name});
      join(next, "fused into");
    }
    return true;
  }

  GraphEditor& e_;
  NodeId head_;
  FusionRule rule_;
};

}  // namespace

void fuse_posts(Graph& graph) {
  GraphEditor e(graph);
  for (NodeId n = 0; n < graph.nodes.size(); ++n)
    if (e.alive(n)) Chain(e, n).grow();
  e.finish();
}

}  // namespace tessera::models
