// Products of com.microsoft with what runs behind them: an activation, a scale, transposed operands.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"
#include "models/operators/operators.h"

namespace tessera::models {

namespace {

// The attributes of a fused node but those that say what is fused.
Expansion::Attributes attributes_without(const Expansion& e, std::string_view prefix) {
  Expansion::Attributes rest = e.node().attributes;
  std::erase_if(rest, [&](const auto& a) { return a.first.starts_with(prefix); });
  return rest;
}

// The function of attribute `activation`; one number for each of its operands that is none of the node's.
ValueId activated(Expansion& e, ValueId v, const std::string& function) {
  if (function.empty()) return v;
  return e.make("activation", function, {v});
}

std::string activation_of(const NodeReader& node) {
  return node.word("activation", "",
                   {"", "Relu", "Sigmoid", "Tanh", "LeakyRelu", "Clip", "HardSigmoid", "HardSwish", "Elu", "Selu",
                    "Softplus", "Softsign", "Gelu", "Silu", "QuickGelu"});
}

// What the plain operator makes of the first inputs; the rest of a fused node keeps its shape.
void infer_as(Inference& node, std::string_view type) {
  (void)activation_of(node);
  Node plain;
  plain.type = type;
  find_operator(plain)->rule.infer(node);
}

void infer_conv(Inference& node) { infer_as(node, "Conv"); }
void infer_gemm(Inference& node) { infer_as(node, "Gemm"); }

// Input 3 of FusedConv is added before the activation: a residual connection.
void expand_conv(Expansion& e) {
  const std::string function = activation_of(e);
  const auto attributes = attributes_without(e, "activation");
  std::vector<ValueId> inputs{e.input(0), e.input(1)};
  if (e.has(2)) inputs.push_back(e.input(2));
  ValueId v = e.make("conv", "Conv", std::move(inputs), attributes);
  if (e.has(3)) v = e.make("sum", "Add", {v, e.input(3)});
  e.give(0, activated(e, v, function));
}

void expand_gemm(Expansion& e) {
  const std::string function = activation_of(e);
  const auto attributes = attributes_without(e, "activation");
  std::vector<ValueId> inputs{e.input(0), e.input(1)};
  if (e.has(2)) inputs.push_back(e.input(2));
  e.give(0, activated(e, e.make("gemm", "Gemm", std::move(inputs), attributes), function));
}

// --- FusedMatMul: alpha * A B, with the last two axes exchanged (transA, transB), and the first of A or B moved before
// the last (transBatchA, transBatchB), both of the operand as the file has it.

// The order of the axes by which an operand becomes [batch.., rows, columns]; empty where it is so already.
std::vector<std::int64_t> order_of(const NodeReader& node, std::size_t input, const char* transposes,
                                   const char* batch_transposes) {
  const std::size_t rank = node.dims(input).size();
  const bool swap = node.flag(transposes, false), batch = node.flag(batch_transposes, false);
  if (rank < 2 || (!swap && !batch)) return {};
  if (batch && rank < 3) node.fail(fmt::format("attribute '{}' needs 3 axes or more", batch_transposes));
  std::vector<std::int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  if (batch) std::rotate(order.begin(), order.begin() + 1, order.end() - 1);
  if (swap) std::swap(order[rank - 1], order[rank - 2]);
  return order;
}

Dims ordered(const Dims& d, const std::vector<std::int64_t>& order) {
  if (order.empty()) return d;
  Dims result;
  for (const std::int64_t a : order) result.push_back(d[static_cast<std::size_t>(a)]);
  return result;
}

void infer_matmul(Inference& node) {
  const Dims a = ordered(node.dims(0, 1, 8), order_of(node, 0, "transA", "transBatchA"));
  const Dims b = ordered(node.dims(1, 1, 8), order_of(node, 1, "transB", "transBatchB"));
  if (a.size() < 2 || b.size() < 2) node.fail("its operands must have two axes or more");
  if (a.back() != b[b.size() - 2])
    node.fail(fmt::format("matrices {} and {} do not multiply", describe(a), describe(b)));
  Dims out = broadcast(node, Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  out.push_back(a[a.size() - 2]);
  out.push_back(b.back());
  node.output(0, std::move(out));
}

void expand_matmul(Expansion& e) {
  const bool scales = e.has_attribute("alpha") && e.real("alpha") != 1.0;
  const auto a_order = order_of(e, 0, "transA", "transBatchA"), b_order = order_of(e, 1, "transB", "transBatchB");
  const ValueId a = a_order.empty() ? e.input(0) : e.transpose("a", e.input(0), a_order);
  const ValueId b = b_order.empty() ? e.input(1) : e.transpose("b", e.input(1), b_order);
  ValueId v = e.make("product", "MatMul", {a, b});
  if (scales) v = e.make("scaled", "Mul", {v, e.number("alpha", v)});
  e.give(0, v);
}

// --- GemmFastGelu: gelu(A B + bias).

void infer_gemm_gelu(Inference& node) {
  const Dims &a = node.dims(0, 2, 8), &b = node.dims(1, 2, 2);
  if (a.back() != b[0]) node.fail(fmt::format("matrices {} and {} do not multiply", describe(a), describe(b)));
  if (node.has(2) && node.dims(2) != Dims{b[1]})
    node.fail(fmt::format("its bias {} does not fit {}", describe(node.dims(2)), describe(b)));
  Dims out = a;
  out.back() = b[1];
  node.output(0, std::move(out));
}

void expand_gemm_gelu(Expansion& e) {
  ValueId v = e.make("product", "MatMul", {e.input(0), e.input(1)});
  if (e.has(2)) v = e.make("biased", "Add", {v, e.input(2)});
  e.give(0, e.make("gelu", "Gelu", {v}));
}

}  // namespace

extern const OperatorRule kFusedConv{.infer = infer_conv, .expand = expand_conv};
extern const OperatorRule kFusedGemm{.infer = infer_gemm, .expand = expand_gemm};
extern const OperatorRule kFusedMatMul{.infer = infer_matmul, .expand = expand_matmul};
extern const OperatorRule kGemmFastGelu{.infer = infer_gemm_gelu, .expand = expand_gemm_gelu};

}  // namespace tessera::models
