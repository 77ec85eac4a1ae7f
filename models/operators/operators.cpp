#include "models/operators/operators.h"

#include <algorithm>
#include <array>

namespace tessera::models {

namespace {

using base::Function;
using enum Kind;

// Sorted by type. Element-wise functions without an entry of their own in the vector unit's vocabulary stand under
// the one that hardware shares with them (comparisons under equal, Mean under add).
constexpr std::array kRules{
    OperatorRule{"Abs", elementwise, Function::abs, infer::elementwise},
    OperatorRule{"Add", elementwise, Function::add, infer::elementwise},
    OperatorRule{"AveragePool", pool, Function::average_pool, infer::pool},
    OperatorRule{"BatchNormalization", batchnorm, Function::batchnorm, infer::batchnorm},
    OperatorRule{"Cast", elementwise, Function::cast, infer::cast},
    OperatorRule{"Clip", elementwise, Function::clip, infer::same_shape},
    OperatorRule{"Concat", concat, Function::identity, infer::concat},
    OperatorRule{"Constant", constant, Function::identity, infer::constant},
    OperatorRule{"ConstantOfShape", constant, Function::identity, infer::constant_of_shape},
    OperatorRule{"Conv", conv, Function::identity, infer::conv},
    OperatorRule{"DepthToSpace", depth_to_space, Function::identity, infer::depth_to_space},
    OperatorRule{"Div", elementwise, Function::div, infer::elementwise},
    OperatorRule{"Dropout", view, Function::identity, infer::dropout},
    OperatorRule{"Equal", elementwise, Function::equal, infer::elementwise},
    OperatorRule{"Erf", elementwise, Function::erf, infer::same_shape},
    OperatorRule{"Exp", elementwise, Function::exp, infer::same_shape},
    OperatorRule{"Expand", expand, Function::identity, infer::expand},
    OperatorRule{"Flatten", view, Function::identity, infer::flatten},
    OperatorRule{"Gather", gather, Function::identity, infer::gather},
    OperatorRule{"Gelu", elementwise, Function::gelu, infer::same_shape},
    OperatorRule{"Gemm", gemm, Function::identity, infer::gemm},
    OperatorRule{"GlobalAveragePool", global_pool, Function::global_pool, infer::global_pool},
    OperatorRule{"GlobalMaxPool", global_pool, Function::global_pool, infer::global_pool},
    OperatorRule{"Greater", elementwise, Function::equal, infer::elementwise},
    OperatorRule{"HardSigmoid", elementwise, Function::hard_sigmoid, infer::same_shape},
    OperatorRule{"HardSwish", elementwise, Function::hard_swish, infer::same_shape},
    OperatorRule{"Identity", view, Function::identity, infer::identity},
    OperatorRule{"LRN", lrn, Function::lrn, infer::same_shape},
    OperatorRule{"LayerNormalization", layernorm, Function::layernorm, infer::along_axis},
    OperatorRule{"LeakyRelu", elementwise, Function::leaky_relu, infer::same_shape},
    OperatorRule{"Less", elementwise, Function::equal, infer::elementwise},
    OperatorRule{"Log", elementwise, Function::log, infer::same_shape},
    OperatorRule{"MatMul", matmul, Function::identity, infer::matmul},
    OperatorRule{"Max", elementwise, Function::max, infer::elementwise},
    OperatorRule{"MaxPool", pool, Function::max_pool, infer::pool},
    OperatorRule{"Min", elementwise, Function::min, infer::elementwise},
    OperatorRule{"Mul", elementwise, Function::mul, infer::elementwise},
    OperatorRule{"Neg", elementwise, Function::neg, infer::same_shape},
    OperatorRule{"PRelu", elementwise, Function::leaky_relu, infer::elementwise},
    OperatorRule{"Pad", pad, Function::identity, infer::pad},
    OperatorRule{"Pow", elementwise, Function::pow, infer::elementwise},
    OperatorRule{"Range", constant, Function::identity, infer::range},
    OperatorRule{"Reciprocal", elementwise, Function::reciprocal, infer::same_shape},
    OperatorRule{"ReduceMax", reduce, Function::reduce, infer::reduce},
    OperatorRule{"ReduceMean", reduce, Function::reduce, infer::reduce},
    OperatorRule{"ReduceMin", reduce, Function::reduce, infer::reduce},
    OperatorRule{"ReduceProd", reduce, Function::reduce, infer::reduce},
    OperatorRule{"ReduceSum", reduce, Function::reduce, infer::reduce},
    OperatorRule{"Relu", elementwise, Function::relu, infer::same_shape},
    OperatorRule{"Reshape", view, Function::identity, infer::reshape},
    OperatorRule{"Resize", resize, Function::resize, infer::resize},
    OperatorRule{"Shape", constant, Function::identity, infer::shape},
    OperatorRule{"Sigmoid", elementwise, Function::sigmoid, infer::same_shape},
    OperatorRule{"Silu", elementwise, Function::silu, infer::same_shape},
    OperatorRule{"Size", constant, Function::identity, infer::size},
    OperatorRule{"Slice", slice, Function::identity, infer::slice},
    OperatorRule{"Softmax", softmax, Function::softmax, infer::along_axis},
    OperatorRule{"SpaceToDepth", depth_to_space, Function::identity, infer::depth_to_space},
    OperatorRule{"Split", split, Function::identity, infer::split},
    OperatorRule{"Sqrt", elementwise, Function::sqrt, infer::same_shape},
    OperatorRule{"Squeeze", view, Function::identity, infer::squeeze},
    OperatorRule{"Sub", elementwise, Function::sub, infer::elementwise},
    OperatorRule{"Sum", elementwise, Function::add, infer::elementwise},
    OperatorRule{"Tanh", elementwise, Function::tanh, infer::same_shape},
    OperatorRule{"Tile", tile, Function::identity, infer::tile},
    OperatorRule{"Transpose", transpose, Function::identity, infer::transpose},
    OperatorRule{"Unsqueeze", view, Function::identity, infer::unsqueeze},
    OperatorRule{"Upsample", resize, Function::resize, infer::resize},
    OperatorRule{"Where", elementwise, Function::where, infer::elementwise},
};
static_assert(std::is_sorted(kRules.begin(), kRules.end(),
                             [](const auto& a, const auto& b) { return a.type < b.type; }));

}  // namespace

const OperatorRule* find_rule(const Node& node) {
  if (!node.domain.empty()) return nullptr;
  const auto at = std::lower_bound(kRules.begin(), kRules.end(), node.type,
                                   [](const OperatorRule& r, const std::string& type) { return r.type < type; });
  return at != kRules.end() && at->type == node.type ? &*at : nullptr;
}

std::vector<std::string_view> known_operators() {
  std::vector<std::string_view> types;
  for (const OperatorRule& r : kRules) types.push_back(r.type);
  return types;
}

}  // namespace tessera::models
