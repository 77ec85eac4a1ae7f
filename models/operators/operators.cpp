#include "models/operators/operators.h"

#include <algorithm>
#include <array>

namespace tessera::models {

// The rules, by file. A new operator of a family that is there is a line of the table below; a new family is a file of
// its own, its line here and its lines in the table.
extern const OperatorRule kBatchNormalization;
extern const OperatorRule kConcat;
extern const OperatorRule kConstant, kConstantOfShape, kRange, kShape, kSize;  // constants.cpp
extern const OperatorRule kConvolution;
extern const OperatorRule kDepthToSpace, kSpaceToDepth;
extern const OperatorRule kBroadcasting, kCast, kOneOperand, kSelection;  // element_wise.cpp
extern const OperatorRule kExpand, kTile;                                 // replicate.cpp
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

// Sorted by type. Element-wise functions that the vector unit has no cycles of its own for stand under the one that
// hardware shares with them (comparisons under equal).
constexpr std::array kOperators{
    KnownOperator{"Abs", kOneOperand, Function::abs},
    KnownOperator{"Add", kBroadcasting, Function::add},
    KnownOperator{"AveragePool", kPool, Function::average_pool},
    KnownOperator{"BatchNormalization", kBatchNormalization, Function::batchnorm},
    KnownOperator{"Cast", kCast, Function::cast},
    KnownOperator{"Clip", kOneOperand, Function::clip},
    KnownOperator{"Concat", kConcat},
    KnownOperator{"Constant", kConstant},
    KnownOperator{"ConstantOfShape", kConstantOfShape},
    KnownOperator{"Conv", kConvolution},
    KnownOperator{"DepthToSpace", kDepthToSpace},
    KnownOperator{"Div", kBroadcasting, Function::div},
    KnownOperator{"Dropout", kDropout},
    KnownOperator{"Equal", kBroadcasting, Function::equal},
    KnownOperator{"Erf", kOneOperand, Function::erf},
    KnownOperator{"Exp", kOneOperand, Function::exp},
    KnownOperator{"Expand", kExpand},
    KnownOperator{"Flatten", kFlatten},
    KnownOperator{"Gather", kGather},
    KnownOperator{"Gelu", kOneOperand, Function::gelu},
    KnownOperator{"Gemm", kGemm},
    KnownOperator{"GlobalAveragePool", kGlobalPool, Function::global_pool},
    KnownOperator{"GlobalMaxPool", kGlobalPool, Function::global_pool},
    KnownOperator{"Greater", kBroadcasting, Function::equal},
    KnownOperator{"HardSigmoid", kOneOperand, Function::hard_sigmoid},
    KnownOperator{"HardSwish", kOneOperand, Function::hard_swish},
    KnownOperator{"Identity", kIdentity},
    KnownOperator{"LRN", kResponse, Function::lrn},
    KnownOperator{"LayerNormalization", kLayerNormalization, Function::layernorm},
    KnownOperator{"LeakyRelu", kOneOperand, Function::leaky_relu},
    KnownOperator{"Less", kBroadcasting, Function::equal},
    KnownOperator{"Log", kOneOperand, Function::log},
    KnownOperator{"MatMul", kMatMul},
    KnownOperator{"Max", kBroadcasting, Function::max},
    KnownOperator{"MaxPool", kPool, Function::max_pool},
    KnownOperator{"Min", kBroadcasting, Function::min},
    KnownOperator{"Mul", kBroadcasting, Function::mul},
    KnownOperator{"Neg", kOneOperand, Function::neg},
    KnownOperator{"PRelu", kBroadcasting, Function::leaky_relu},
    KnownOperator{"Pad", kPad},
    KnownOperator{"Pow", kBroadcasting, Function::pow},
    KnownOperator{"Range", kRange},
    KnownOperator{"Reciprocal", kOneOperand, Function::reciprocal},
    KnownOperator{"ReduceMax", kReduction, Function::reduce},
    KnownOperator{"ReduceMean", kReduction, Function::reduce},
    KnownOperator{"ReduceMin", kReduction, Function::reduce},
    KnownOperator{"ReduceProd", kProduct, Function::reduce},
    KnownOperator{"ReduceSum", kReduction, Function::reduce},
    KnownOperator{"Relu", kOneOperand, Function::relu},
    KnownOperator{"Reshape", kReshape},
    KnownOperator{"Resize", kResize, Function::resize},
    KnownOperator{"Shape", kShape},
    KnownOperator{"Sigmoid", kOneOperand, Function::sigmoid},
    KnownOperator{"Silu", kOneOperand, Function::silu},
    KnownOperator{"Size", kSize},
    KnownOperator{"Slice", kSlice},
    KnownOperator{"Softmax", kSoftmax, Function::softmax},
    KnownOperator{"SpaceToDepth", kSpaceToDepth},
    KnownOperator{"Split", kSplit},
    KnownOperator{"Sqrt", kOneOperand, Function::sqrt},
    KnownOperator{"Squeeze", kSqueeze},
    KnownOperator{"Sub", kBroadcasting, Function::sub},
    KnownOperator{"Sum", kBroadcasting, Function::add},
    KnownOperator{"Tanh", kOneOperand, Function::tanh},
    KnownOperator{"Tile", kTile},
    KnownOperator{"Transpose", kTranspose},
    KnownOperator{"Unsqueeze", kUnsqueeze},
    KnownOperator{"Upsample", kUpsample, Function::resize},
    KnownOperator{"Where", kSelection, Function::where},
};
static_assert(std::is_sorted(kOperators.begin(), kOperators.end(),
                             [](const auto& a, const auto& b) { return a.type < b.type; }));

}  // namespace

const KnownOperator* find_operator(const Node& node) {
  if (!node.domain.empty()) return nullptr;
  const auto at = std::lower_bound(kOperators.begin(), kOperators.end(), node.type,
                                   [](const KnownOperator& o, const std::string& type) { return o.type < type; });
  return at != kOperators.end() && at->type == node.type ? &*at : nullptr;
}

}  // namespace tessera::models
