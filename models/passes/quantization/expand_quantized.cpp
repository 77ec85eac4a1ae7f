#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "models/passes/quantization/conversions.h"
#include "models/passes/quantization/node_list.h"
#include "models/passes/quantization/quantization.h"

namespace tessera::models {

namespace {

constexpr std::string_view kMicrosoft = "com.microsoft";

// A quantised operator as the one that it stands for. Each quantised operand has its scale and zero point behind it;
// `result` is where the scale of the result stands, its zero point behind it.
struct QuantizedOperator {
  std::string_view type, domain, becomes;
  std::array<int, 2> operands;  // -1: no second one
  int result;                   // -1: the result is floating point
  int plain = -1;               // an operand without scale: bias, condition
  bool plain_first = false;
  int least;  // inputs
};
constexpr std::array kQuantizedOperators{
    QuantizedOperator{"QGemm", kMicrosoft, "Gemm", {0, 3}, 7, 6, false, 6},
    QuantizedOperator{"QLinearAdd", kMicrosoft, "Add", {0, 3}, 6, -1, false, 7},
    QuantizedOperator{"QLinearAveragePool", kMicrosoft, "AveragePool", {0, -1}, 3, -1, false, 4},
    QuantizedOperator{"QLinearConv", "", "Conv", {0, 3}, 6, 8, false, 8},
    QuantizedOperator{"QLinearGlobalAveragePool", kMicrosoft, "GlobalAveragePool", {0, -1}, 3, -1, false, 4},
    QuantizedOperator{"QLinearLeakyRelu", kMicrosoft, "LeakyRelu", {0, -1}, 3, -1, false, 4},
    QuantizedOperator{"QLinearMatMul", "", "MatMul", {0, 3}, 6, -1, false, 8},
    QuantizedOperator{"QLinearMul", kMicrosoft, "Mul", {0, 3}, 6, -1, false, 7},
    QuantizedOperator{"QLinearReduceMean", kMicrosoft, "ReduceMean", {0, -1}, 3, -1, false, 4},
    QuantizedOperator{"QLinearSigmoid", kMicrosoft, "Sigmoid", {0, -1}, 3, -1, false, 4},
    QuantizedOperator{"QLinearSoftmax", kMicrosoft, "Softmax", {0, -1}, 3, -1, false, 4},
    QuantizedOperator{"QLinearWhere", kMicrosoft, "Where", {1, 4}, 7, 0, true, 9},
};
constexpr std::array<std::string_view, 13> kOthers{
    "ConvInteger",         "DequantizeLinear",         "DynamicQuantizeLinear",
    "DynamicQuantizeLSTM", "DynamicQuantizeMatMul",    "MatMulBnb4",
    "MatMulInteger",       "MatMulIntegerToFloat",     "MatMulNBits",
    "QAttention",          "QEmbedLayerNormalization", "QLinearConcat",
    "QuantizeLinear",
};

const QuantizedOperator* find_quantized(const Node& n) {
  const auto at = std::ranges::find_if(
      kQuantizedOperators, [&](const QuantizedOperator& q) { return q.type == n.type && n.domain == q.domain; });
  return at == kQuantizedOperators.end() ? nullptr : &*at;
}

class Expansion {
 public:
  explicit Expansion(Graph& g) : g_(g), list_(g), readers_(g.readers()), keep_(g.nodes.size(), true) {}

  base::Diagnostics run() {
    const auto count = static_cast<NodeId>(g_.nodes.size());
    for (NodeId n = 0; n < count; ++n) {
      if (!keep_[n]) continue;
      if (const QuantizedOperator* q = find_quantized(node(n))) expand(n, *q);
      else expand_other(n);
    }
    list_.finish(keep_);
    return std::move(problems_);
  }

 private:
  [[nodiscard]] Node& node(NodeId n) { return g_.nodes[n]; }
  [[nodiscard]] ValueId in(NodeId n, int i) {
    const auto& inputs = node(n).inputs;
    return i >= 0 && static_cast<std::size_t>(i) < inputs.size() ? inputs[static_cast<std::size_t>(i)] : kNone;
  }
  void refuse(NodeId n, const std::string& why) { problems_.add(node(n).where, describe(node(n)) + ": " + why); }
  bool has_inputs(NodeId n, int least) {
    const auto given = static_cast<int>(node(n).inputs.size());
    if (given < least) {
      refuse(n, fmt::format("it has {} input(s), but takes at least {}", given, least));
      return false;
    }
    if (node(n).outputs.empty() || node(n).outputs[0] == kNone) {
      refuse(n, "its first output has no name");
      return false;
    }
    return true;
  }
  [[nodiscard]] std::int64_t number(NodeId n, const char* name, std::int64_t otherwise) {
    const auto at = node(n).attributes.find(name);
    return at == node(n).attributes.end() || at->second.ints.empty() ? otherwise : at->second.ints.front();
  }

  // What an operand is in floating point. A value that is no number stays as it is (an operand that was left out).
  ValueId dequantized(NodeId n, int operand) { return dequantized(n, operand, operand + 1); }
  ValueId dequantized(NodeId n, int operand, int scale) {
    const ValueId q = in(n, operand);
    if (q == kNone) return kNone;
    const ValueId x = list_.like(q, "dequantized", ElementType::float32);
    list_.add_before(n, list_.make(n, "DequantizeLinear", {q, in(n, scale)}, x));
    return x;
  }
  // The node's first output becomes floating point, from which a conversion behind it makes what it was.
  void quantize_result(NodeId n, int scale) {
    const ValueId y = node(n).outputs[0];
    const ValueId x = list_.like(y, "float", ElementType::float32);
    list_.add_behind(n, list_.make(n, "QuantizeLinear", {x, in(n, scale), in(n, scale + 1)}, y));
    node(n).outputs[0] = x;
  }
  void become(NodeId n, std::string_view type, std::vector<ValueId> inputs) {
    g_.notes.push_back({node(n).name, fmt::format("{} as quantised {}", node(n).type, type)});
    node(n).type = type;
    node(n).domain.clear();
    while (!inputs.empty() && inputs.back() == kNone) inputs.pop_back();
    node(n).inputs = std::move(inputs);
  }

  void expand(NodeId n, const QuantizedOperator& q) {
    if (!has_inputs(n, q.least)) return;
    for (const int operand : q.operands)
      if (operand >= 0 && in(n, operand) == kNone) return refuse(n, fmt::format("input {} is missing", operand));
    if (number(n, "channels_last", 0) != 0)
      return refuse(n, "attribute 'channels_last' is 1: export the network with channels behind the batch");
    node(n).attributes.erase("channels_last");
    std::vector<ValueId> inputs;
    for (const int operand : q.operands)
      if (operand >= 0) inputs.push_back(dequantized(n, operand));
    if (q.plain >= 0 && !q.plain_first && in(n, q.plain) != kNone) make_weight(g_, in(n, q.plain));  // a bias
    if (q.plain >= 0) inputs.insert(q.plain_first ? inputs.begin() : inputs.end(), in(n, q.plain));
    if (q.result >= 0 && in(n, q.result) != kNone) quantize_result(n, q.result);
    become(n, q.becomes, std::move(inputs));
  }

  void expand_other(NodeId n) {
    const Node& given = node(n);
    const bool onnx = given.domain.empty(), microsoft = given.domain == kMicrosoft;
    if (microsoft && (given.type == "QuantizeLinear" || given.type == "DequantizeLinear")) node(n).domain.clear();
    else if (onnx && given.type == "DynamicQuantizeLinear") expand_dynamic(n);
    else if (onnx && given.type == "MatMulInteger") expand_integer(n, "MatMul");
    else if (onnx && given.type == "ConvInteger") expand_integer(n, "Conv");
    else if (microsoft && given.type == "QLinearConcat") expand_concat(n);
    else if (microsoft && given.type == "MatMulIntegerToFloat") expand_to_float(n, 2);
    else if (microsoft && given.type == "DynamicQuantizeMatMul") expand_dynamic_product(n);
    else if (microsoft && (given.type == "MatMulNBits" || given.type == "MatMulBnb4")) expand_narrow_weights(n);
    else if (microsoft && given.type == "QAttention") expand_attention(n);
    else if (microsoft && given.type == "QEmbedLayerNormalization") expand_embedding(n);
    else if (microsoft && given.type == "DynamicQuantizeLSTM") expand_lstm(n);
  }

  // Operators of com.microsoft that stand for many, with quantised operands: the plain one behind conversions.
  void become_microsoft(NodeId n, std::string_view type, std::vector<ValueId> inputs) {
    become(n, type, std::move(inputs));
    node(n).domain = kMicrosoft;
  }
  // x, weights, bias, their scales, mask, zero points, past.
  void expand_attention(NodeId n) {
    if (!has_inputs(n, 5)) return;
    if (in(n, 0) == kNone || in(n, 1) == kNone) return refuse(n, "one of its operands is missing");
    const ValueId x = dequantized(n, 0, 3), weights = dequantized(n, 1, 4);
    become_microsoft(n, "Attention", {x, weights, in(n, 2), in(n, 5), in(n, 8)});
  }
  // Two lists of ids, three tables, gain and shift, a mask; then the scales of tables, gain and shift.
  void expand_embedding(NodeId n) {
    if (!has_inputs(n, 13)) return;
    std::vector<ValueId> inputs{in(n, 0), in(n, 1)};
    for (int i = 2; i < 7; ++i) inputs.push_back(dequantized(n, i, i + 6));
    inputs.push_back(in(n, 7));
    become_microsoft(n, "EmbedLayerNormalization", std::move(inputs));
  }
  // An LSTM's inputs, then the scales and zero points of W and R, whose last two axes are exchanged.
  void expand_lstm(NodeId n) {
    if (!has_inputs(n, 11)) return;
    if (in(n, 1) == kNone || in(n, 2) == kNone) return refuse(n, "one of its operands is missing");
    std::vector<ValueId> inputs{in(n, 0), turned(n, dequantized(n, 1, 8)), turned(n, dequantized(n, 2, 10))};
    for (int i = 3; i < 8; ++i) inputs.push_back(in(n, i));
    become(n, "LSTM", std::move(inputs));
  }
  ValueId turned(NodeId n, ValueId v) {
    const ValueId t = list_.like(v, "turned", ElementType::float32);
    Node transpose = list_.make(n, "Transpose", {v}, t);
    transpose.attributes.emplace("perm", Attribute::integers({0, 2, 1}));
    list_.add_before(n, std::move(transpose));
    return t;
  }

  void expand_concat(NodeId n) {
    if (!has_inputs(n, 5)) return;
    const auto count = static_cast<int>(node(n).inputs.size());
    if ((count - 2) % 3 != 0)
      return refuse(n, fmt::format("it has {} inputs, but takes two and three for each part", count));
    std::vector<ValueId> parts;
    for (int i = 2; i < count; i += 3) parts.push_back(dequantized(n, i));
    quantize_result(n, 0);
    become(n, "Concat", std::move(parts));
  }

  // A pass over the whole tensor finds its range, from which scale and zero point follow; another converts it.
  void expand_dynamic(NodeId n) {
    if (!has_inputs(n, 1)) return;
    const std::vector<ValueId> outputs = node(n).outputs;
    const ValueId x = in(n, 0), range = outputs.size() > 1 && outputs[1] != kNone
                                            ? outputs[1]
                                            : list_.like(outputs[0], "range", ElementType::float32);
    g_.values[range].literal.type = ElementType::float32;
    scales_.insert(range);
    Node find = list_.make(n, "ReduceMax", {x}, range);
    find.attributes.emplace("keepdims", Attribute::integer(0));
    list_.add_before(n, std::move(find));
    if (outputs.size() > 2 && outputs[2] != kNone) {
      g_.values[outputs[2]].literal.type = ElementType::uint8;
      list_.add_behind(n, list_.make(n, "Identity", {range}, outputs[2]));
    }
    g_.values[outputs[0]].literal.type = ElementType::uint8;
    node(n).type = "QuantizeLinear";
    node(n).inputs = {x, range};
    node(n).outputs = {outputs[0]};
  }

  [[nodiscard]] NodeId only_reader(ValueId v) {
    if (v >= readers_.size() || g_.values[v].network_output || readers_[v].size() != 1) return kNone;
    return keep_[readers_[v].front()] ? readers_[v].front() : kNone;
  }
  [[nodiscard]] bool is_onnx(NodeId n, std::string_view type) {
    return n != kNone && node(n).domain.empty() && node(n).type == type;
  }
  // A constant, a scale that a DynamicQuantizeLinear found, or a product of such.
  [[nodiscard]] bool is_scale(ValueId v, int depth = 0) {
    constexpr int kDeepest = 4;
    if (v == kNone || depth > kDeepest) return false;
    const NodeId maker = g_.values[v].producer;
    if (maker == kNone) return g_.values[v].constant || scales_.contains(v);
    if (scales_.contains(v) || is_onnx(maker, "Constant")) return true;
    return is_onnx(maker, "Mul") &&
           std::ranges::all_of(node(maker).inputs, [&](ValueId i) { return is_scale(i, depth + 1); });
  }

  // Integer sums that a Cast and products with scales make floating point: all of it one product of what was quantised.
  bool take_scaling(NodeId n) {
    const NodeId cast = only_reader(node(n).outputs[0]);
    if (!is_onnx(cast, "Cast")) return false;
    NodeId last = kNone;
    ValueId v = node(cast).outputs[0];
    for (NodeId mul = only_reader(v); is_onnx(mul, "Mul"); mul = only_reader(v)) {
      const auto& factors = node(mul).inputs;
      if (factors.size() != 2 || !is_scale(factors[0] == v ? factors[1] : factors[0])) break;
      keep_[mul] = false;
      last = mul;
      v = node(mul).outputs[0];
    }
    if (last == kNone) return false;
    keep_[cast] = false;
    node(n).outputs[0] = v;
    g_.values[v].literal.type = ElementType::float32;
    return true;
  }

  void expand_integer(NodeId n, std::string_view type) {
    if (!has_inputs(n, 2)) return;
    if (in(n, 0) == kNone || in(n, 1) == kNone) return refuse(n, "one of its operands is missing");
    std::vector<ValueId> operands{in(n, 0), in(n, 1)};
    if (take_scaling(n)) operands = {floating(n, in(n, 0)), floating(n, in(n, 1))};
    else g_.values[node(n).outputs[0]].literal.type = ElementType::int32;
    become(n, type, std::move(operands));
  }
  ValueId floating(NodeId n, ValueId q) {
    const ValueId x = list_.like(q, "dequantized", ElementType::float32);
    list_.add_before(n, list_.make(n, "DequantizeLinear", {q}, x));
    return x;
  }

  // Operands at 0 and 1, the bias behind scales and zero points: A, B, a scale, b scale, a zero, b zero, bias.
  void expand_to_float(NodeId n, int scales) {
    if (!has_inputs(n, scales + 2)) return;
    if (in(n, 0) == kNone || in(n, 1) == kNone) return refuse(n, "one of its operands is missing");
    finish_product(n, floating(n, in(n, 0)), floating(n, in(n, 1)), in(n, 6));
  }
  // A, B, b scale, b zero, bias: A is floating point.
  void expand_dynamic_product(NodeId n) {
    if (!has_inputs(n, 3)) return;
    if (in(n, 0) == kNone || in(n, 1) == kNone) return refuse(n, "one of its operands is missing");
    const ValueId a = in(n, 0), range = list_.like(a, "range", ElementType::float32);
    const ValueId q = list_.like(a, "quantized", ElementType::uint8);
    Node find = list_.make(n, "ReduceMax", {a}, range);
    find.attributes.emplace("keepdims", Attribute::integer(0));
    list_.add_before(n, std::move(find));
    list_.add_before(n, list_.make(n, "QuantizeLinear", {a, range}, q));
    finish_product(n, floating(n, q), floating(n, in(n, 1)), in(n, 4));
  }
  void finish_product(NodeId n, ValueId a, ValueId b, ValueId bias) {
    if (bias != kNone) {
      const ValueId y = node(n).outputs[0], x = list_.like(y, "product", ElementType::float32);
      list_.add_behind(n, list_.make(n, "Add", {x, bias}, y));
      node(n).outputs[0] = x;
    }
    become(n, "MatMul", {a, b});
    node(n).attributes.clear();
  }

  // Weights [N, blocks, bytes] of 2 to 8 bits, each block with a scale: a matrix [K, N] for the simulator.
  void expand_narrow_weights(NodeId n) {
    if (!has_inputs(n, 3)) return;
    if (in(n, 0) == kNone || in(n, 1) == kNone) return refuse(n, "one of its operands is missing");
    const std::int64_t k = number(n, "K", 0), columns = number(n, "N", 0), bits = number(n, "bits", 4);
    if (k < 1 || columns < 1 || !possible({k, columns}))
      return refuse(n, "its attributes 'K' and 'N' must be the rows and columns of its weights");
    if (bits < 2 || bits > 8) return refuse(n, fmt::format("attribute 'bits' is {}, but must be 2 to 8", bits));
    const ValueId packed = in(n, 1), bias = in(n, 5);
    if (!g_.values[packed].constant) return refuse(n, "its weights are no constant of the file");
    const std::int64_t bytes = elements(g_.values[packed].dims()), least = (k * columns * bits + 7) / 8;
    if (bytes < least)
      return refuse(n, fmt::format("its weights of {} byte(s) are too few for {} x {} numbers of {} bits", bytes, k,
                                   columns, bits));
    const ValueId weights = list_.like(packed, "unpacked", bits <= 4 ? ElementType::int4 : ElementType::int8);
    Value& w = g_.values[weights];
    w.literal.dims = {k, columns};
    w.shaped = w.constant = w.initializer = true;
    finish_product(n, in(n, 0), weights, bias);
  }

  Graph& g_;
  NodeList list_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> keep_;
  std::set<ValueId> scales_;  // that a pass over a tensor finds
  base::Diagnostics problems_;
};

}  // namespace

bool is_quantized(const Graph& g) {
  return std::ranges::any_of(g.nodes, [](const Node& n) {
    return (n.domain.empty() || n.domain == kMicrosoft) &&
           (find_quantized(n) != nullptr || std::ranges::find(kOthers, n.type) != kOthers.end());
  });
}

base::Diagnostics expand_quantized(Graph& g) { return Expansion(g).run(); }

}  // namespace tessera::models
