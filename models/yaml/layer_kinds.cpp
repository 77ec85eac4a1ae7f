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

Attribute ints(std::vector<std::int64_t> numbers) { return {std::move(numbers), {}, {}, {}, false}; }

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
         {{"strides", ints(stride)}, {"dilations", ints(dilation)}, {"pads", ints(pads)}, {"group", ints({groups})}});
}

void conv(LayerBuilder& b) { convolution(b, false); }
void depthwise_conv(LayerBuilder& b) { convolution(b, true); }

// [.., rows, k] times a constant [k, out].
void gemm(LayerBuilder& b) {
  const std::int64_t out = b.keys().integer("out", kExtent);
  const bool bias = b.keys().flag_or("bias", true);
  if (!b.good() || !b.takes(1)) return;
  if (b.dims(0).size() == 2) {
    std::vector<ValueId> inputs{b.inputs()[0], b.weight("weight", {out, b.dims(0)[1]})};
    if (bias) inputs.push_back(b.weight("bias", {out}));
    return b.node("Gemm", std::move(inputs), {{"transB", ints({1})}});
  }
  b.node("MatMul", {b.inputs()[0], b.weight("weight", {b.dims(0).back(), out})});
  if (bias && b.good()) b.bias(out);
}

void matmul(LayerBuilder& b) {
  if (b.takes(2)) b.node("MatMul", b.inputs());
}

void pool(LayerBuilder& b, const char* type) {
  const auto kernel = pair(b, "kernel", 1, kExtent), stride = pair(b, "stride", 1, kExtent);
  const auto pads = padding(b);
  const bool ceil = b.keys().flag_or("ceil", false);
  if (!b.good() || !b.takes(1)) return;
  b.node(
      type, b.inputs(),
      {{"kernel_shape", ints(kernel)}, {"strides", ints(stride)}, {"pads", ints(pads)}, {"ceil_mode", ints({ceil})}});
}

void max_pool(LayerBuilder& b) { pool(b, "MaxPool"); }
void average_pool(LayerBuilder& b) { pool(b, "AveragePool"); }
void global_average_pool(LayerBuilder& b) {
  if (b.takes(1)) b.node("GlobalAveragePool", b.inputs());
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

void add(LayerBuilder& b) { binary(b, "Add"); }
void sub(LayerBuilder& b) { binary(b, "Sub"); }
void mul(LayerBuilder& b) { binary(b, "Mul"); }
void div(LayerBuilder& b) { binary(b, "Div"); }
void pow(LayerBuilder& b) { binary(b, "Pow"); }

// `axis` with its default; a tensor has 8 axes at most.
std::int64_t axis(LayerBuilder& b, std::int64_t otherwise) {
  return b.keys().integer_or("axis", otherwise, Range::between(-8, 7));
}

void softmax(LayerBuilder& b) {
  const std::int64_t a = axis(b, -1);
  if (b.takes(1)) b.node("Softmax", b.inputs(), {{"axis", ints({a})}});
}

void layernorm(LayerBuilder& b) {
  if (!b.takes(1)) return;
  const std::int64_t width = b.dims(0).back();
  b.node("LayerNormalization", {b.inputs()[0], b.weight("scale", {width}), b.weight("shift", {width})},
         {{"axis", ints({-1})}});
}

void concat(LayerBuilder& b) { b.node("Concat", b.inputs(), {{"axis", ints({axis(b, 1)})}}); }

void split(LayerBuilder& b) {
  const std::int64_t a = axis(b, 1);
  const auto parts = b.keys().integers("parts", kExtent);
  if (b.good() && b.takes(1))
    b.node("Split", {b.inputs()[0], b.numbers("parts", parts)}, {{"axis", ints({a})}}, parts.size());
}

void resize(LayerBuilder& b) {
  const auto scale = pair(b, "scale", 2, Range::between(1, 1024));
  const std::size_t mode = b.keys().choice_or("mode", 0, {"nearest", "linear", "cubic"});
  if (!b.good() || !b.takes(1)) return;
  if (b.dims(0).size() != 4)
    return b.fail(fmt::format("a resize needs an image [n, c, h, w], not {}", describe(b.dims(0))));
  const Dims& d = b.dims(0);
  Attribute text;
  text.text = std::array{"nearest", "linear", "cubic"}[mode];
  b.node("Resize", {b.inputs()[0], kNone, kNone, b.numbers("sizes", {d[0], d[1], d[2] * scale[0], d[3] * scale[1]})},
         {{"mode", text}});
}

void reshape(LayerBuilder& b) {
  const auto shape = b.keys().integers("shape", Range::between(-1, std::int64_t{1} << 40));
  if (b.good() && b.takes(1)) b.node("Reshape", {b.inputs()[0], b.numbers("shape", shape)});
}

void flatten(LayerBuilder& b) {
  if (b.takes(1)) b.node("Flatten", b.inputs(), {{"axis", ints({1})}});
}

void transpose(LayerBuilder& b) {
  const auto order = b.keys().integers("order", Range::between(0, 7));
  if (b.good() && b.takes(1)) b.node("Transpose", b.inputs(), {{"perm", ints(order)}});
}

struct ActivationName {
  std::string_view name, type;
};
constexpr std::array kActivations{ActivationName{"relu", "Relu"},
                                  ActivationName{"relu6", "Clip"},
                                  ActivationName{"leaky_relu", "LeakyRelu"},
                                  ActivationName{"sigmoid", "Sigmoid"},
                                  ActivationName{"hard_sigmoid", "HardSigmoid"},
                                  ActivationName{"silu", "Silu"},
                                  ActivationName{"hard_swish", "HardSwish"},
                                  ActivationName{"tanh", "Tanh"},
                                  ActivationName{"gelu", "Gelu"}};

template <int Index>
void activation_layer(LayerBuilder& b) {
  if (b.takes(1)) b.node(std::string(kActivations[Index].type), b.inputs());
}

struct LayerKind {
  std::string_view name;
  LayerFunction function;
};
constexpr std::array kLayers{LayerKind{"add", add},
                             LayerKind{"average_pool", average_pool},
                             LayerKind{"concat", concat},
                             LayerKind{"conv", conv},
                             LayerKind{"depthwise_conv", depthwise_conv},
                             LayerKind{"div", div},
                             LayerKind{"flatten", flatten},
                             LayerKind{"gelu", activation_layer<8>},
                             LayerKind{"gemm", gemm},
                             LayerKind{"global_average_pool", global_average_pool},
                             LayerKind{"hard_sigmoid", activation_layer<4>},
                             LayerKind{"hard_swish", activation_layer<6>},
                             LayerKind{"layernorm", layernorm},
                             LayerKind{"leaky_relu", activation_layer<2>},
                             LayerKind{"matmul", matmul},
                             LayerKind{"max_pool", max_pool},
                             LayerKind{"mul", mul},
                             LayerKind{"pow", pow},
                             LayerKind{"relu", activation_layer<0>},
                             LayerKind{"relu6", activation_layer<1>},
                             LayerKind{"reshape", reshape},
                             LayerKind{"resize", resize},
                             LayerKind{"sigmoid", activation_layer<3>},
                             LayerKind{"silu", activation_layer<5>},
                             LayerKind{"softmax", softmax},
                             LayerKind{"split", split},
                             LayerKind{"sub", sub},
                             LayerKind{"tanh", activation_layer<7>},
                             LayerKind{"transpose", transpose}};

}  // namespace

LayerFunction find_layer(const std::string& op) {
  const auto at = std::find_if(kLayers.begin(), kLayers.end(), [&](const LayerKind& k) { return k.name == op; });
  return at == kLayers.end() ? nullptr : at->function;
}

std::vector<std::string> yaml_operators() {
  std::vector<std::string> names;
  for (const LayerKind& k : kLayers) names.emplace_back(k.name);
  return names;
}

std::string activation_type(const std::string& name) {
  for (const ActivationName& a : kActivations)
    if (a.name == name) return std::string(a.type);
  return "";
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names{"none"};
  for (const ActivationName& a : kActivations) names.emplace_back(a.name);
  return names;
}

}  // namespace tessera::models
