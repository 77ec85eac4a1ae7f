#include "models/operators/operators.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tessera::models {

// The rules, by file. A new operator of a family that is there is a line of the table below; a new family is a file of
// its own, its line here and its lines in the table.
extern const OperatorRule kBatchNormalization;
extern const OperatorRule kConcat;
extern const OperatorRule kConstant, kConstantOfShape, kRange, kShape, kSize;  // constants.cpp
extern const OperatorRule kConvolution;
extern const OperatorRule kDepthToSpace, kSpaceToDepth;
extern const OperatorRule kBroadcasting, kCast, kConversion, kOneOperand, kSelection;  // element_wise.cpp
extern const OperatorRule kExpand, kTile;                                              // replicate.cpp
extern const OperatorRule kGather;
extern const OperatorRule kGemm, kMatMul;                            // matrix_product.cpp
extern const OperatorRule kLayerNormalization, kResponse, kSoftmax;  // normalization.cpp
extern const OperatorRule kPad;
extern const OperatorRule kPool, kGlobalPool;
extern const OperatorRule kProduct, kReduction;  // reduce.cpp
extern const OperatorRule kResize, kUpsample;
extern const OperatorRule kSlice;
extern const OperatorRule kSplit;
extern const OperatorRule kTranspose;
extern const OperatorRule kDropout, kFlatten, kIdentity, kReshape, kSqueeze, kUnsqueeze;  // views.cpp

namespace {

using base::Function;
constexpr std::size_t kMany = Arity::kMany;

// Sorted by type, then by domain, each with how many inputs and outputs it may have. Element-wise functions that the
// vector unit has no cycles of its own for stand under the one that hardware shares with them (comparisons under
// equal).
constexpr std::array kOperators{
    KnownOperator{"Abs", kOneOperand, {1}, Function::abs},
    KnownOperator{"Add", kBroadcasting, {2}, Function::add},
    KnownOperator{"AveragePool", kPool, {1}, Function::average_pool},
    KnownOperator{"BatchNormalization", kBatchNormalization, {5, 5, 5}, Function::batchnorm},
    KnownOperator{"Cast", kCast, {1}, Function::cast},
    KnownOperator{"Clip", kOneOperand, {1, 3}, Function::clip},
    KnownOperator{"Concat", kConcat, {1, kMany}},
    KnownOperator{"Constant", kConstant, {0}},
    KnownOperator{"ConstantOfShape", kConstantOfShape, {1}},
    KnownOperator{"Conv", kConvolution, {2, 3}},
    KnownOperator{"DepthToSpace", kDepthToSpace, {1}},
    KnownOperator{"DequantizeLinear", kConversion, {1, 3}, Function::requantize},
    KnownOperator{"Div", kBroadcasting, {2}, Function::div},
    KnownOperator{"Dropout", kDropout, {1, 3, 2}},
    KnownOperator{"Equal", kBroadcasting, {2}, Function::equal},
    KnownOperator{"Erf", kOneOperand, {1}, Function::erf},
    KnownOperator{"Exp", kOneOperand, {1}, Function::exp},
    KnownOperator{"Expand", kExpand, {2}},
    KnownOperator{"Flatten", kFlatten, {1}},
    KnownOperator{"Gather", kGather, {2}},
    KnownOperator{"Gelu", kOneOperand, {1}, Function::gelu},
    KnownOperator{"Gemm", kGemm, {2, 3}},
    KnownOperator{"GlobalAveragePool", kGlobalPool, {1}, Function::global_pool},
    KnownOperator{"GlobalMaxPool", kGlobalPool, {1}, Function::global_pool},
    KnownOperator{"Greater", kBroadcasting, {2}, Function::equal},
    KnownOperator{"HardSigmoid", kOneOperand, {1}, Function::hard_sigmoid},
    KnownOperator{"HardSwish", kOneOperand, {1}, Function::hard_swish},
    KnownOperator{"Identity", kIdentity, {1}},
    KnownOperator{"LRN", kResponse, {1}, Function::lrn},
    KnownOperator{"LayerNormalization", kLayerNormalization, {2, 3, 3}, Function::layernorm},
    KnownOperator{"LeakyRelu", kOneOperand, {1}, Function::leaky_relu},
    KnownOperator{"Less", kBroadcasting, {2}, Function::equal},
    KnownOperator{"Log", kOneOperand, {1}, Function::log},
    KnownOperator{"MatMul", kMatMul, {2}},
    KnownOperator{"Max", kBroadcasting, {1, kMany}, Function::max},
    KnownOperator{"MaxPool", kPool, {1, 1, 2}, Function::max_pool},
    KnownOperator{"Min", kBroadcasting, {1, kMany}, Function::min},
    KnownOperator{"Mul", kBroadcasting, {2}, Function::mul},
    KnownOperator{"Neg", kOneOperand, {1}, Function::neg},
    KnownOperator{"PRelu", kBroadcasting, {2}, Function::leaky_relu},
    KnownOperator{"Pad", kPad, {1, 4}},
    KnownOperator{"Pow", kBroadcasting, {2}, Function::pow},
    KnownOperator{"QuantizeLinear", kConversion, {1, 3}, Function::requantize},
    KnownOperator{"Range", kRange, {3}},
    KnownOperator{"Reciprocal", kOneOperand, {1}, Function::reciprocal},
    KnownOperator{"ReduceMax", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceMean", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceMin", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceProd", kProduct, {1, 2}, Function::reduce},
    KnownOperator{"ReduceSum", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"Relu", kOneOperand, {1}, Function::relu},
    KnownOperator{"Reshape", kReshape, {1, 2}},
    KnownOperator{"Resize", kResize, {1, 4}, Function::resize},
    KnownOperator{"Shape", kShape, {1}},
    KnownOperator{"Sigmoid", kOneOperand, {1}, Function::sigmoid},
    KnownOperator{"Silu", kOneOperand, {1}, Function::silu},
    KnownOperator{"Size", kSize, {1}},
    KnownOperator{"Slice", kSlice, {1, 5}},
    KnownOperator{"Softmax", kSoftmax, {1}, Function::softmax},
    KnownOperator{"SpaceToDepth", kSpaceToDepth, {1}},
    KnownOperator{"Split", kSplit, {1, 2, kMany}},
    KnownOperator{"Sqrt", kOneOperand, {1}, Function::sqrt},
    KnownOperator{"Squeeze", kSqueeze, {1, 2}},
    KnownOperator{"Sub", kBroadcasting, {2}, Function::sub},
    KnownOperator{"Sum", kBroadcasting, {1, kMany}, Function::add},
    KnownOperator{"Tanh", kOneOperand, {1}, Function::tanh},
    KnownOperator{"Tile", kTile, {2}},
    KnownOperator{"Transpose", kTranspose, {1}},
    KnownOperator{"Unsqueeze", kUnsqueeze, {1, 2}},
    KnownOperator{"Upsample", kUpsample, {1, 2}, Function::resize},
    KnownOperator{"Where", kSelection, {3}, Function::where},
};
using Key = std::pair<std::string_view, std::string_view>;  // type and domain
constexpr bool before(const KnownOperator& o, const Key& key) { return Key{o.type, o.domain} < key; }
static_assert(std::is_sorted(kOperators.begin(), kOperators.end(), [](const auto& a, const auto& b) {
  return before(a, {b.type, b.domain});
}));

}  // namespace

const KnownOperator* find_operator(const Node& node) {
  const Key key{node.type, node.domain};
  const auto at = std::lower_bound(kOperators.begin(), kOperators.end(), key, before);
  return at != kOperators.end() && Key{at->type, at->domain} == key ? &*at : nullptr;
}

}  // namespace tessera::models
