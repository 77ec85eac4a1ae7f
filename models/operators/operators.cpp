#include "models/operators/operators.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tessera::models {

// The rules, by file. A new operator of a family that is there is a line of the table below; a new family is a file of
// its own, its line here and its lines in the table.
extern const OperatorRule kBatchNormalization;
extern const OperatorRule kConcat;
extern const OperatorRule kConstant, kConstantOfShape, kMelWeights, kRange, kShape, kSize, kWindow;  // constants.cpp
extern const OperatorRule kConvolution, kTransposedConvolution;
extern const OperatorRule kEinsum;
extern const OperatorRule kDepthToSpace, kSpaceToDepth;
extern const OperatorRule kBroadcasting, kCast, kCastLike, kConversion, kList, kMean, kOneOperand, kSelection,
    kTest;                                                                                   // element_wise.cpp
extern const OperatorRule kExpand, kReverseSequence, kTile;                                  // replicate.cpp
extern const OperatorRule kCompress, kMultinomial, kNonZero, kRandom, kRandomLike, kUnique;  // refused.cpp
extern const OperatorRule kGather, kGatherElements, kGatherND;
extern const OperatorRule kGemm, kMatMul;                                                    // matrix_product.cpp
extern const OperatorRule kGroupNormalization, kInstanceNormalization, kLayerNormalization;  // normalization.cpp
extern const OperatorRule kLpNormalization, kMeanVariance, kResponse, kSoftmax;              // normalization.cpp
extern const OperatorRule kHost;  // of all nodes that the host runs
extern const OperatorRule kPad;
extern const OperatorRule kPool, kGlobalPool, kPowerPool, kGlobalPowerPool;
extern const OperatorRule kCumulativeSum, kTopK;      // ordering.cpp
extern const OperatorRule kEyeLike, kOneHot, kTrilu;  // positions.cpp
extern const OperatorRule kArgument, kProduct, kReduction, kReductionThenLogarithm, kReductionThenRoot;  // reduce.cpp
extern const OperatorRule kAffineGrid, kCol2Im, kGridSample, kMaxRoiPool, kRoiAlign;                     // sampling.cpp
extern const OperatorRule kScatterElements, kScatterND, kUnpool;                                         // scatter.cpp
extern const OperatorRule kResize, kUpsample;
extern const OperatorRule kSlice;
extern const OperatorRule kSplit;
extern const OperatorRule kTranspose;
// Operators that become many others (models/expansion).
extern const OperatorRule kAttention, kMicrosoftAttention, kMultiHeadAttention, kGroupQueryAttention;
extern const OperatorRule kRotaryEmbedding, kMicrosoftRotaryEmbedding;
extern const OperatorRule kSkipLayerNormalization, kSkipSimplifiedLayerNormalization, kEmbedLayerNormalization;
extern const OperatorRule kBiasedGelu, kQuickGelu, kBiasSplitGelu;              // gelus.cpp
extern const OperatorRule kFusedConv, kFusedGemm, kFusedMatMul, kGemmFastGelu;  // fused_products.cpp
extern const OperatorRule kNhwcConv, kGroupNorm, kSkipGroupNorm, kBiasAdd;      // channels_last.cpp
extern const OperatorRule kCenterCropPad, kDeformConv;
extern const OperatorRule kGru, kLstm, kRnn;
extern const OperatorRule kDropout, kFlatten, kIdentity, kReshape, kSqueeze, kUnsqueeze;  // views.cpp

namespace {

using base::Function;
constexpr std::size_t kMany = Arity::kMany;
constexpr std::string_view kMicrosoft = "com.microsoft";

// Sorted by type, then by domain, each with how many inputs and outputs it may have. Element-wise functions that the
// vector unit has no cycles of its own for stand under the one that hardware shares with them (comparisons under
// equal).
constexpr std::array kOperators{
    KnownOperator{"Abs", kOneOperand, {1}, Function::abs},
    KnownOperator{"Acos", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Acosh", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Add", kBroadcasting, {2}, Function::add},
    KnownOperator{"AffineGrid", kAffineGrid, {2}, Function::affine},
    KnownOperator{"And", kBroadcasting, {2}, Function::logic},
    KnownOperator{"ArgMax", kArgument, {1}, Function::arg_max},
    KnownOperator{"ArgMin", kArgument, {1}, Function::arg_max},
    KnownOperator{"Asin", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Asinh", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Atan", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Atanh", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Attention", kAttention, {3, 7, 4}},
    KnownOperator{"Attention", kMicrosoftAttention, {2, 7, 2}, Function::identity, kMicrosoft},
    KnownOperator{"AveragePool", kPool, {1}, Function::average_pool},
    KnownOperator{"BatchNormalization", kBatchNormalization, {5, 5, 5}, Function::batchnorm},
    KnownOperator{"Bernoulli", kRandomLike, {1}},
    KnownOperator{"BiasAdd", kBiasAdd, {3}, Function::identity, kMicrosoft},
    KnownOperator{"BiasGelu", kBiasedGelu, {2}, Function::identity, kMicrosoft},
    KnownOperator{"BiasSplitGelu", kBiasSplitGelu, {2}, Function::identity, kMicrosoft},
    KnownOperator{"BitShift", kBroadcasting, {2}, Function::logic},
    KnownOperator{"BitwiseAnd", kBroadcasting, {2}, Function::logic},
    KnownOperator{"BitwiseNot", kOneOperand, {1}, Function::logic},
    KnownOperator{"BitwiseOr", kBroadcasting, {2}, Function::logic},
    KnownOperator{"BitwiseXor", kBroadcasting, {2}, Function::logic},
    KnownOperator{"BlackmanWindow", kWindow, {1}},
    KnownOperator{"Cast", kCast, {1}, Function::cast},
    KnownOperator{"CastLike", kCastLike, {2}, Function::cast},
    KnownOperator{"Ceil", kOneOperand, {1}, Function::round},
    KnownOperator{"Celu", kOneOperand, {1}, Function::elu},
    KnownOperator{"CenterCropPad", kCenterCropPad, {2}},
    KnownOperator{"Clip", kOneOperand, {1, 3}, Function::clip},
    KnownOperator{"Col2Im", kCol2Im, {3}, Function::add},
    KnownOperator{"Compress", kCompress, {2}},
    KnownOperator{"Concat", kConcat, {1, kMany}},
    KnownOperator{"Constant", kConstant, {0}},
    KnownOperator{"ConstantOfShape", kConstantOfShape, {1}},
    KnownOperator{"Conv", kConvolution, {2, 3}},
    KnownOperator{"ConvTranspose", kTransposedConvolution, {2, 3}},
    KnownOperator{"Cos", kOneOperand, {1}, Function::sin},
    KnownOperator{"Cosh", kOneOperand, {1}, Function::lookup},
    KnownOperator{"CumSum", kCumulativeSum, {2}, Function::cum_sum},
    KnownOperator{"DeformConv", kDeformConv, {3, 5}},
    KnownOperator{"DepthToSpace", kDepthToSpace, {1}},
    KnownOperator{"DequantizeLinear", kConversion, {1, 3}, Function::requantize},
    KnownOperator{"Div", kBroadcasting, {2}, Function::div},
    KnownOperator{"Dropout", kDropout, {1, 3, 2}},
    KnownOperator{"Einsum", kEinsum, {1, kMany}},
    KnownOperator{"Elu", kOneOperand, {1}, Function::elu},
    KnownOperator{"EmbedLayerNormalization", kEmbedLayerNormalization, {1, 9, 3}, Function::identity, kMicrosoft},
    KnownOperator{"Equal", kBroadcasting, {2}, Function::equal},
    KnownOperator{"Erf", kOneOperand, {1}, Function::erf},
    KnownOperator{"Exp", kOneOperand, {1}, Function::exp},
    KnownOperator{"Expand", kExpand, {2}},
    KnownOperator{"EyeLike", kEyeLike, {1}},
    KnownOperator{"FastGelu", kBiasedGelu, {1, 2}, Function::identity, kMicrosoft},
    KnownOperator{"Flatten", kFlatten, {1}},
    KnownOperator{"Floor", kOneOperand, {1}, Function::round},
    KnownOperator{"FusedConv", kFusedConv, {2, 4}, Function::identity, kMicrosoft},
    KnownOperator{"FusedGemm", kFusedGemm, {2, 3}, Function::identity, kMicrosoft},
    KnownOperator{"FusedMatMul", kFusedMatMul, {2}, Function::identity, kMicrosoft},
    KnownOperator{"GRU", kGru, {3, 6, 2}},
    KnownOperator{"Gather", kGather, {2}},
    KnownOperator{"GatherElements", kGatherElements, {2}},
    KnownOperator{"GatherND", kGatherND, {2}},
    KnownOperator{"Gelu", kOneOperand, {1}, Function::gelu},
    KnownOperator{"Gelu", kOneOperand, {1}, Function::gelu, kMicrosoft},
    KnownOperator{"Gemm", kGemm, {2, 3}},
    KnownOperator{"GemmFastGelu", kGemmFastGelu, {2, 3}, Function::identity, kMicrosoft},
    KnownOperator{"GlobalAveragePool", kGlobalPool, {1}, Function::global_pool},
    KnownOperator{"GlobalLpPool", kGlobalPowerPool, {1}, Function::reduce_square},
    KnownOperator{"GlobalMaxPool", kGlobalPool, {1}, Function::global_pool},
    KnownOperator{"Greater", kBroadcasting, {2}, Function::equal},
    KnownOperator{"GreaterOrEqual", kBroadcasting, {2}, Function::equal},
    KnownOperator{"GridSample", kGridSample, {2}, Function::grid_sample},
    KnownOperator{"GridSample", kGridSample, {2}, Function::grid_sample, kMicrosoft},
    KnownOperator{"GroupNorm", kGroupNorm, {3}, Function::identity, kMicrosoft},
    KnownOperator{"GroupNormalization", kGroupNormalization, {3}, Function::layernorm},
    KnownOperator{"GroupQueryAttention", kGroupQueryAttention, {1, 14, 4}, Function::identity, kMicrosoft},
    KnownOperator{"HammingWindow", kWindow, {1}},
    KnownOperator{"HannWindow", kWindow, {1}},
    KnownOperator{"HardSigmoid", kOneOperand, {1}, Function::hard_sigmoid},
    KnownOperator{"HardSwish", kOneOperand, {1}, Function::hard_swish},
    KnownOperator{"Hardmax", kSoftmax, {1}, Function::hardmax},
    KnownOperator{"Identity", kIdentity, {1}},
    KnownOperator{"InstanceNormalization", kInstanceNormalization, {3}, Function::layernorm},
    KnownOperator{"IsInf", kTest, {1}, Function::equal},
    KnownOperator{"IsNaN", kTest, {1}, Function::equal},
    KnownOperator{"LRN", kResponse, {1}, Function::lrn},
    KnownOperator{"LSTM", kLstm, {3, 8, 3}},
    KnownOperator{"LayerNormalization", kLayerNormalization, {2, 3, 3}, Function::layernorm},
    KnownOperator{"LeakyRelu", kOneOperand, {1}, Function::leaky_relu},
    KnownOperator{"Less", kBroadcasting, {2}, Function::equal},
    KnownOperator{"LessOrEqual", kBroadcasting, {2}, Function::equal},
    KnownOperator{"Log", kOneOperand, {1}, Function::log},
    KnownOperator{"LogSoftmax", kSoftmax, {1}, Function::log_softmax},
    KnownOperator{"LpNormalization", kLpNormalization, {1}, Function::lp_norm},
    KnownOperator{"LpPool", kPowerPool, {1}, Function::reduce_square},
    KnownOperator{"MatMul", kMatMul, {2}},
    KnownOperator{"Max", kList, {1, kMany}, Function::max},
    KnownOperator{"MaxPool", kPool, {1, 1, 2}, Function::max_pool},
    KnownOperator{"MaxRoiPool", kMaxRoiPool, {2}, Function::max_pool},
    KnownOperator{"MaxUnpool", kUnpool, {2, 3}, Function::scatter},
    KnownOperator{"Mean", kMean, {1, kMany}, Function::add},
    KnownOperator{"MeanVarianceNormalization", kMeanVariance, {1}, Function::layernorm},
    KnownOperator{"MelWeightMatrix", kMelWeights, {5}},
    KnownOperator{"Min", kList, {1, kMany}, Function::min},
    KnownOperator{"Mish", kOneOperand, {1}, Function::mish},
    KnownOperator{"Mod", kBroadcasting, {2}, Function::mod},
    KnownOperator{"Mul", kBroadcasting, {2}, Function::mul},
    KnownOperator{"MultiHeadAttention", kMultiHeadAttention, {1, 10, 4}, Function::identity, kMicrosoft},
    KnownOperator{"Multinomial", kMultinomial, {1}},
    KnownOperator{"Neg", kOneOperand, {1}, Function::neg},
    KnownOperator{"NhwcConv", kNhwcConv, {2, 3}, Function::identity, kMicrosoft},
    KnownOperator{"NonZero", kNonZero, {1}},
    KnownOperator{"Not", kOneOperand, {1}, Function::logic},
    KnownOperator{"OneHot", kOneHot, {3}, Function::equal},
    KnownOperator{"Or", kBroadcasting, {2}, Function::logic},
    KnownOperator{"PRelu", kBroadcasting, {2}, Function::leaky_relu},
    KnownOperator{"Pad", kPad, {1, 4}},
    KnownOperator{"Pow", kBroadcasting, {2}, Function::pow},
    KnownOperator{"QuantizeLinear", kConversion, {1, 3}, Function::requantize},
    KnownOperator{"QuickGelu", kQuickGelu, {1}, Function::identity, kMicrosoft},
    KnownOperator{"RMSNormalization", kLayerNormalization, {2}, Function::rms_norm},
    KnownOperator{"RNN", kRnn, {3, 6, 2}},
    KnownOperator{"RandomNormal", kRandom, {0}},
    KnownOperator{"RandomNormalLike", kRandomLike, {1}},
    KnownOperator{"RandomUniform", kRandom, {0}},
    KnownOperator{"RandomUniformLike", kRandomLike, {1}},
    KnownOperator{"Range", kRange, {3}},
    KnownOperator{"Reciprocal", kOneOperand, {1}, Function::reciprocal},
    KnownOperator{"ReduceL1", kReduction, {1, 2}, Function::reduce_abs},
    KnownOperator{"ReduceL2", kReductionThenRoot, {1, 2}, Function::reduce_square},
    KnownOperator{"ReduceLogSum", kReductionThenLogarithm, {1, 2}, Function::reduce},
    KnownOperator{"ReduceLogSumExp", kReductionThenLogarithm, {1, 2}, Function::reduce_exp},
    KnownOperator{"ReduceMax", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceMean", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceMin", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceProd", kProduct, {1, 2}, Function::reduce},
    KnownOperator{"ReduceSum", kReduction, {1, 2}, Function::reduce},
    KnownOperator{"ReduceSumSquare", kReduction, {1, 2}, Function::reduce_square},
    KnownOperator{"Relu", kOneOperand, {1}, Function::relu},
    KnownOperator{"Reshape", kReshape, {1, 2}},
    KnownOperator{"Resize", kResize, {1, 4}, Function::resize},
    KnownOperator{"ReverseSequence", kReverseSequence, {2}},
    KnownOperator{"RoiAlign", kRoiAlign, {3}, Function::grid_sample},
    KnownOperator{"RotaryEmbedding", kRotaryEmbedding, {3, 4}},
    KnownOperator{"RotaryEmbedding", kMicrosoftRotaryEmbedding, {4}, Function::identity, kMicrosoft},
    KnownOperator{"Round", kOneOperand, {1}, Function::round},
    KnownOperator{"Scatter", kScatterElements, {3}, Function::scatter},
    KnownOperator{"ScatterElements", kScatterElements, {3}, Function::scatter},
    KnownOperator{"ScatterND", kScatterND, {3}, Function::scatter},
    KnownOperator{"Selu", kOneOperand, {1}, Function::elu},
    KnownOperator{"Shape", kShape, {1}},
    KnownOperator{"Shrink", kOneOperand, {1}, Function::shrink},
    KnownOperator{"Sigmoid", kOneOperand, {1}, Function::sigmoid},
    KnownOperator{"Sign", kOneOperand, {1}, Function::sign},
    KnownOperator{"Silu", kOneOperand, {1}, Function::silu},
    KnownOperator{"SimplifiedLayerNormalization", kLayerNormalization, {2}, Function::rms_norm},
    KnownOperator{"SimplifiedLayerNormalization", kLayerNormalization, {2}, Function::rms_norm, kMicrosoft},
    KnownOperator{"Sin", kOneOperand, {1}, Function::sin},
    KnownOperator{"Sinh", kOneOperand, {1}, Function::lookup},
    KnownOperator{"Size", kSize, {1}},
    KnownOperator{"SkipGroupNorm", kSkipGroupNorm, {4, 5, 2}, Function::identity, kMicrosoft},
    KnownOperator{"SkipLayerNormalization", kSkipLayerNormalization, {3, 5, 4}, Function::identity, kMicrosoft},
    KnownOperator{"SkipSimplifiedLayerNormalization",
                  kSkipSimplifiedLayerNormalization,
                  {3, 4, 4},
                  Function::identity,
                  kMicrosoft},
    KnownOperator{"Slice", kSlice, {1, 5}},
    KnownOperator{"Softmax", kSoftmax, {1}, Function::softmax},
    KnownOperator{"Softplus", kOneOperand, {1}, Function::softplus},
    KnownOperator{"Softsign", kOneOperand, {1}, Function::lookup},
    KnownOperator{"SpaceToDepth", kSpaceToDepth, {1}},
    KnownOperator{"Split", kSplit, {1, 2, kMany}},
    KnownOperator{"Sqrt", kOneOperand, {1}, Function::sqrt},
    KnownOperator{"Square", kOneOperand, {1}, Function::mul},
    KnownOperator{"Squeeze", kSqueeze, {1, 2}},
    KnownOperator{"Sub", kBroadcasting, {2}, Function::sub},
    KnownOperator{"Sum", kList, {1, kMany}, Function::add},
    KnownOperator{"Swish", kOneOperand, {1}, Function::silu},
    KnownOperator{"Tan", kOneOperand, {1}, Function::sin},
    KnownOperator{"Tanh", kOneOperand, {1}, Function::tanh},
    KnownOperator{"ThresholdedRelu", kOneOperand, {1}, Function::relu},
    KnownOperator{"Tile", kTile, {2}},
    KnownOperator{"TopK", kTopK, {1, 2, 2}, Function::top_k},
    KnownOperator{"Transpose", kTranspose, {1}},
    KnownOperator{"TransposeMatMul", kFusedMatMul, {2}, Function::identity, kMicrosoft},
    KnownOperator{"Trilu", kTrilu, {1, 2}, Function::where},
    KnownOperator{"Trilu", kTrilu, {1, 2}, Function::where, kMicrosoft},
    KnownOperator{"Unique", kUnique, {1, 1, 4}},
    KnownOperator{"Unsqueeze", kUnsqueeze, {1, 2}},
    KnownOperator{"Upsample", kUpsample, {1, 2}, Function::resize},
    KnownOperator{"Where", kSelection, {3}, Function::where},
    KnownOperator{"Xor", kBroadcasting, {2}, Function::logic},
};
using Key = std::pair<std::string_view, std::string_view>;  // type and domain
constexpr bool before(const KnownOperator& o, const Key& key) { return Key{o.type, o.domain} < key; }
static_assert(std::is_sorted(kOperators.begin(), kOperators.end(), [](const auto& a, const auto& b) {
  return before(a, {b.type, b.domain});
}));

}  // namespace

std::span<const KnownOperator> known_operators() { return kOperators; }

const KnownOperator* find_operator(const Node& node) {
  static constexpr KnownOperator kOfHost{"", kHost, {0, kMany, kMany}};
  return node.host ? &kOfHost : find_operator(node.type, node.domain);
}

const KnownOperator* find_operator(std::string_view type, std::string_view domain) {
  const Key key{type, domain};
  const auto at = std::lower_bound(kOperators.begin(), kOperators.end(), key, before);
  return at != kOperators.end() && Key{at->type, at->domain} == key ? &*at : nullptr;
}

}  // namespace tessera::models
