// The operators of the YAML format: the keys of each, and the nodes it becomes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/yaml/layers.h"
#include "models/yaml/yaml_reader.h"

namespace tessera::models {

namespace {

using base::Range;
using Attributes = std::map<std::string, Attribute>;

constexpr Range kExtent = Range::between(1, std::int64_t{1} << 24);

Attribute single(std::int64_t number) { return Attribute::integer(number); }
Attribute ints(std::vector<std::int64_t> numbers) { return Attribute::integers(std::move(numbers)); }

// "kernel: 3" or "kernel: [3, 5]" (height, width).
std::vector<std::int64_t> pair(LayerBuilder& b, const char* key, std::int64_t otherwise, Range range) {
  const base::Node* node = b.keys().find(key);
  if (node == nullptr) return {otherwise, otherwise};
  if (!node->is_list()) {
    const std::int64_t one = b.keys().integer(key, range);
    return {one, one};
  }
  auto two = b.keys().integers(key, range);
  if (b.good() && two.size() != 2) b.fail(fmt::format("{} must be one number or two (height, width)", key));
  two.resize(2, 1);
  return two;
}

// "pad: 1", "pad: [1, 2]" (height, width) or "pad: [top, left, bottom, right]".
std::vector<std::int64_t> padding(LayerBuilder& b) {
  const Range range = Range::between(0, 1 << 20);
  const base::Node* node = b.keys().find("pad");
  if (node == nullptr) return {0, 0, 0, 0};
  if (!node->is_list()) return std::vector<std::int64_t>(4, b.keys().integer("pad", range));
  auto pads = b.keys().integers("pad", range);
  if (pads.size() == 2) pads = {pads[0], pads[1], pads[0], pads[1]};
  if (b.good() && pads.size() != 4)
    b.fail("pad must be one number, two (height, width) or four (top, left, bottom, right)");
  pads.resize(4, 0);
  return pads;
}

void convolution(LayerBuilder& b, bool depthwise) {
  if (!b.takes(1)) return;
  if (b.dims(0).size() != 4)
    return b.fail(fmt::format("a convolution needs an image [n, c, h, w], not {}", describe(b.dims(0))));
  const std::int64_t channels = b.dims(0)[1];
  const std::int64_t out = depthwise ? channels : b.keys().integer("out", kExtent);
  const std::int64_t groups = depthwise ? channels : b.keys().integer_or("groups", 1, kExtent);
  const auto kernel = pair(b, "kernel", 1, kExtent), stride = pair(b, "stride", 1, kExtent),
             dilation = pair(b, "dilation", 1, kExtent);
  const auto pads = padding(b);
  const bool bias = b.keys().flag_or("bias", true);
  if (!b.good()) return;
  if (channels % groups != 0 || out % groups != 0)
    return b.fail(fmt::format("{} groups do not divide {} input and {} output channels", groups, channels, out));
  std::vector<ValueId> inputs{b.inputs()[0], b.weight("weight", {out, channels / groups, kernel[0], kernel[1]})};
  if (bias) inputs.push_back(b.weight("bias", {out}));
  b.node("Conv", std::move(inputs),
         {{"strides", ints(stride)}, {"dilations", ints(dilation)}, {"pads", ints(pads)}, {"group", single(groups)}});
}

void conv(LayerBuilder& b, const char*) { convolution(b, false); }
void depthwise_conv(LayerBuilder& b, const char*) { convolution(b, true); }

// [.., rows, k] times a constant [k, out].
void gemm(LayerBuilder& b, const char*) {
  const std::int64_t out = b.keys().integer("out", kExtent);
  const bool bias = b.keys().flag_or("bias", true);
  if (!b.good() || !b.takes(1)) return;
  if (b.dims(0).size() == 2) {
    std::vector<ValueId> inputs{b.inputs()[0], b.weight("weight", {out, b.dims(0)[1]})};
    if (bias) inputs.push_back(b.weight("bias", {out}));
    return b.node("Gemm", std::move(inputs), {{"transB", single(1)}});
  }
  b.node("MatMul", {b.inputs()[0], b.weight("weight", {b.dims(0).back(), out})});
  if (bias && b.good()) b.bias(out);
}

void matmul(LayerBuilder& b, const char* type) {
  if (b.takes(2)) b.node(type, b.inputs());
}

void pool(LayerBuilder& b, const char* type) {
  const auto kernel = pair(b, "kernel", 1, kExtent), stride = pair(b, "stride", 1, kExtent);
  const auto pads = padding(b);
  const bool ceil = b.keys().flag_or("ceil", false);
  if (!b.good() || !b.takes(1)) return;
  b.node(type, b.inputs(),
         {{"kernel_shape", ints(kernel)},
          {"strides", ints(stride)},
          {"pads", ints(pads)},
          {"ceil_mode", single(ceil ? 1 : 0)}});
}

// One layer in, no keys: activations among others.
void unary(LayerBuilder& b, const char* type) {
  if (b.takes(1)) b.node(type, b.inputs());
}

// Two layers, or one and a constant: `constant: 2` a number, `constant: [1, 3, 80, 80, 2]` a tensor of that shape.
void binary(LayerBuilder& b, const char* type) {
  const base::Node* constant = b.keys().find("constant");
  if (constant == nullptr) {
    if (b.takes(2)) b.node(type, b.inputs());
    return;
  }
  if (!b.takes(1)) return;
  Dims dims;
  if (constant->is_list()) dims = b.keys().integers("constant", kExtent);
  else (void)b.keys().real("constant");
  if (b.good()) b.node(type, {b.inputs()[0], b.weight("constant", std::move(dims))});
}

// `axis` with its default; a tensor has 8 axes at most.
std::int64_t axis(LayerBuilder& b, std::int64_t otherwise) {
  return b.keys().integer_or("axis", otherwise, Range::between(-8, 7));
}

void softmax(LayerBuilder& b, const char* type) {
  const std::int64_t a = axis(b, -1);
  if (b.takes(1)) b.node(type, b.inputs(), {{"axis", single(a)}});
}

void layernorm(LayerBuilder& b, const char* type) {
  if (!b.takes(1)) return;
  const std::int64_t width = b.dims(0).back();
  b.node(type, {b.inputs()[0], b.weight("scale", {width}), b.weight("shift", {width})}, {{"axis", single(-1)}});
}

void concat(LayerBuilder& b, const char* type) { b.node(type, b.inputs(), {{"axis", single(axis(b, 1))}}); }

void split(LayerBuilder& b, const char* type) {
  const std::int64_t a = axis(b, 1);
  const auto parts = b.keys().integers("parts", kExtent);
  if (b.good() && b.takes(1))
    b.node(type, {b.inputs()[0], b.numbers("parts", parts)}, {{"axis", single(a)}}, parts.size());
}

void resize(LayerBuilder& b, const char* type) {
  const auto scale = pair(b, "scale", 2, Range::between(1, 1024));
  const std::size_t mode = b.keys().choice_or("mode", 0, {"nearest", "linear", "cubic"});
  if (!b.good() || !b.takes(1)) return;
  if (b.dims(0).size() != 4)
    return b.fail(fmt::format("a resize needs an image [n, c, h, w], not {}", describe(b.dims(0))));
  const Dims& d = b.dims(0);
  b.node(type, {b.inputs()[0], kNone, kNone, b.numbers("sizes", {d[0], d[1], d[2] * scale[0], d[3] * scale[1]})},
         {{"mode", Attribute::word(std::array{"nearest", "linear", "cubic"}[mode])}});
}

void reshape(LayerBuilder& b, const char* type) {
  const auto shape = b.keys().integers("shape", Range::between(-1, std::int64_t{1} << 40));
  if (b.good() && b.takes(1)) b.node(type, {b.inputs()[0], b.numbers("shape", shape)});
}

void flatten(LayerBuilder& b, const char* type) {
  if (b.takes(1)) b.node(type, b.inputs(), {{"axis", single(1)}});
}

void transpose(LayerBuilder& b, const char* type) {
  const auto order = b.keys().integers("order", Range::between(0, 7));
  if (b.good() && b.takes(1)) b.node(type, b.inputs(), {{"perm", ints(order)}});
}

// What tells the recurrent kinds apart.
struct Recurrent {
  const char* type;
  std::int64_t gates, states;
};

// [batch, steps, features] into the states of all steps [batch, steps, hidden], or into the last [batch, hidden]; two
// directions stand side by side.
void recurrent(LayerBuilder& b, const Recurrent& r) {
  const std::int64_t hidden = b.keys().integer("hidden", kExtent);
  constexpr std::array kDirections{"forward", "reverse", "bidirectional"};
  const std::string direction =
      kDirections[b.keys().choice_or("direction", 0, {"forward", "reverse", "bidirectional"})];
  const bool bias = b.keys().flag_or("bias", true);
  const bool last = b.keys().choice_or("result", 0, {"sequence", "last"}) == 1;
  if (!b.good() || !b.takes(1)) return;
  if (b.dims(0).size() != 3)
    return b.fail(fmt::format("a recurrent layer needs [batch, steps, features], not {}", describe(b.dims(0))));
  const Dims in = b.dims(0);
  const std::int64_t directions = direction == "bidirectional" ? 2 : 1, units = r.gates * hidden;
  std::vector<ValueId> inputs{b.inputs()[0], b.weight("W", {directions, units, in[2]}),
                              b.weight("R", {directions, units, hidden})};
  if (bias) inputs.push_back(b.weight("B", {directions, 2 * units}));
  Attributes attributes{{"direction", Attribute::word(direction)}, {"layout", single(1)}};
  if (std::string_view(r.type) == "GRU") attributes.emplace("linear_before_reset", single(1));
  b.node(r.type, std::move(inputs), std::move(attributes), static_cast<std::size_t>(1 + r.states));
  if (!b.good()) return;
  const ValueId result = b.outputs()[last ? 1 : 0];
  const Dims shape = last ? Dims{in[0], directions * hidden} : Dims{in[0], in[1], directions * hidden};
  b.node("Reshape", {result, b.numbers("shape", shape)});
}

void lstm(LayerBuilder& b, const char* type) { recurrent(b, {type, 4, 2}); }
void gru(LayerBuilder& b, const char* type) { recurrent(b, {type, 3, 1}); }
void rnn(LayerBuilder& b, const char* type) { recurrent(b, {type, 1, 1}); }

// Queries, keys and values [batch, rows, heads x size] into [batch, rows, heads x size of a value].
void attention(LayerBuilder& b, const char* type) {
  const std::int64_t heads = b.keys().integer("heads", kExtent);
  const std::int64_t kv_heads = b.keys().integer_or("kv_heads", heads, kExtent);
  const bool causal = b.keys().flag_or("causal", false);
  if (!b.good() || !b.takes(3)) return;
  b.node(type, b.inputs(),
         {{"q_num_heads", single(heads)}, {"kv_num_heads", single(kv_heads)}, {"is_causal", single(causal ? 1 : 0)}});
}

constexpr bool kActivation = true;

constexpr std::array kLayers{
    LayerKind{"relu", "Relu", unary, kActivation},
    LayerKind{"relu6", "Clip", unary, kActivation},
    LayerKind{"leaky_relu", "LeakyRelu", unary, kActivation},
    LayerKind{"sigmoid", "Sigmoid", unary, kActivation},
    LayerKind{"hard_sigmoid", "HardSigmoid", unary, kActivation},
    LayerKind{"silu", "Silu", unary, kActivation},
    LayerKind{"hard_swish", "HardSwish", unary, kActivation},
    LayerKind{"tanh", "Tanh", unary, kActivation},
    LayerKind{"gelu", "Gelu", unary, kActivation},
    LayerKind{"add", "Add", binary},
    LayerKind{"attention", "Attention", attention},
    LayerKind{"average_pool", "AveragePool", pool},
    LayerKind{"concat", "Concat", concat},
    LayerKind{"conv", "Conv", conv},
    LayerKind{"depthwise_conv", "Conv", depthwise_conv},
    LayerKind{"div", "Div", binary},
    LayerKind{"flatten", "Flatten", flatten},
    LayerKind{"gemm", "Gemm", gemm},
    LayerKind{"global_average_pool", "GlobalAveragePool", unary},
    LayerKind{"gru", "GRU", gru},
    LayerKind{"layernorm", "LayerNormalization", layernorm},
    LayerKind{"lstm", "LSTM", lstm},
    LayerKind{"matmul", "MatMul", matmul},
    LayerKind{"max_pool", "MaxPool", pool},
    LayerKind{"mul", "Mul", binary},
    LayerKind{"pow", "Pow", binary},
    LayerKind{"reshape", "Reshape", reshape},
    LayerKind{"resize", "Resize", resize},
    LayerKind{"rnn", "RNN", rnn},
    LayerKind{"softmax", "Softmax", softmax},
    LayerKind{"split", "Split", split},
    LayerKind{"sub", "Sub", binary},
    LayerKind{"transpose", "Transpose", transpose},
};

}  // namespace

const LayerKind* find_layer(const std::string& op) {
  const auto at = std::find_if(kLayers.begin(), kLayers.end(), [&](const LayerKind& k) { return k.name == op; });
  return at == kLayers.end() ? nullptr : &*at;
}

std::vector<std::string> yaml_operators() {
  std::vector<std::string> names;
  for (const LayerKind& k : kLayers) names.emplace_back(k.name);
  std::sort(names.begin(), names.end());
  return names;
}

const LayerKind* find_activation(const std::string& name) {
  const LayerKind* kind = find_layer(name);
  return kind != nullptr && kind->activation ? kind : nullptr;
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names{"none"};
  for (const LayerKind& k : kLayers)
    if (k.activation) names.emplace_back(k.name);
  return names;
}

}  // namespace tessera::models
