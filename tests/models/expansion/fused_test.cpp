// Operators of com.microsoft that fuse what networks otherwise spell out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Ints = OnnxBuilder::Ints;
const std::string kMicrosoft = "com.microsoft";

Network read(const OnnxBuilder& b) {
  auto n = b.read(17);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

std::string refusal(const OnnxBuilder& b) {
  const auto n = b.read(17);
  return n.ok() ? "" : n.problems().to_string();
}

TEST(SkipNormalization, IsASumAndANormalization) {
  const Network n = read(
      OnnxBuilder()
          .input("x", {1, 4, 8})
          .input("skip", {1, 4, 8})
          .weight("gamma", {8})
          .weight("beta", {8})
          .weight("bias", {8})
          .node("SkipLayerNormalization", {"x", "skip", "gamma", "beta", "bias"}, {"y", "", "", "sum"}, {}, kMicrosoft)
          .output("y")
          .output("sum"));
  ASSERT_EQ(n.operators.size(), 3U);
  EXPECT_EQ(operator_of(n, "y/normalized").parameter_elements, 16);
  EXPECT_EQ(operator_of(n, "y/normalized").inputs[0], operator_of(n, "y/sum").output);
  EXPECT_EQ(tensor_of(n, "sum").producer, tensor_of(n, "sum").producer);
  EXPECT_EQ(operator_of(n, "y/sum").output, tensor_of(n, "sum").root);
}

// The bias goes into the product before it, as it does where a network spells it out.
TEST(SkipNormalization, ABiasJoinsTheProductBefore) {
  const Network n =
      read(OnnxBuilder()
               .input("x", {4, 8})
               .input("skip", {4, 8})
               .weight("w", {8, 8})
               .weight("gamma", {8})
               .weight("bias", {8})
               .node("MatMul", {"x", "w"}, {"p"})
               .node("SkipSimplifiedLayerNormalization", {"p", "skip", "gamma", "bias"}, {"y"}, {}, kMicrosoft)
               .output("y"));
  ASSERT_EQ(n.operators.size(), 3U);
  EXPECT_THAT(posts_of(operator_of(n, "p")), ElementsAre("identity"));
}

TEST(SkipNormalization, RefusesItsStatisticsByName) {
  EXPECT_THAT(refusal(OnnxBuilder()
                          .input("x", {1, 4, 8})
                          .input("skip", {1, 4, 8})
                          .weight("gamma", {8})
                          .node("SkipLayerNormalization", {"x", "skip", "gamma"}, {"y", "mean"}, {}, kMicrosoft)
                          .output("y")
                          .output("mean")),
              HasSubstr("node 'y' (com.microsoft::SkipLayerNormalization): somebody reads output 1"));
}

TEST(SkipNormalization, EmbeddingsAreRowsOfThreeTables) {
  const Network n =
      read(OnnxBuilder()
               .input("ids", {1, 4})
               .input("segments", {1, 4})
               .weight("words", {100, 8})
               .weight("positions", {32, 8})
               .weight("types", {2, 8})
               .weight("gamma", {8})
               .weight("beta", {8})
               .node("EmbedLayerNormalization", {"ids", "segments", "words", "positions", "types", "gamma", "beta"},
                     {"y"}, {}, kMicrosoft)
               .output("y"));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{1, 4, 8}));
  EXPECT_EQ(n.parameters, 800 + 256 + 16 + 16);
  EXPECT_EQ(std::count_if(n.operators.begin(), n.operators.end(), [](const auto& op) { return op.type == "Gather"; }),
            2);
}

TEST(Gelus, JoinTheProductBeforeThem) {
  for (const char* type : {"FastGelu", "BiasGelu"}) {
    const Network n = read(OnnxBuilder()
                               .input("x", {4, 8})
                               .weight("w", {8, 8})
                               .weight("b", {8})
                               .node("MatMul", {"x", "w"}, {"p"})
                               .node(type, {"p", "b"}, {"y"}, {}, kMicrosoft)
                               .output("y"));
    ASSERT_EQ(n.operators.size(), 1U) << type;
    EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("identity", "gelu"));
  }
  const Network n = read(OnnxBuilder()
                             .input("x", {4, 8})
                             .weight("w", {8, 8})
                             .weight("b", {8})
                             .node("GemmFastGelu", {"x", "w", "b"}, {"y"}, {}, kMicrosoft)
                             .node("Gelu", {"y"}, {"z"}, {}, kMicrosoft)
                             .output("z"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("identity", "gelu", "gelu"));
}

// x * sigmoid(1.702 x), as CLIP writes it, is one function however it is written.
TEST(Gelus, QuickGeluIsOneFunction) {
  const Network fused =
      read(OnnxBuilder().input("x", {4, 8}).node("QuickGelu", {"x"}, {"y"}, {}, kMicrosoft).output("y"));
  const Network spelt = read(OnnxBuilder()
                                 .input("x", {4, 8})
                                 .weight("alpha", {})
                                 .node("Mul", {"x", "alpha"}, {"a"})
                                 .node("Sigmoid", {"a"}, {"s"})
                                 .node("Mul", {"x", "s"}, {"y"})
                                 .output("y"));
  for (const Network* n : {&fused, &spelt}) {
    ASSERT_EQ(n->operators.size(), 1U);
    EXPECT_EQ(n->operators[0].function, base::Function::gelu);
  }
  // Another factor for each column is no number of the table.
  EXPECT_EQ(read(OnnxBuilder()
                     .input("x", {4, 8})
                     .weight("alpha", {8})
                     .node("Mul", {"x", "alpha"}, {"a"})
                     .node("Sigmoid", {"a"}, {"s"})
                     .node("Mul", {"x", "s"}, {"y"})
                     .output("y"))
                .operators.size(),
            2U);
}

TEST(Gelus, OneHalfGatesTheOther) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 4, 16})
                             .weight("b", {16})
                             .node("BiasSplitGelu", {"x", "b"}, {"y"}, {}, kMicrosoft)
                             .output("y"));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{1, 4, 8}));
  EXPECT_EQ(tensor_of(n, "y/right").offset[kC], 8);
  EXPECT_EQ(n.operators.size(), 3U);
}

TEST(FusedProducts, MatMulTransposesAndScales) {
  const Network n =
      read(OnnxBuilder()
               .input("a", {2, 6, 4})
               .input("b", {2, 5, 4})
               .node("FusedMatMul", {"a", "b"}, {"y"}, {{"=transB", {1}}, {"~alpha=0.125", {}}}, kMicrosoft)
               .output("y"));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{2, 6, 5}));
  EXPECT_EQ(n.macs(), 2 * 6 * 5 * 4);
  EXPECT_THAT(posts_of(operator_of(n, "y/product")), ElementsAre("mul"));
  // A constant is stored as it is needed.
  const Network constant = read(OnnxBuilder()
                                    .input("a", {6, 4})
                                    .weight("b", {5, 4})
                                    .node("FusedMatMul", {"a", "b"}, {"y"}, {{"=transB", {1}}}, kMicrosoft)
                                    .output("y"));
  ASSERT_EQ(constant.operators.size(), 1U);
  EXPECT_EQ(constant.parameters, 20);
}

// A [3, 6, 2, 4] with its first axis moved before the last: six matrices by 2 of rows by 3... as the operator's
// documentation has it, [6, 2, 3, 4].
TEST(FusedProducts, MatMulMovesABatchAxisBeforeTheLast) {
  const Network n = read(OnnxBuilder()
                             .input("a", {3, 6, 2, 4})
                             .input("b", {6, 2, 4, 5})
                             .node("FusedMatMul", {"a", "b"}, {"y"}, {{"=transBatchA", {1}}}, kMicrosoft)
                             .output("y"));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{6, 2, 3, 5}));
  EXPECT_EQ(n.macs(), 6 * 2 * 3 * 4 * 5);
}

TEST(FusedProducts, ConvAndGemmRunTheirActivation) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 8, 8})
                             .weight("w", {4, 3, 3, 3})
                             .weight("b", {4})
                             .input("z", {1, 4, 6, 6})
                             .node("FusedConv", {"x", "w", "b"}, {"c"}, {{"@activation=Relu", {}}}, kMicrosoft)
                             .node("FusedConv", {"x", "w", "b", "z"}, {"d"}, {{"@activation=Relu", {}}}, kMicrosoft)
                             .output("c")
                             .output("d"));
  EXPECT_EQ(n.macs(), 2 * 6 * 6 * 4 * 27);
  EXPECT_THAT(posts_of(operator_of(n, "c/conv")), ElementsAre("identity", "relu"));
  EXPECT_THAT(posts_of(operator_of(n, "d/sum")), ElementsAre("relu"));
  const Network gemm =
      read(OnnxBuilder()
               .input("x", {4, 8})
               .weight("w", {5, 8})
               .weight("b", {5})
               .node("FusedGemm", {"x", "w", "b"}, {"y"}, {{"=transB", {1}}, {"@activation=Tanh", {}}}, kMicrosoft)
               .output("y"));
  ASSERT_EQ(gemm.operators.size(), 1U);
  EXPECT_THAT(posts_of(gemm.operators[0]), ElementsAre("identity", "tanh"));
}

// A block of a diffusion model as onnxruntime's optimizer leaves it: the same as of images.
TEST(ChannelsLast, AreTheOperatorsOfImages) {
  OnnxBuilder last;
  last.input("x", {2, 8, 6, 4})
      .input("z", {2, 8, 6, 8})
      .output("y")
      .output("s")
      .weight("w", {8, 3, 3, 4})
      .weight("b", {8});
  last.weight("g", {8}).weight("h", {8}).node("NhwcConv", {"x", "w", "b"}, {"c"}, {{"pads", {1, 1, 1, 1}}}, kMicrosoft);
  last.node("GroupNorm", {"c", "g", "h"}, {"n"}, {{"=groups", {2}}, {"=activation", {1}}}, kMicrosoft);
  last.node("SkipGroupNorm", {"n", "g", "h", "z", "b"}, {"y", "s"}, {{"=groups", {4}}, {"=activation", {0}}},
            kMicrosoft);
  const Network n = read(last);
  EXPECT_EQ(n.macs(), 2 * 8 * 6 * 8 * 4 * 9);
  std::vector<std::string> types;
  for (const Operator& op : n.operators) types.push_back(op.type);
  EXPECT_THAT(types, ElementsAre("Conv", "GroupNormalization", "Silu", "Add", "Add", "GroupNormalization"));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{2, 8, 6, 8}));
  const Network rows = read(OnnxBuilder()
                                .input("x", {1, 6, 8})
                                .input("z", {1, 6, 8})
                                .weight("b", {8})
                                .node("BiasAdd", {"x", "b", "z"}, {"y"}, {}, kMicrosoft)
                                .output("y"));
  EXPECT_EQ(rows.operators.size(), 2U);
  EXPECT_THAT(refusal(OnnxBuilder()
                          .input("x", {2, 8, 6, 4})
                          .weight("w", {8, 3, 3, 5})
                          .node("NhwcConv", {"x", "w"}, {"y"}, {}, kMicrosoft)
                          .output("y")),
              HasSubstr("weights [8, 3, 3, 5] do not fit an input [2, 8, 6, 4]"));
}

TEST(FusedProducts, SayWhatDoesNotFit) {
  EXPECT_THAT(
      refusal(OnnxBuilder()
                  .input("x", {4, 8})
                  .weight("w", {5, 8})
                  .node("FusedGemm", {"x", "w"}, {"y"}, {{"=transB", {1}}, {"@activation=Sine", {}}}, kMicrosoft)
                  .output("y")),
      HasSubstr("attribute 'activation' is 'Sine', but must be one of"));
  EXPECT_THAT(refusal(OnnxBuilder()
                          .input("a", {6, 4})
                          .input("b", {5, 4})
                          .node("FusedMatMul", {"a", "b"}, {"y"}, {}, kMicrosoft)
                          .output("y")),
              HasSubstr("matrices [6, 4] and [5, 4] do not multiply"));
}

}  // namespace
}  // namespace tessera::models::tests
