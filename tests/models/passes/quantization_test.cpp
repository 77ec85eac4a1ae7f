// Quantised networks as files write them: what is left of the conversions, and in which format the tensors are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using base::Precision;
using testing::ElementsAre;
using testing::HasSubstr;
const ReadOptions kKept{.keeps_quantization = true};

// Scale and zero point of a tensor, as inputs of a conversion.
OnnxBuilder& scale(OnnxBuilder& b, const std::string& of, ElementType zero = ElementType::uint8) {
  return b.weight(of + "_s", {}).weight(of + "_z", {}, zero);
}

OnnxBuilder& convert(OnnxBuilder& b, const std::string& type, const std::string& from, const std::string& to,
                     const std::string& scaled) {
  return b.node(type, {from, scaled + "_s", scaled + "_z"}, {to});
}

// A convolution between conversions, as onnxruntime writes it.
OnnxBuilder conv_between_conversions() {
  OnnxBuilder b;
  b.input("x", {1, 8, 16, 16}).output("y");
  b.weight("w", {4, 8, 3, 3}, ElementType::int8).weight("bias", {4}, ElementType::int32);
  scale(b, "x"), scale(b, "y"), scale(b, "w", ElementType::int8), scale(b, "bias", ElementType::int32);
  convert(b, "QuantizeLinear", "x", "xq", "x");
  convert(b, "DequantizeLinear", "xq", "xd", "x");
  convert(b, "DequantizeLinear", "w", "wd", "w");
  convert(b, "DequantizeLinear", "bias", "biasd", "bias");
  b.node("Conv", {"xd", "wd", "biasd"}, {"c"}, {{"pads", {1, 1, 1, 1}}});
  b.node("Relu", {"c"}, {"r"});
  convert(b, "QuantizeLinear", "r", "y", "y");
  return b;
}

OnnxBuilder float_conv() {
  OnnxBuilder b;
  b.input("x", {1, 8, 16, 16}).output("y").weight("w", {4, 8, 3, 3}).weight("bias", {4});
  b.node("Conv", {"x", "w", "bias"}, {"c"}, {{"pads", {1, 1, 1, 1}}}).node("Relu", {"c"}, {"y"});
  return b;
}

std::vector<std::string> types_of(const Network& n) {
  std::vector<std::string> types;
  for (const Operator& op : n.operators) types.push_back(op.type);
  return types;
}

Precision precision_of(const Network& n, TensorId t) { return n.root(t).precision.value(); }

TEST(Quantization, OfARunWithOnePrecisionLeavesTheFloatNetwork) {
  const auto plain = float_conv().read(), quantised = conv_between_conversions().read();
  ASSERT_TRUE(quantised) << quantised.problems().to_string();
  EXPECT_EQ(types_of(*quantised), types_of(*plain));
  EXPECT_EQ(posts_of(quantised->operators[0]), posts_of(plain->operators[0]));
  EXPECT_EQ(quantised->macs(), plain->macs());
  EXPECT_EQ(quantised->parameters, plain->parameters);
  for (const Tensor& t : quantised->tensors) EXPECT_FALSE(t.precision);
}

TEST(Quantization, ConversionsAroundAConvolutionJoinIt) {
  const auto n = conv_between_conversions().read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("QuantizeLinear", "Conv"));
  const Operator& conv = n->operators[1];
  EXPECT_THAT(posts_of(conv), ElementsAre("identity", "relu", "requantize"));
  EXPECT_EQ(precision_of(*n, conv.inputs[0]), Precision::int8);
  EXPECT_EQ(precision_of(*n, conv.inputs[1]), Precision::int8);
  EXPECT_EQ(precision_of(*n, conv.output), Precision::int8);
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[0]), Precision::fp32);
}

// Nobody but a conversion back reads the quantised result: the operator before writes what that gives.
TEST(Quantization, AConversionBackJoinsWhatQuantises) {
  OnnxBuilder b = conv_between_conversions();
  convert(b.output("back"), "DequantizeLinear", "y2", "back", "y");
  convert(b, "QuantizeLinear", "r2", "y2", "y");
  b.node("Conv", {"xd", "wd", "biasd"}, {"r2"}, {{"pads", {1, 1, 1, 1}}});
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  const Operator& conv = operator_of(*n, "r2");
  EXPECT_THAT(posts_of(conv), ElementsAre("identity", "requantize", "requantize"));
  EXPECT_EQ(precision_of(*n, conv.output), Precision::fp32);
}

TEST(Quantization, AQuantisedConvolutionIsTheSame) {
  OnnxBuilder b;
  b.input("x", {1, 8, 16, 16}).output("y");
  b.weight("w", {4, 8, 3, 3}, ElementType::int8).weight("bias", {4}, ElementType::int32);
  scale(b, "x"), scale(b, "y"), scale(b, "w", ElementType::int8);
  convert(b, "QuantizeLinear", "x", "xq", "x");
  b.node("QLinearConv", {"xq", "x_s", "x_z", "w", "w_s", "w_z", "y_s", "y_z", "bias"}, {"y"}, {{"pads", {1, 1, 1, 1}}});
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("QuantizeLinear", "Conv"));
  EXPECT_THAT(posts_of(n->operators[1]), ElementsAre("identity", "requantize"));
  EXPECT_EQ(precision_of(*n, n->operators[1].output), Precision::int8);
  const auto plain = b.read();
  ASSERT_TRUE(plain) << plain.problems().to_string();
  EXPECT_THAT(types_of(*plain), ElementsAre("Conv"));
  EXPECT_EQ(plain->parameters, 4 * 8 * 9 + 4);
}

// Reshape, Transpose, MaxPool and Concat hand quantised elements on; none of them computes new ones.
TEST(Quantization, WhatHandsElementsOnStaysInTheirFormat) {
  OnnxBuilder b;
  b.input("xq", {1, 8, 16, 16}, ElementType::uint8).output("y").shape("to", {1, 16, 64});
  scale(b, "x"), scale(b, "p");
  convert(b, "DequantizeLinear", "xq", "x", "x");
  b.node("MaxPool", {"x"}, {"p"}, {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}});
  convert(b, "QuantizeLinear", "p", "pq", "p");
  convert(b, "DequantizeLinear", "pq", "pd", "p");
  b.node("Concat", {"pd", "pd"}, {"cc"}, {{"=axis", {1}}});
  b.node("Reshape", {"cc", "to"}, {"r"}).node("Transpose", {"r"}, {"t"}, {{"perm", {0, 2, 1}}});
  convert(b, "QuantizeLinear", "t", "y", "p");
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  for (const Operator& op : n->operators) {
    EXPECT_THAT(op.type, testing::Not(HasSubstr("Linear")));
    EXPECT_TRUE(op.posts.empty()) << op.name;
    EXPECT_EQ(precision_of(*n, op.output), Precision::int8) << op.name;
  }
}

// x * sigmoid(x) with conversions inside: one function of quantised elements, and one conversion at its end.
TEST(Quantization, ConversionsInsideAFunctionVanish) {
  OnnxBuilder b;
  b.input("xq", {1, 8, 16, 16}, ElementType::uint8).output("y");
  scale(b, "x"), scale(b, "s"), scale(b, "m");
  convert(b, "DequantizeLinear", "xq", "x", "x");
  b.node("Sigmoid", {"x"}, {"s"});
  convert(b, "QuantizeLinear", "s", "sq", "s");
  convert(b, "DequantizeLinear", "sq", "sd", "s");
  b.node("Mul", {"x", "sd"}, {"m"});
  convert(b, "QuantizeLinear", "m", "y", "m");
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("Silu"));
  EXPECT_THAT(posts_of(n->operators[0]), ElementsAre("requantize"));
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[0]), Precision::int8);
  EXPECT_EQ(precision_of(*n, n->operators[0].output), Precision::int8);
}

TEST(Quantization, AConversionThatNothingTakesCostsAPass) {
  OnnxBuilder b;  // one addend is quantised, the other is not: the addition is floating point
  b.input("xq", {1, 64}, ElementType::uint8).input("f", {1, 64}).output("y");
  scale(b, "x");
  convert(b, "DequantizeLinear", "xq", "x", "x");
  b.node("Add", {"x", "f"}, {"y"});
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("DequantizeLinear", "Add"));
  EXPECT_EQ(n->operators[0].function, base::Function::requantize);
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[0]), Precision::int8);
  EXPECT_EQ(precision_of(*n, n->operators[0].output), Precision::fp32);
}

// The same, and the sum is quantised behind: that is no reason to add the quantised elements themselves.
TEST(Quantization, AnAddendThatIsFloatingPointKeepsTheSumSo) {
  OnnxBuilder b;
  b.input("xq", {1, 64}, ElementType::uint8).input("f", {1, 64}).output("y");
  scale(b, "x"), scale(b, "y");
  convert(b, "DequantizeLinear", "xq", "x", "x");
  b.node("Add", {"x", "f"}, {"s"});
  convert(b, "QuantizeLinear", "s", "y", "y");
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("DequantizeLinear", "Add"));
  const Operator& add = n->operators[1];
  EXPECT_THAT(posts_of(add), ElementsAre("requantize"));
  EXPECT_EQ(precision_of(*n, add.inputs[0]), Precision::fp32);
  EXPECT_EQ(precision_of(*n, add.inputs[1]), Precision::fp32);
  EXPECT_EQ(precision_of(*n, add.output), Precision::int8);
}

TEST(Quantization, SumsThatStayFloatingPointAreScaledBehindTheBias) {
  OnnxBuilder b;
  b.input("xq", {16, 64}, ElementType::uint8).output("y").weight("w", {64, 32}, ElementType::int8);
  b.weight("bias", {32});
  scale(b, "x"), scale(b, "w", ElementType::int8);
  convert(b, "DequantizeLinear", "xq", "x", "x");
  convert(b, "DequantizeLinear", "w", "wd", "w");
  b.node("MatMul", {"x", "wd"}, {"m"}).node("Add", {"m", "bias"}, {"y"});
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("MatMul"));
  EXPECT_THAT(posts_of(n->operators[0]), ElementsAre("identity", "requantize"));
  EXPECT_EQ(precision_of(*n, n->operators[0].output), Precision::fp32);
}

// The dynamic quantisation of onnxruntime: the range is found in a pass of its own, the sums are scaled at the end.
OnnxBuilder dynamic_product() {
  OnnxBuilder b;
  b.input("x", {16, 64}).output("y").weight("w", {64, 32}, ElementType::int8).weight("w_s", {});
  b.weight("w_z", {}, ElementType::int8).weight("bias", {32});
  b.node("DynamicQuantizeLinear", {"x"}, {"xq", "xs", "xz"});
  b.node("MatMulInteger", {"xq", "w", "xz", "w_z"}, {"i"}).node("Cast", {"i"}, {"f"}, {{"=to", {1}}});
  b.node("Mul", {"xs", "w_s"}, {"s"}).node("Mul", {"f", "s"}, {"m"}).node("Add", {"m", "bias"}, {"y"});
  return b;
}

TEST(Quantization, OfActivationsWhileTheNetworkRuns) {
  const auto n = dynamic_product().read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  ASSERT_THAT(types_of(*n), ElementsAre("ReduceMax", "QuantizeLinear", "MatMul"));
  EXPECT_EQ(n->operators[1].inputs.size(), 2U) << "the scale is an operand";
  EXPECT_THAT(posts_of(n->operators[2]), ElementsAre("identity", "requantize"));
  EXPECT_EQ(precision_of(*n, n->operators[2].inputs[0]), Precision::int8);
  EXPECT_EQ(precision_of(*n, n->operators[2].output), Precision::fp32);
  const auto plain = dynamic_product().read();
  ASSERT_TRUE(plain) << plain.problems().to_string();
  EXPECT_THAT(types_of(*plain), ElementsAre("MatMul"));
  EXPECT_THAT(posts_of(plain->operators[0]), ElementsAre("identity"));
}

TEST(Quantization, IntegerSumsThatLeaveAreThirtyTwoBits) {
  OnnxBuilder b;
  b.input("x", {1, 8, 16, 16}, ElementType::uint8).output("y").weight("w", {4, 8, 1, 1}, ElementType::uint8);
  b.node("ConvInteger", {"x", "w"}, {"y"});
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[1]), Precision::int8);
  EXPECT_EQ(precision_of(*n, n->operators[0].output), Precision::fp32);
  EXPECT_EQ(n->macs(), 16 * 16 * 8 * 4);
}

TEST(Quantization, OperatorsOfMicrosoft) {
  OnnxBuilder b;
  const std::string ms = "com.microsoft";
  b.input("a", {1, 8, 4, 4}, ElementType::uint8).input("b", {1, 8, 4, 4}, ElementType::uint8).output("y");
  scale(b, "a"), scale(b, "b"), scale(b, "c");
  const std::vector<std::string> two{"a", "a_s", "a_z", "b", "b_s", "b_z", "c_s", "c_z"};
  b.node("QLinearAdd", two, {"sum"}, {}, ms);
  b.node("QLinearMul", {"sum", "a_s", "a_z", "b", "b_s", "b_z", "c_s", "c_z"}, {"product"}, {}, ms);
  b.node("QLinearSigmoid", {"product", "a_s", "a_z", "c_s", "c_z"}, {"gate"}, {}, ms);
  b.node("QLinearConcat", {"c_s", "c_z", "gate", "a_s", "a_z", "sum", "b_s", "b_z"}, {"both"}, {{"=axis", {1}}}, ms);
  b.node("QLinearGlobalAveragePool", {"both", "a_s", "a_z", "c_s", "c_z"}, {"y"}, {{"=channels_last", {0}}}, ms);
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  EXPECT_THAT(posts_of(operator_of(*n, "sum")), ElementsAre("requantize"));
  EXPECT_THAT(posts_of(operator_of(*n, "product")), ElementsAre("requantize", "sigmoid", "requantize"));
  EXPECT_THAT(posts_of(operator_of(*n, "y")), ElementsAre("requantize"));
  for (const char* name : {"sum", "product", "y"}) {
    const Operator& op = operator_of(*n, name);
    EXPECT_EQ(precision_of(*n, op.inputs[0]), Precision::int8) << name;
    EXPECT_EQ(precision_of(*n, op.output), Precision::int8) << name;
  }
  EXPECT_EQ(tensor_of(*n, "y").dims, (std::vector<std::int64_t>{1, 16, 1, 1}));
}

// [N, blocks, bytes]: 32 columns of 64 weights in two blocks of 32, half a byte each.
TEST(Quantization, WeightsOfFourBitsAreAMatrix) {
  OnnxBuilder b;
  b.input("x", {2, 5, 64}).output("y").weight("w", {32, 2, 16}, ElementType::uint8).weight("s", {64});
  b.node("MatMulNBits", {"x", "w", "s"}, {"y"}, {{"=K", {64}}, {"=N", {32}}, {"=bits", {4}}, {"=block_size", {32}}},
         "com.microsoft");
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  EXPECT_EQ(n->macs(), 2 * 5 * 64 * 32);
  EXPECT_EQ(n->parameters, 64 * 32);
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[1]), Precision::int4);
  EXPECT_EQ(tensor_of(*n, "y").dims, (std::vector<std::int64_t>{2, 5, 32}));
}

TEST(Quantization, WeightsThatACastMakesFloatingPointKeepTheirFormat) {
  OnnxBuilder b;
  b.input("x", {1, 3, 16, 16}).output("y").weight("w", {8, 3, 3, 3}, ElementType::int8).weight("s", {8, 1, 1, 1});
  b.node("Cast", {"w"}, {"wf"}, {{"=to", {1}}}).node("Mul", {"s", "wf"}, {"ws"});
  b.node("Conv", {"x", "ws"}, {"y"}, {{"pads", {1, 1, 1, 1}}});
  const auto n = b.read(13, kKept);
  ASSERT_TRUE(n) << n.problems().to_string();
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[0]), Precision::fp32);
  EXPECT_EQ(precision_of(*n, n->operators[0].inputs[1]), Precision::int8);
}

// A branch reads what a conversion makes: without the conversion it reads what that converted.
TEST(Quantization, BodiesReadWhatIsLeftOfTheConversions) {
  for (const bool kept : {false, true}) {
    OnnxBuilder b;
    b.input("x", {2, 8}).output("y").weight("w", {8, 4}).raw("yes", 9, {}, std::string(1, '\1'));
    scale(b, "x");
    convert(b, "QuantizeLinear", "x", "xq", "x");
    convert(b, "DequantizeLinear", "xq", "xd", "x");
    const auto then = OnnxBuilder().output("t").node("MatMul", {"xd", "w"}, {"t"});
    const auto otherwise = OnnxBuilder().output("xd");
    b.control("If", {"yes"}, {"y"}, {{"then_branch", then}, {"else_branch", otherwise}});
    const auto n = b.read(13, kept ? kKept : ReadOptions{});
    ASSERT_TRUE(n) << n.problems().to_string();
    EXPECT_EQ(n->macs(), 2 * 8 * 4);
  }
}

// x W for queries, keys and values of two heads, their scores and sums: 5 x 16 x 48 + 2 x 5 x 5 x 16.
TEST(Quantization, AttentionOfQuantisedOperands) {
  OnnxBuilder b;
  b.input("x", {1, 5, 16}, ElementType::uint8).output("y").weight("w", {16, 48}, ElementType::int8);
  b.weight("bias", {48}).weight("xs", {}).weight("ws", {}).weight("xz", {}, ElementType::uint8);
  b.weight("wz", {}, ElementType::int8);
  b.node("QAttention", {"x", "w", "bias", "xs", "ws", "", "xz", "wz"}, {"y"}, {{"=num_heads", {2}}}, "com.microsoft");
  for (const bool kept : {false, true}) {
    const auto n = b.read(13, kept ? kKept : ReadOptions{});
    ASSERT_TRUE(n) << n.problems().to_string();
    EXPECT_EQ(n->macs(), 5 * 16 * 48 + 2 * 5 * 5 * 16);
    EXPECT_EQ(tensor_of(*n, "y").dims, (std::vector<std::int64_t>{1, 5, 16}));
  }
}

// 3 steps of a batch of 2: 5 inputs and 4 numbers of state by 16 columns. W and R have inputs before gates.
TEST(Quantization, AnLstmWithQuantisedWeights) {
  OnnxBuilder b;
  b.input("x", {3, 2, 5}).output("y").weight("w", {1, 5, 16}, ElementType::int8);
  b.weight("r", {1, 4, 16}, ElementType::int8).weight("ws", {1}).weight("rs", {1});
  b.weight("wz", {1}, ElementType::int8).weight("rz", {1}, ElementType::int8);
  b.node("DynamicQuantizeLSTM", {"x", "w", "r", "", "", "", "", "", "ws", "wz", "rs", "rz"}, {"y"},
         {{"=hidden_size", {4}}}, "com.microsoft");
  for (const bool kept : {false, true}) {
    const auto n = b.read(13, kept ? kKept : ReadOptions{});
    ASSERT_TRUE(n) << n.problems().to_string();
    EXPECT_EQ(n->macs(), 3 * 2 * (5 + 4) * 16);
    EXPECT_EQ(tensor_of(*n, "y").dims, (std::vector<std::int64_t>{3, 1, 2, 4}));
  }
}

struct Refused {
  const char* what;
  std::string type;
  std::vector<std::string> inputs;
  std::map<std::string, OnnxBuilder::Ints> attributes;
  std::string domain, message;
};
void PrintTo(const Refused& r, std::ostream* out) { *out << r.what; }

class RefusedQuantization : public testing::TestWithParam<Refused> {};

TEST_P(RefusedQuantization, NamesTheNodeAndTheCause) {
  OnnxBuilder b;
  b.input("x", {1, 8, 4, 4}, ElementType::uint8).output("y").weight("w", {8, 8, 1, 1}, ElementType::uint8);
  scale(b, "x");
  b.node(GetParam().type, GetParam().inputs, {"y"}, GetParam().attributes, GetParam().domain);
  for (const ReadOptions& options : {ReadOptions{}, kKept}) {
    const auto n = b.read(13, options);
    ASSERT_FALSE(n);
    EXPECT_THAT(n.problems().to_string(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedQuantization,
    testing::Values(
        Refused{"FewInputs",
                "QLinearConv",
                {"x", "x_s", "x_z"},
                {},
                "",
                "node 'y' (QLinearConv): it has 3 input(s), but takes at least 8"},
        Refused{"MissingOperand",
                "QLinearConv",
                {"x", "x_s", "x_z", "", "x_s", "x_z", "x_s", "x_z"},
                {},
                "",
                "node 'y' (QLinearConv): input 3 is missing"},
        Refused{"ChannelsLast",
                "QLinearGlobalAveragePool",
                {"x", "x_s", "x_z", "x_s", "x_z"},
                {{"=channels_last", {1}}},
                "com.microsoft",
                "attribute 'channels_last' is 1"},
        Refused{"NoSizes", "MatMulNBits", {"x", "w", "x_s"}, {}, "com.microsoft", "its attributes 'K' and 'N' must be"},
        Refused{"TooFewWeights",
                "MatMulNBits",
                {"x", "w", "x_s"},
                {{"=K", {64}}, {"=N", {64}}},
                "com.microsoft",
                "its weights of 64 byte(s) are too few for 64 x 64 numbers of 4 bits"}),
    [](const auto& one) { return std::string(one.param.what); });

}  // namespace
}  // namespace tessera::models::tests
