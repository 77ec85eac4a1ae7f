#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/operators/operators.h"
#include "models/passes/quantization/conversions.h"
#include "models/passes/quantization/function_parts.h"
#include "models/passes/quantization/node_list.h"
#include "models/passes/quantization/quantization.h"

namespace tessera::models {

namespace {

// Operators that hand their elements on, or pick among them: they do the same in any format.
constexpr std::array<std::string_view, 24> kFormatBlind{
    "Clip",     "Concat",       "DepthToSpace", "Dropout",   "Expand",    "Flatten",   "Gather",    "GlobalMaxPool",
    "Identity", "MaxPool",      "Pad",          "ReduceMax", "ReduceMin", "Relu",      "Reshape",   "Resize",
    "Slice",    "SpaceToDepth", "Split",        "Squeeze",   "Tile",      "Transpose", "Unsqueeze", "Upsample",
};
static_assert(std::ranges::is_sorted(kFormatBlind));

class Folding {
 public:
  Folding(Graph& g, const std::vector<NodeId>& order, const Joined& functions)
      : g_(g), list_(g), constants_(g, order), functions_(g, functions), readers_(g.values.size()),
        keep_(g.nodes.size(), true) {
    for (NodeId n = 0; n < g.nodes.size(); ++n)
      if (!find_shape_only(g.nodes[n]))
        for (const auto* read : {&g.nodes[n].inputs, &g.nodes[n].captures})
          for (const ValueId v : *read)
            if (v != kNone && (readers_[v].empty() || readers_[v].back() != n)) readers_[v].push_back(n);
    for (Node& n : g.nodes)
      if (converts(n) && !n.outputs.empty() && n.outputs[0] != kNone && !n.inputs.empty())
        g.values[n.outputs[0]].literal.type = result_type(g, n);
  }

  void run(const std::vector<NodeId>& order) {
    for (const NodeId n : order)
      if (is(node(n), kQuantize)) join_inside(n);
    for (const NodeId n : order) {
      if (!keep_[n]) continue;
      read_instead(node(n), alias_);
      fold(n);
    }
    list_.finish(keep_);
  }

 private:
  // A value that is the floating-point form of a quantised one. `passed`: an operator blind to formats stands between
  // the conversion and it.
  struct Form {
    ValueId quantized;
    bool passed = false;
  };

  static bool find_shape_only(const Node& n) { return n.domain.empty() && (n.type == "Shape" || n.type == "Size"); }
  [[nodiscard]] Node& node(NodeId n) { return g_.nodes[n]; }
  [[nodiscard]] ValueId current(ValueId v) const {
    const auto at = alias_.find(v);
    return at == alias_.end() ? v : at->second;
  }
  [[nodiscard]] const Form* form(ValueId v) const {
    const auto at = forms_.find(v);
    return at == forms_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool scalar(ValueId v) {
    if (v == kNone) return true;
    const Value& value = g_.values[v];
    const bool known = value.constant || (value.producer != kNone && is(node(value.producer), "Constant"));
    if (!known) return false;
    if (value.constant) return elements(value.dims()) <= 1;
    const auto& attributes = node(value.producer).attributes;
    const auto tensor = attributes.find("value");
    return tensor == attributes.end() || !tensor->second.tensor || elements(tensor->second.tensor->dims) <= 1;
  }

  void fold(NodeId n) {
    if (node(n).outputs.empty() || node(n).outputs[0] == kNone || node(n).inputs.empty()) return;
    if (is(node(n), kDequantize)) return take_dequantize(n);
    if (is(node(n), kQuantize)) return take_quantize(n);
    const KnownOperator* known = find_operator(node(n));
    if (known == nullptr || known->rule.makes_constants || node(n).host) return;
    if (is(node(n), "Cast")) return take_cast(n);
    const bool blind = known->domain.empty() && std::ranges::binary_search(kFormatBlind, known->type);
    if (FunctionParts* function = functions_.of(n)) return fold_part(n, *function);
    if (blind) return pass_on(n);
    if (known->rule.fusion.head == FusionRule::Head::pe) return fold_product(n);
    fold_function(n);
  }

  // Scales that are constants are folded away; one that a run finds is an operand.
  void keep_dynamic_scale(NodeId n) {
    auto& inputs = node(n).inputs;
    const ValueId scale = inputs.size() > 1 ? inputs[1] : kNone;
    inputs.resize(1);
    if (scale != kNone && !constants_.contains(scale)) inputs.push_back(scale);
    node(n).attributes.clear();
  }

  void take_dequantize(NodeId n) {
    const ValueId q = node(n).inputs[0];
    if (constants_.contains(q)) make_weight(g_, q);
    scale_of_[node(n).outputs[0]] = node(n).inputs.size() > 1 ? node(n).inputs[1] : kNone;
    keep_dynamic_scale(n);
    forms_[node(n).outputs[0]] = {q};
  }

  void take_quantize(NodeId n) {
    const ValueId v = node(n).inputs[0], y = node(n).outputs[0];
    const ValueId scale = node(n).inputs.size() > 1 ? node(n).inputs[1] : kNone;
    const Form* known = form(v);
    const ElementType type = g_.values[y].type();
    keep_dynamic_scale(n);
    if (known == nullptr || g_.values[known->quantized].type() != type) return;
    // Back to what it was, or to another scale of the same format.
    node(n).inputs[0] = known->quantized;
    const bool same = known->passed || scale_of_[v] == scale;
    if (!same) return;
    if (g_.values[y].network_output) {  // under a name of its own
      node(n).type = "Identity";
      return;
    }
    keep_[n] = false;
    alias_[y] = known->quantized;
    g_.notes.push_back({node(n).name, "has no effect: the same format before and behind"});
  }

  // Weights that the file keeps as integers and makes floating point before they are used.
  void take_cast(NodeId n) {
    const ValueId from = node(n).inputs[0];
    const auto to = node(n).attributes.find("to");
    if (to == node(n).attributes.end() || to->second.ints.empty() || !constants_.contains(from)) return;
    const ElementType type = element_type(to->second.ints[0]), narrow = constant_type(g_, from);
    const bool real = type == ElementType::float32 || type == ElementType::float16 || type == ElementType::bfloat16;
    const bool integer = narrow == ElementType::int8 || narrow == ElementType::uint8 || narrow == ElementType::int4 ||
                         narrow == ElementType::uint4;
    if (real && integer) forms_[node(n).outputs[0]] = {from};
  }

  // The same operator on quantised elements, and a conversion behind it for whoever wants that.
  void pass_on(NodeId n) {
    const bool all = is(node(n), "Concat");
    const std::size_t data = all ? node(n).inputs.size() : 1;
    for (std::size_t i = 0; i < data; ++i)
      if (form(node(n).inputs[i]) == nullptr) return;
    const ElementType type = g_.values[form(node(n).inputs[0])->quantized].type();
    for (std::size_t i = 0; i < data; ++i) node(n).inputs[i] = form(node(n).inputs[i])->quantized;
    const bool several = is(node(n), "Split");
    for (std::size_t i = 0; i < (several ? node(n).outputs.size() : 1); ++i) {
      const ValueId y = node(n).outputs[i];
      if (y == kNone) continue;
      const ValueId q = list_.like(y, "quantized", type);
      Node back = list_.make(n, kDequantize, {q}, y);
      g_.values[y].literal.type = ElementType::float32;
      node(n).outputs[i] = q;
      g_.values[q].producer = n;
      list_.add_behind(n, std::move(back));
      forms_[y] = {q, true};
      if (constants_.contains(y)) constants_.add(q);
    }
  }

  // Of two quantised operands. Constants keep their format whatever the other operand has.
  void fold_product(NodeId n) {
    auto& inputs = node(n).inputs;
    const Form *first = form(inputs[0]), *second = inputs.size() > 1 ? form(inputs[1]) : nullptr;
    take_constants(n);
    if (first == nullptr || second == nullptr) return;
    inputs[0] = first->quantized;
    inputs[1] = second->quantized;
    g_.notes.push_back({node(n).name, "calculates with quantised operands"});
    scale_sums(n);
  }

  void take_constants(NodeId n) {
    std::optional<ValueId> taken;
    for (ValueId& v : node(n).inputs)
      if (const Form* f = form(v); f != nullptr && constants_.contains(f->quantized)) taken = v = f->quantized;
    const ValueId y = node(n).outputs[0];
    if (!taken || !constants_.contains(y)) return;
    // Calculated beforehand, as a weight of the format that it is made from.
    g_.values[y].literal.type = constant_type(g_, *taken);
    forms_[y] = {y};
  }

  // Sums that nobody quantises again are scaled behind the product, or behind the bias that is added to them.
  void scale_sums(NodeId n) {
    if (is_quantized_again(node(n).outputs[0])) return;
    NodeId at = n;
    if (const NodeId add = only_reader(node(n).outputs[0]); add != kNone && is(node(add), "Add")) {
      const auto& terms = node(add).inputs;
      const bool bias = terms.size() == 2 && constants_.contains(terms[terms[0] == node(n).outputs[0] ? 1 : 0]);
      if (bias) at = add;
    }
    const ValueId y = node(at).outputs[0];
    const ValueId sums = list_.like(y, "sums", ElementType::int32);
    Node scaling = list_.make(at, kDequantize, {sums}, y);
    g_.values[y].literal.type = ElementType::float32;
    g_.values[sums].producer = at;
    node(at).outputs[0] = sums;
    list_.add_behind(at, std::move(scaling));
  }

  [[nodiscard]] NodeId only_reader(ValueId v) const {
    return v < readers_.size() && !g_.values[v].network_output && readers_[v].size() == 1 ? readers_[v][0] : kNone;
  }
  // Whether `v` goes into a conversion to a quantised format alone, if need be through functions of one element.
  [[nodiscard]] bool is_quantized_again(ValueId v) {
    constexpr int kMost = 4;
    for (int i = 0; i < kMost; ++i) {
      const NodeId next = only_reader(v);
      if (next == kNone) return false;
      if (is(node(next), kQuantize)) return node(next).inputs[0] == v && constant_scale(next);
      const KnownOperator* known = find_operator(node(next));
      if (known == nullptr || known->rule.fusion.post != FusionRule::Post::function || node(next).outputs.empty())
        return false;
      for (const ValueId other : node(next).inputs)
        if (other != v && !constants_.contains(other)) return false;
      v = node(next).outputs[0];
    }
    return false;
  }
  [[nodiscard]] bool constant_scale(NodeId n) {
    return node(n).inputs.size() < 2 || constants_.contains(node(n).inputs[1]);
  }

  // On the vector unit: quantised from end to end, or not at all.
  void fold_function(NodeId n) {
    take_constants(n);
    auto& inputs = node(n).inputs;
    bool any = false;
    for (const ValueId v : inputs) {
      if (form(v) != nullptr) any = true;
      else if (!scalar(v) && !constants_.contains(v)) return;
    }
    if (!any || !std::ranges::all_of(node(n).outputs, [&](ValueId v) { return v == kNone || is_quantized_again(v); }))
      return;
    for (ValueId& v : inputs)
      if (const Form* f = form(v)) v = f->quantized;
    g_.notes.push_back({node(n).name, "calculates with quantised operands"});
  }

  // A conversion there and back between two parts of one function vanishes.
  void join_inside(NodeId n) {
    if (node(n).inputs.empty() || node(n).outputs.empty() || node(n).outputs[0] == kNone) return;
    const ValueId v = node(n).inputs[0], y = node(n).outputs[0];
    const NodeId maker = v == kNone ? kNone : g_.values[v].producer;
    const FunctionParts* function = maker == kNone ? nullptr : functions_.of(maker);
    if (function == nullptr || g_.values[y].network_output) return;
    std::vector<ValueId> back;
    for (const NodeId r : readers_[y]) {
      if (!is(node(r), kDequantize) || node(r).outputs.empty() || node(r).outputs[0] == kNone) return;
      const ValueId z = node(r).outputs[0];
      if (g_.values[z].network_output) return;
      if (!std::ranges::all_of(readers_[z], [&](NodeId to) { return functions_.of(to) == function; })) return;
      back.push_back(z);
    }
    for (const ValueId z : back) {
      alias_[z] = v;
      for (const NodeId r : readers_[z]) readers_[v].push_back(r);
    }
    std::erase(readers_[v], n);
    for (const NodeId r : readers_[y]) keep_[r] = false;
    keep_[n] = false;
    g_.notes.push_back({node(n).name, "has no effect: inside one function"});
  }

  // On the vector unit like a function of one node.
  void fold_part(NodeId n, FunctionParts& function) {
    take_constants(n);
    if (!function.whole) function.whole = is_whole(function);
    if (!*function.whole) return;
    for (ValueId& v : node(n).inputs)
      if (const Form* f = form(v)) v = f->quantized;
  }
  [[nodiscard]] bool is_whole(FunctionParts& function) {
    if (function.last == kNone || !is_quantized_again(node(function.last).outputs[0])) return false;
    bool any = false;
    for (const NodeId n : function.nodes)
      for (const ValueId given : node(n).inputs) {
        const ValueId v = current(given);
        const NodeId maker = v == kNone ? kNone : g_.values[v].producer;
        if (form(v) != nullptr && !constants_.contains(v)) any = true;
        else if (!constants_.contains(v) && (maker == kNone || functions_.of(maker) != &function)) return false;
      }
    return any;
  }

  Graph& g_;
  NodeList list_;
  Constants constants_;
  Functions functions_;
  std::vector<std::vector<NodeId>> readers_;  // of what the file has; those that only want a shape are none
  std::vector<bool> keep_;
  std::map<ValueId, Form> forms_;
  Aliases alias_;
  std::map<ValueId, ValueId> scale_of_;  // by floating-point form
};

}  // namespace

void fold_quantization(Graph& g, const Joined& functions) {
  if (const auto order = topological_order(g)) Folding(g, *order, functions).run(*order);
}

}  // namespace tessera::models
