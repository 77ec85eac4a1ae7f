// Every operator of ONNX, and what onnxruntime's tools export in their own domain: each is known, or refused with the
// number of nodes, the cause and a remedy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "models/operators/refusals.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using Ints = OnnxBuilder::Ints;

// Operator sets 1 to 24 of the domain ai.onnx.
constexpr const char* kOfficial[]{"Abs",
                                  "Acos",
                                  "Acosh",
                                  "Add",
                                  "AffineGrid",
                                  "And",
                                  "ArgMax",
                                  "ArgMin",
                                  "Asin",
                                  "Asinh",
                                  "Atan",
                                  "Atanh",
                                  "Attention",
                                  "AveragePool",
                                  "BatchNormalization",
                                  "Bernoulli",
                                  "BitShift",
                                  "BitwiseAnd",
                                  "BitwiseNot",
                                  "BitwiseOr",
                                  "BitwiseXor",
                                  "BlackmanWindow",
                                  "Cast",
                                  "CastLike",
                                  "Ceil",
                                  "Celu",
                                  "CenterCropPad",
                                  "Clip",
                                  "Col2Im",
                                  "Compress",
                                  "Concat",
                                  "ConcatFromSequence",
                                  "Constant",
                                  "ConstantOfShape",
                                  "Conv",
                                  "ConvInteger",
                                  "ConvTranspose",
                                  "Cos",
                                  "Cosh",
                                  "CumSum",
                                  "DFT",
                                  "DeformConv",
                                  "DepthToSpace",
                                  "DequantizeLinear",
                                  "Det",
                                  "Div",
                                  "Dropout",
                                  "DynamicQuantizeLinear",
                                  "Einsum",
                                  "Elu",
                                  "Equal",
                                  "Erf",
                                  "Exp",
                                  "Expand",
                                  "EyeLike",
                                  "Flatten",
                                  "Floor",
                                  "GRU",
                                  "Gather",
                                  "GatherElements",
                                  "GatherND",
                                  "Gelu",
                                  "Gemm",
                                  "GlobalAveragePool",
                                  "GlobalLpPool",
                                  "GlobalMaxPool",
                                  "Greater",
                                  "GreaterOrEqual",
                                  "GridSample",
                                  "GroupNormalization",
                                  "HammingWindow",
                                  "HannWindow",
                                  "HardSigmoid",
                                  "HardSwish",
                                  "Hardmax",
                                  "Identity",
                                  "If",
                                  "ImageDecoder",
                                  "InstanceNormalization",
                                  "IsInf",
                                  "IsNaN",
                                  "LRN",
                                  "LSTM",
                                  "LayerNormalization",
                                  "LeakyRelu",
                                  "Less",
                                  "LessOrEqual",
                                  "Log",
                                  "LogSoftmax",
                                  "Loop",
                                  "LpNormalization",
                                  "LpPool",
                                  "MatMul",
                                  "MatMulInteger",
                                  "Max",
                                  "MaxPool",
                                  "MaxRoiPool",
                                  "MaxUnpool",
                                  "Mean",
                                  "MeanVarianceNormalization",
                                  "MelWeightMatrix",
                                  "Min",
                                  "Mish",
                                  "Mod",
                                  "Mul",
                                  "Multinomial",
                                  "Neg",
                                  "NegativeLogLikelihoodLoss",
                                  "NonMaxSuppression",
                                  "NonZero",
                                  "Not",
                                  "OneHot",
                                  "Optional",
                                  "OptionalGetElement",
                                  "OptionalHasElement",
                                  "Or",
                                  "PRelu",
                                  "Pad",
                                  "Pow",
                                  "QLinearConv",
                                  "QLinearMatMul",
                                  "QuantizeLinear",
                                  "RMSNormalization",
                                  "RNN",
                                  "RandomNormal",
                                  "RandomNormalLike",
                                  "RandomUniform",
                                  "RandomUniformLike",
                                  "Range",
                                  "Reciprocal",
                                  "ReduceL1",
                                  "ReduceL2",
                                  "ReduceLogSum",
                                  "ReduceLogSumExp",
                                  "ReduceMax",
                                  "ReduceMean",
                                  "ReduceMin",
                                  "ReduceProd",
                                  "ReduceSum",
                                  "ReduceSumSquare",
                                  "RegexFullMatch",
                                  "Relu",
                                  "Reshape",
                                  "Resize",
                                  "ReverseSequence",
                                  "RoiAlign",
                                  "RotaryEmbedding",
                                  "Round",
                                  "STFT",
                                  "Scan",
                                  "Scatter",
                                  "ScatterElements",
                                  "ScatterND",
                                  "Selu",
                                  "SequenceAt",
                                  "SequenceConstruct",
                                  "SequenceEmpty",
                                  "SequenceErase",
                                  "SequenceInsert",
                                  "SequenceLength",
                                  "SequenceMap",
                                  "Shape",
                                  "Shrink",
                                  "Sigmoid",
                                  "Sign",
                                  "Sin",
                                  "Sinh",
                                  "Size",
                                  "Slice",
                                  "Softmax",
                                  "SoftmaxCrossEntropyLoss",
                                  "Softplus",
                                  "Softsign",
                                  "SpaceToDepth",
                                  "Split",
                                  "SplitToSequence",
                                  "Sqrt",
                                  "Squeeze",
                                  "StringConcat",
                                  "StringNormalizer",
                                  "StringSplit",
                                  "Sub",
                                  "Sum",
                                  "Swish",
                                  "Tan",
                                  "Tanh",
                                  "TensorScatter",
                                  "TfIdfVectorizer",
                                  "ThresholdedRelu",
                                  "Tile",
                                  "TopK",
                                  "Transpose",
                                  "Trilu",
                                  "Unique",
                                  "Unsqueeze",
                                  "Upsample",
                                  "Where",
                                  "Xor"};

// Of com.microsoft: what onnxruntime's optimizers, quantizers and exporters of language models write.
constexpr const char* kMicrosoft[]{"Attention",
                                   "BiasAdd",
                                   "BiasGelu",
                                   "BiasSplitGelu",
                                   "DequantizeLinear",
                                   "DynamicQuantizeLSTM",
                                   "DynamicQuantizeMatMul",
                                   "EmbedLayerNormalization",
                                   "FastGelu",
                                   "FusedConv",
                                   "FusedGemm",
                                   "FusedMatMul",
                                   "Gelu",
                                   "GemmFastGelu",
                                   "GridSample",
                                   "GroupNorm",
                                   "GroupQueryAttention",
                                   "MatMulBnb4",
                                   "MatMulIntegerToFloat",
                                   "MatMulNBits",
                                   "MultiHeadAttention",
                                   "NhwcConv",
                                   "QAttention",
                                   "QEmbedLayerNormalization",
                                   "QGemm",
                                   "QLinearAdd",
                                   "QLinearAveragePool",
                                   "QLinearConcat",
                                   "QLinearGlobalAveragePool",
                                   "QLinearLeakyRelu",
                                   "QLinearMul",
                                   "QLinearReduceMean",
                                   "QLinearSigmoid",
                                   "QLinearSoftmax",
                                   "QLinearWhere",
                                   "QuantizeLinear",
                                   "QuickGelu",
                                   "RotaryEmbedding",
                                   "SimplifiedLayerNormalization",
                                   "SkipGroupNorm",
                                   "SkipLayerNormalization",
                                   "SkipSimplifiedLayerNormalization",
                                   "TransposeMatMul",
                                   "Trilu"};

std::string answer(const std::string& type, const std::string& domain) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 4, 8, 8})
                     .output("y")
                     .output("z")
                     .node(type, {"x"}, {"y"}, {}, domain)
                     .node(type, {"x"}, {"z"}, {}, domain)
                     .read(21);
  return n.ok() ? "" : n.problems().to_string();
}

// Two nodes that lack what most operators need: what is said of that shows that the operator itself is known.
TEST(OfficialOperators, AreKnownOrRefusedWithCountCauseAndRemedy) {
  int refused = 0;
  for (const std::string type : kOfficial) {
    const std::string text = answer(type, "");
    const std::string_view why = why_refused(type, "");
    if (why.empty()) {
      EXPECT_THAT(text, Not(HasSubstr("this operator cannot be simulated"))) << type;
    } else {
      ++refused;
      EXPECT_THAT(text, HasSubstr("(" + type + "): this operator cannot be simulated (2 nodes use it); ")) << type;
      EXPECT_THAT(text, HasSubstr(std::string(why))) << type;
      EXPECT_THAT(text, HasSubstr("host: {" + type + ": 200 us}")) << type << ": no remedy";
    }
  }
  EXPECT_EQ(refused, 17);
}

TEST(OfficialOperators, OfOnnxruntimesExportsAreKnown) {
  for (const std::string type : kMicrosoft)
    EXPECT_THAT(answer(type, "com.microsoft"), Not(HasSubstr("this operator cannot be simulated"))) << type;
}

TEST(OfficialOperators, WhatIsNoneOfThemHasNoCause) {
  EXPECT_EQ(why_refused("NonMaxSuppression", "my.domain"), "");
  EXPECT_EQ(why_refused("NoSuchOperator", ""), "");
  EXPECT_THAT(answer("NoSuchOperator", ""), HasSubstr("this operator cannot be simulated (2 nodes use it)"));
}

base::Result<Network> one(const std::string& type, const Ints& x, std::vector<std::string> more, OnnxBuilder b,
                          const std::map<std::string, Ints>& attributes = {}, std::int64_t opset = 21,
                          const std::string& domain = "") {
  more.insert(more.begin(), "x");
  return b.input("x", x).output("y").node(type, more, {"y"}, attributes, domain).read(opset);
}
Ints dims_of(const base::Result<Network>& n) {
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? tensor_of(*n, "y").dims : Ints{};
}
std::string problem(const base::Result<Network>& n) { return n.ok() ? "" : n.problems().to_string(); }
std::int64_t moved(const Network& n) {
  return std::count_if(n.operators.begin(), n.operators.end(),
                       [](const Operator& op) { return op.unit == Unit::movement; });
}

// 3 of 8 rows from the second on; 6 columns more, 3 on each side.
TEST(CenterCropPad, IsASliceAndAPad) {
  const auto n = one("CenterCropPad", {8, 5, 4}, {"to"}, OnnxBuilder().shape("to", {3, 11}), {{"axes", {0, 1}}});
  EXPECT_EQ(dims_of(n), (Ints{3, 11, 4}));
  EXPECT_EQ(moved(*n), 1);  // the slice is a part of x
  EXPECT_EQ(dims_of(one("CenterCropPad", {8, 5}, {"to"}, OnnxBuilder().shape("to", {8, 5}))), (Ints{8, 5}));
  EXPECT_THAT(problem(one("CenterCropPad", {8, 5}, {"to"}, OnnxBuilder().shape("to", {8}))),
              HasSubstr("1 extents do not fit the axes of [8, 5]"));
}

TEST(CastLike, TakesTheTypeOfItsSecondOperand) {
  const auto n = one("CastLike", {2, 3}, {"like"}, OnnxBuilder().weight("like", {7}, ElementType::float16));
  EXPECT_EQ(dims_of(n), (Ints{2, 3}));
  EXPECT_EQ(n->operators.at(0).function, Function::cast);
  EXPECT_EQ(n->operators.at(0).inputs.size(), 1U);
  EXPECT_EQ(n->parameters, 0);
}

// A constant stays one though the other operand is no constant: it is a shape here.
TEST(CastLike, OfAConstantIsAConstant) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 3})
                     .typed_input("ids", 7, {5})
                     .reals("two", {2}, {3.0F, 2.0F})
                     .output("y")
                     .node("CastLike", {"two", "ids"}, {"to"})
                     .node("Cast", {"to"}, {"shape"}, {{"=to", {7}}})
                     .node("Reshape", {"x", "shape"}, {"r"})
                     .node("Relu", {"r"}, {"y"})
                     .read(21);
  EXPECT_EQ(dims_of(n), (Ints{3, 2}));
}

// Five regions of 4 channels, each 2 x 3 outputs over 4 x 3 elements of the 8 x 8 image.
TEST(MaxRoiPool, TakesEachRegionForTheWholeImage) {
  const auto n =
      one("MaxRoiPool", {1, 4, 8, 8}, {"rois"}, OnnxBuilder().weight("rois", {5, 5}), {{"pooled_shape", {2, 3}}});
  EXPECT_EQ(dims_of(n), (Ints{5, 4, 2, 3}));
  EXPECT_EQ(n->operators.at(0).vector.repeats, 4 * 3);
  EXPECT_EQ(n->operators.at(0).function, Function::max_pool);
}

TEST(Windows, AreConstantTables) {
  for (const char* type : {"HannWindow", "HammingWindow", "BlackmanWindow"}) {
    const auto n = OnnxBuilder()
                       .input("x", {3, 16})
                       .shape("count", {16})
                       .shape("axes", {0})
                       .output("y")
                       .node("Squeeze", {"count", "axes"}, {"size"})
                       .node(type, {"size"}, {"window"})
                       .node("Mul", {"x", "window"}, {"y"})
                       .read(21);
    EXPECT_EQ(dims_of(n), (Ints{3, 16}));
    EXPECT_EQ(n->operators.size(), 1U);
  }
}

// 2 x 3 windows of 3 x 3 taps in two groups of offsets; the product is that of the plain convolution.
TEST(DeformConv, SamplesThenMultiplies) {
  const auto build = [](bool masked) {
    OnnxBuilder b;
    b.input("x", {1, 4, 4, 5}).input("offset", {1, 2 * 9 * 2, 2, 3}).weight("w", {6, 4, 3, 3}).weight("b", {6});
    b.output("y");
    if (!masked) return b.node("DeformConv", {"x", "w", "offset", "b"}, {"y"}, {{"=offset_group", {2}}});
    b.input("mask", {1, 2 * 9, 2, 3});
    return b.node("DeformConv", {"x", "w", "offset", "b", "mask"}, {"y"}, {{"=offset_group", {2}}});
  };
  for (const bool masked : {false, true}) {
    const auto n = build(masked).read(21);
    EXPECT_EQ(dims_of(n), (Ints{1, 6, 2, 3}));
    EXPECT_EQ(n->macs(), 6 * 6 * 4 * 9);
    const auto samples = [&](Function f) {
      return std::count_if(n->operators.begin(), n->operators.end(), [&](const auto& op) { return op.function == f; });
    };
    EXPECT_EQ(samples(Function::grid_sample), 2);
    EXPECT_EQ(samples(Function::mul), masked ? 2 : 0);
  }
  EXPECT_THAT(problem(one("DeformConv", {1, 4, 4, 5}, {"w", "o"},
                          OnnxBuilder().weight("w", {6, 4, 3, 3}).weight("o", {1, 9, 2, 3}))),
              HasSubstr("input 2 has the shape [1, 9, 2, 3], but [1, 18, 2, 3] is needed"));
}

// 20 x 30 to at most, at least 10 x 10: scales 1/3 and 1/2; (20 / 3, 10) rounded, and (10, 15).
TEST(Resize, KeepsTheAspectRatio) {
  const auto resized = [](const char* policy) {
    return one("Resize", {1, 3, 20, 30}, {"", "", "to"}, OnnxBuilder().shape("to", {10, 10}),
               {{"axes", {2, 3}}, {std::string("@keep_aspect_ratio_policy=") + policy, {}}});
  };
  EXPECT_EQ(dims_of(resized("not_larger")), (Ints{1, 3, 7, 10}));
  EXPECT_EQ(dims_of(resized("not_smaller")), (Ints{1, 3, 10, 15}));
  EXPECT_EQ(dims_of(resized("stretch")), (Ints{1, 3, 10, 10}));
  EXPECT_THAT(problem(resized("fit")), HasSubstr("keep_aspect_ratio_policy' is 'fit', but must be one of"));
}

// To a half and a third: linear interpolation reads 2 and 3 neighbours on either side, 2 x 3 times as often.
TEST(Resize, AntialiasReadsAWiderFilter) {
  const auto n = one("Resize", {1, 3, 16, 18}, {"", "", "to"}, OnnxBuilder().shape("to", {1, 3, 8, 6}),
                     {{"@mode=linear", {}}, {"=antialias", {1}}});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(n->operators.at(0).vector.repeats, 6);
  EXPECT_EQ(n->operators.at(0).vector.reach, 3);
  const auto up = one("Resize", {1, 3, 16, 18}, {"", "", "to"}, OnnxBuilder().shape("to", {1, 3, 32, 36}),
                      {{"@mode=linear", {}}, {"=antialias", {1}}});
  EXPECT_EQ(up->operators.at(0).vector.repeats, 1);
  EXPECT_EQ(up->operators.at(0).vector.reach, 1);
}

// Rows 4 to 7 of 16 and the whole width, both twice as large.
TEST(Resize, OfARegionReadsThatAlone) {
  const auto n =
      one("Resize", {1, 2, 16, 8}, {"roi", "scales"},
          OnnxBuilder().reals("roi", {8}, {0, 0, 0.25F, 0, 1, 1, 0.5F, 1}).reals("scales", {4}, {1, 1, 2, 2}),
          {{"@coordinate_transformation_mode=tf_crop_and_resize", {}}});
  EXPECT_EQ(dims_of(n), (Ints{1, 2, 8, 16}));
  const Operator& op = n->operators.at(0);
  const Box read = source_box(*n, op, 0, whole(n->tensors[op.output].shape));
  EXPECT_EQ(read.begin[kH], 4);
  EXPECT_EQ(read.end[kH], 8);
  EXPECT_EQ(read.extent(kW), 8);
  EXPECT_THAT(problem(one("Resize", {1, 2, 16, 8}, {"roi", "scales"},
                          OnnxBuilder().reals("roi", {2}, {0, 1}).reals("scales", {4}, {1, 1, 2, 2}),
                          {{"@coordinate_transformation_mode=tf_crop_and_resize", {}}})),
              HasSubstr("its region has 2 numbers, but 8 are needed"));
}

TEST(Dropout, InTrainingIsRefusedUnlessItDropsNothing) {
  const auto dropout = [](float ratio, char training) {
    return one("Dropout", {2, 3}, {"ratio", "training"},
               OnnxBuilder().reals("ratio", {}, {ratio}).raw("training", 9, {}, std::string(1, training)));
  };
  EXPECT_EQ(dims_of(dropout(0.5F, '\0')), (Ints{2, 3}));
  EXPECT_EQ(dims_of(dropout(0.0F, '\1')), (Ints{2, 3}));
  EXPECT_THAT(problem(dropout(0.5F, '\1')), HasSubstr("node 'y' (Dropout): it drops elements at random, since its "
                                                      "training mode is true: export the network for inference"));
}

}  // namespace
}  // namespace tessera::models::tests
