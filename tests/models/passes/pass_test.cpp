// Every pass on a graph of a few nodes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// x -> Conv -> "c", with weights and bias.
OnnxBuilder conv() {
  return OnnxBuilder()
      .input("x", {1, 3, 8, 8})
      .weight("w", {4, 3, 3, 3})
      .weight("b", {4})
      .node("Conv", {"x", "w", "b"}, {"c"});
}

Network read(const OnnxBuilder& b) {
  auto n = b.read();
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

TEST(Fusion, AnActivationJoinsItsConvolution) {
  for (const auto& [type, function] :
       {std::pair{"Relu", "relu"}, std::pair{"LeakyRelu", "leaky_relu"}, std::pair{"Sigmoid", "sigmoid"},
        std::pair{"HardSwish", "hard_swish"}, std::pair{"Tanh", "tanh"}, std::pair{"Clip", "clip"}}) {
    const Network n = read(conv().node(type, {"c"}, {"y"}).output("y"));
    ASSERT_EQ(n.operators.size(), 1U) << type;
    EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("identity", function));
    EXPECT_EQ(n.tensors[n.operators[0].output].name, "y");
    EXPECT_EQ(n.tensors[n.operators[0].posts[0].parameter].name, "b");
  }
}

TEST(Fusion, SiluInThreeNodes) {
  const Network n = read(conv().node("Sigmoid", {"c"}, {"s"}).node("Mul", {"c", "s"}, {"y"}).output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("identity", "silu"));
}

TEST(Fusion, NotWhereSomebodyElseReadsWhatLiesBetween) {
  const Network two = read(conv().node("Relu", {"c"}, {"y"}).node("Add", {"c", "y"}, {"z"}).output("z"));
  EXPECT_EQ(two.operators.size(), 3U);
  const Network leaves = read(conv().node("Relu", {"c"}, {"y"}).output("y").output("c"));
  EXPECT_EQ(leaves.operators.size(), 2U);
}

TEST(Fusion, BatchNormalizationFoldsIntoTheWeights) {
  const auto norm = [](OnnxBuilder b) {
    return b.weight("s", {4}).weight("o", {4}).weight("m", {4}).weight("v", {4}).node("BatchNormalization",
                                                                                      {"c", "s", "o", "m", "v"}, {"n"});
  };
  const Network n = read(norm(conv()).node("Relu", {"n"}, {"y"}).output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("identity", "relu"));
  const Network bare =
      read(norm(OnnxBuilder().input("x", {1, 3, 8, 8}).weight("w", {4, 3, 3, 3}).node("Conv", {"x", "w"}, {"c"}))
               .output("n"));
  ASSERT_EQ(bare.operators.size(), 1U);
  EXPECT_THAT(posts_of(bare.operators[0]), ElementsAre("identity"));
}

TEST(Fusion, BatchNormalizationAloneStaysAVectorOperatorAndTakesScaleShiftAndRelu) {
  const Network n = read(OnnxBuilder()
                             .input("c", {1, 4, 8, 8})
                             .weight("s", {4})
                             .weight("o", {4})
                             .weight("m", {4})
                             .weight("v", {4})
                             .weight("k", {4, 1, 1})
                             .node("BatchNormalization", {"c", "s", "o", "m", "v"}, {"n"})
                             .node("Mul", {"n", "k"}, {"p"})
                             .node("Add", {"p", "k"}, {"q"})
                             .node("Relu", {"q"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_EQ(n.operators[0].unit, Unit::vector);
  EXPECT_EQ(n.operators[0].function, Function::batchnorm);
  EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("relu"));
  EXPECT_EQ(n.tensors[n.operators[0].inputs[1]].shape, (Shape{1, 1, 1, 4}));
}

TEST(Fusion, BiasAndGeluBehindAMatrixProduct) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 8, 16})
                             .weight("w", {16, 32})
                             .weight("b", {32})
                             .weight("k", {1})
                             .node("MatMul", {"x", "w"}, {"m"})
                             .node("Add", {"m", "b"}, {"a"})
                             .node("Div", {"a", "k"}, {"d"})
                             .node("Erf", {"d"}, {"e"})
                             .node("Add", {"e", "k"}, {"f"})
                             .node("Mul", {"a", "f"}, {"g"})
                             .node("Mul", {"g", "k"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("identity", "gelu"));
}

TEST(Fusion, GeluWithTanhInEightNodes) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 8, 16})
                             .weight("k", {1})
                             .node("Mul", {"x", "k"}, {"half"})
                             .node("Pow", {"x", "k"}, {"p"})
                             .node("Mul", {"p", "k"}, {"q"})
                             .node("Add", {"x", "q"}, {"r"})
                             .node("Mul", {"r", "k"}, {"s"})
                             .node("Tanh", {"s"}, {"t"})
                             .node("Add", {"t", "k"}, {"u"})
                             .node("Mul", {"half", "u"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_EQ(n.operators[0].function, Function::gelu);
}

TEST(Fusion, LayerNormalizationInNineNodes) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 8, 16})
                             .weight("k", {1})
                             .weight("g", {16})
                             .weight("b", {16})
                             .node("ReduceMean", {"x"}, {"m"}, {{"axes", {-1}}})
                             .node("Sub", {"x", "m"}, {"d"})
                             .node("Pow", {"d", "k"}, {"p"})
                             .node("ReduceMean", {"p"}, {"v"}, {{"axes", {-1}}})
                             .node("Add", {"v", "k"}, {"e"})
                             .node("Sqrt", {"e"}, {"r"})
                             .node("Div", {"d", "r"}, {"q"})
                             .node("Mul", {"q", "g"}, {"s"})
                             .node("Add", {"s", "b"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_EQ(n.operators[0].function, Function::layernorm);
  EXPECT_EQ(n.operators[0].inputs.size(), 2U);
  EXPECT_EQ(n.operators[0].parameter_elements, 32);
  EXPECT_TRUE(n.operators[0].vector.reduced[kC]);
}

TEST(Fusion, AScaleFoldsIntoConstantWeightsButCostsBehindActivations) {
  const Network constant = read(OnnxBuilder()
                                    .input("x", {8, 16})
                                    .weight("w", {16, 4})
                                    .weight("k", {1})
                                    .node("MatMul", {"x", "w"}, {"m"})
                                    .node("Div", {"m", "k"}, {"y"})
                                    .output("y"));
  EXPECT_THAT(posts_of(constant.operators.at(0)), IsEmpty());
  const Network active = read(OnnxBuilder()
                                  .input("x", {8, 16})
                                  .input("w", {16, 4})
                                  .weight("k", {1})
                                  .node("MatMul", {"x", "w"}, {"m"})
                                  .node("Div", {"m", "k"}, {"y"})
                                  .output("y"));
  EXPECT_THAT(posts_of(active.operators.at(0)), ElementsAre("div"));
}

TEST(Fusion, AReluBehindAResidualAddIsOneVectorOperator) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 4, 8, 8})
                             .input("z", {1, 4, 8, 8})
                             .node("Add", {"x", "z"}, {"a"})
                             .node("Relu", {"a"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_EQ(n.operators[0].function, Function::add);
  EXPECT_THAT(posts_of(n.operators[0]), ElementsAre("relu"));
}

TEST(Fusion, PadJoinsTheConvolution) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 8, 8})
                             .weight("w", {4, 3, 3, 3})
                             .shape("p", {0, 0, 0, 1, 0, 0, 2, 1})
                             .node("Pad", {"x", "p"}, {"padded"})
                             .node("Conv", {"padded", "w"}, {"y"}, {{"pads", {1, 0, 0, 0}}})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1U);
  const PeGeometry& g = n.operators[0].pe;
  EXPECT_EQ(g.pad_top, 1);
  EXPECT_EQ(g.pad_bottom, 2);
  EXPECT_EQ(g.pad_left, 1);
  EXPECT_EQ(g.pad_right, 1);
}

TEST(Fusion, AScalarOperandIsDropped) {
  const Network n = read(OnnxBuilder().input("x", {1, 8}).weight("k", {}).node("Mul", {"x", "k"}, {"y"}).output("y"));
  EXPECT_EQ(n.operators.at(0).inputs.size(), 1U);
}

TEST(Fusion, ASumOfThreeIsTwoOperators) {
  const Network n = read(OnnxBuilder()
                             .input("a", {2, 8})
                             .input("b", {2, 8})
                             .input("c", {2, 8})
                             .node("Sum", {"a", "b", "c"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 2U);
  EXPECT_EQ(n.operators[1].inputs[0], n.operators[0].output);
  EXPECT_EQ(n.tensors[n.operators[1].output].name, "y");
}

TEST(Fusion, ASelectionReadsTooMuchToJoinAnotherOperator) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 3, 4, 4})
                     .weight("w", {2, 3, 1, 1})
                     .weight("mask", {1})
                     .weight("fill", {1})
                     .output("y")
                     .node("Conv", {"x", "w"}, {"c"})
                     .node("Where", {"mask", "c", "fill"}, {"s"})
                     .node("Relu", {"s"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 2U);
  EXPECT_TRUE(n->operators[0].posts.empty());
  EXPECT_EQ(n->operators[1].function, Function::where);
  EXPECT_EQ(posts_of(n->operators[1]), (std::vector<std::string>{"relu"}));
}

}  // namespace
}  // namespace tessera::models::tests
