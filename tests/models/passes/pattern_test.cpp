// Operators spelt out in small nodes, in every writing that exporters use; each becomes what the single operator is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::ElementsAre;

// A node of a writing: type, its inputs, its output. "x" is what goes in, "y" what comes out, "k" a number.
struct Step {
  std::string type;
  std::vector<std::string> inputs;
  std::string output;
  std::map<std::string, OnnxBuilder::Ints> attributes = {};
};
using Writing = std::vector<Step>;

// x [2, 4, 8] -> writing -> y. With `product`, x is a product with constant weights.
Network read(const Writing& writing, bool product = false) {
  OnnxBuilder b;
  b.input(product ? "input" : "x", {2, 4, 8}).weight("k", {1}).weight("g", {8}).weight("b", {8}).output("y");
  if (product) b.weight("w", {8, 8}).node("MatMul", {"input", "w"}, {"x"});
  for (const Step& s : writing) b.node(s.type, s.inputs, {s.output}, s.attributes);
  auto n = b.read();
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

void expect_function(const Writing& writing, const std::string& function) {
  const Network alone = read(writing);
  ASSERT_EQ(alone.operators.size(), 1U) << function << " of " << writing.size() << " nodes";
  EXPECT_EQ(base::to_string(alone.operators[0].function), function);
  EXPECT_TRUE(alone.operators[0].posts.empty());
  const Network fused = read(writing, true);
  ASSERT_EQ(fused.operators.size(), 1U) << function;
  EXPECT_THAT(posts_of(fused.operators[0]), ElementsAre(function));
}

TEST(Patterns, GeluWithErf) {
  const Step scale{"Div", {"x", "k"}, "s"}, erf{"Erf", {"s"}, "e"}, one{"Add", {"e", "k"}, "o"};
  expect_function({scale, erf, one, {"Mul", {"x", "o"}, "p"}, {"Mul", {"p", "k"}, "y"}}, "gelu");
  expect_function({scale, erf, one, {"Mul", {"x", "k"}, "h"}, {"Mul", {"h", "o"}, "y"}}, "gelu");
  expect_function({scale, erf, one, {"Mul", {"k", "o"}, "h"}, {"Mul", {"h", "x"}, "y"}}, "gelu");
  expect_function(
      {{"Mul", {"x", "k"}, "h"}, {"Mul", {"k", "x"}, "s"}, erf, {"Add", {"k", "e"}, "o"}, {"Mul", {"o", "h"}, "y"}},
      "gelu");
  expect_function({scale, erf, one, {"Mul", {"x", "o"}, "y"}}, "gelu");  // the half is in the weights behind it
}

TEST(Patterns, GeluWithTanh) {
  const Step tanh{"Tanh", {"s"}, "t"}, one{"Add", {"t", "k"}, "u"}, cubic{"Mul", {"p", "k"}, "q"};
  const Step sum{"Add", {"x", "q"}, "r"}, scale{"Mul", {"r", "k"}, "s"};
  const Step half{"Mul", {"x", "k"}, "h"}, product{"Mul", {"h", "u"}, "y"};
  const Step power{"Pow", {"x", "k"}, "p"};
  expect_function({half, power, cubic, sum, scale, tanh, one, product}, "gelu");
  // The cube as two products, the half last.
  expect_function({{"Mul", {"x", "x"}, "xx"},
                   {"Mul", {"xx", "x"}, "p"},
                   cubic,
                   sum,
                   scale,
                   tanh,
                   one,
                   {"Mul", {"x", "u"}, "v"},
                   {"Mul", {"v", "k"}, "y"}},
                  "gelu");
  // x (0.5 + 0.5 tanh(x (a + b x^2))).
  expect_function({{"Mul", {"x", "x"}, "xx"},
                   {"Mul", {"xx", "k"}, "q"},
                   {"Add", {"q", "k"}, "r"},
                   {"Mul", {"x", "r"}, "s"},
                   tanh,
                   {"Mul", {"t", "k"}, "v"},
                   {"Add", {"v", "k"}, "u"},
                   {"Mul", {"x", "u"}, "y"}},
                  "gelu");
}

TEST(Patterns, GatedFunctions) {
  expect_function({{"Sigmoid", {"x"}, "s"}, {"Mul", {"x", "s"}, "y"}}, "silu");
  expect_function({{"Mul", {"x", "k"}, "a"}, {"Sigmoid", {"a"}, "s"}, {"Mul", {"x", "s"}, "y"}}, "gelu");
  expect_function({{"HardSigmoid", {"x"}, "s"}, {"Mul", {"s", "x"}, "y"}}, "hard_swish");
  const Step shift{"Add", {"x", "k"}, "a"}, clip{"Clip", {"a"}, "c"};
  expect_function({shift, clip, {"Mul", {"x", "c"}, "p"}, {"Div", {"p", "k"}, "y"}}, "hard_swish");
  expect_function({shift, clip, {"Div", {"c", "k"}, "d"}, {"Mul", {"x", "d"}, "y"}}, "hard_swish");
  expect_function({shift, clip, {"Div", {"c", "k"}, "y"}}, "hard_sigmoid");
}

TEST(Patterns, MishAndSoftplus) {
  const Step tanh{"Tanh", {"p"}, "t"}, product{"Mul", {"x", "t"}, "y"};
  expect_function({{"Softplus", {"x"}, "p"}, tanh, product}, "mish");
  const Step exp{"Exp", {"x"}, "e"}, one{"Add", {"e", "k"}, "o"};
  expect_function({exp, one, {"Log", {"o"}, "p"}, tanh, product}, "mish");
  expect_function({exp, one, {"Log", {"o"}, "y"}}, "softplus");
}

TEST(Patterns, NotWhereSomebodyElseReadsWhatLiesBetween) {
  OnnxBuilder b;
  b.input("x", {2, 4, 8}).output("y").output("t");
  const auto n = b.node("Softplus", {"x"}, {"p"}).node("Tanh", {"p"}, {"t"}).node("Mul", {"x", "t"}, {"y"}).read();
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->operators.back().function, Function::mul);
  // Two tensors that have nothing to do with each other are a product and no SiLU.
  OnnxBuilder gate;
  gate.input("x", {2, 4}).input("z", {2, 4}).output("y");
  const auto other = gate.node("Sigmoid", {"z"}, {"s"}).node("Mul", {"x", "s"}, {"y"}).read();
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->operators.size(), 2U);
}

Step mean(const std::string& of, const std::string& into) { return {"ReduceMean", {of}, into, {{"axes", {-1}}}}; }

// One operator over the last axis with `operands` inputs.
void expect_normalization(const Writing& writing, const std::string& function, std::size_t operands,
                          std::int64_t parameters) {
  const Network n = read(writing);
  ASSERT_EQ(n.operators.size(), 1U) << function << " of " << writing.size() << " nodes";
  EXPECT_EQ(base::to_string(n.operators[0].function), function);
  EXPECT_EQ(n.operators[0].inputs.size(), operands);
  EXPECT_EQ(n.operators[0].parameter_elements, parameters);
  EXPECT_TRUE(n.operators[0].vector.reduced[kC]);
}

TEST(Patterns, LayerNormalization) {
  const Step centred{"Sub", {"x", "m"}, "d"}, root{"Sqrt", {"e"}, "r"}, eps{"Add", {"v", "k"}, "e"};
  const Step square{"Pow", {"d", "k"}, "p"}, gain{"Mul", {"q", "g"}, "s"}, shift{"Add", {"s", "b"}, "y"};
  expect_normalization(
      {mean("x", "m"), centred, square, mean("p", "v"), eps, root, {"Div", {"d", "r"}, "q"}, gain, shift}, "layernorm",
      2, 16);
  expect_normalization({mean("x", "m"), centred, square, mean("p", "v"), eps, root, {"Div", {"d", "r"}, "y"}},
                       "layernorm", 1, 0);
  // The difference twice, the square as a product, the root as a reciprocal.
  expect_normalization({mean("x", "m"),
                        centred,
                        {"Sub", {"x", "m"}, "d2"},
                        {"Mul", {"d2", "d2"}, "p"},
                        mean("p", "v"),
                        eps,
                        root,
                        {"Reciprocal", {"r"}, "i"},
                        {"Mul", {"d", "i"}, "q"},
                        gain,
                        shift},
                       "layernorm", 2, 16);
  // x g / s + (b - m g / s).
  expect_normalization({mean("x", "m"),
                        centred,
                        {"Mul", {"d", "d"}, "p"},
                        mean("p", "v"),
                        eps,
                        root,
                        {"Reciprocal", {"r"}, "i"},
                        {"Mul", {"i", "g"}, "a"},
                        {"Mul", {"x", "a"}, "q"},
                        {"Mul", {"m", "a"}, "c"},
                        {"Sub", {"b", "c"}, "f"},
                        {"Add", {"q", "f"}, "y"}},
                       "layernorm", 2, 16);
}

TEST(Patterns, AResidualBehindALayerNormalizationIsNoPartOfIt) {
  const Network n = read({mean("x", "m"),
                          {"Sub", {"x", "m"}, "d"},
                          {"Pow", {"d", "k"}, "p"},
                          mean("p", "v"),
                          {"Add", {"v", "k"}, "e"},
                          {"Sqrt", {"e"}, "r"},
                          {"Div", {"d", "r"}, "q"},
                          {"Add", {"q", "x"}, "y"}});
  ASSERT_EQ(n.operators.size(), 2U);
  EXPECT_EQ(n.operators[0].function, Function::layernorm);
  EXPECT_EQ(n.operators[1].function, Function::add);
}

TEST(Patterns, RootMeanSquare) {
  const Step square{"Pow", {"x", "k"}, "p"}, eps{"Add", {"v", "k"}, "e"}, root{"Sqrt", {"e"}, "r"};
  const Step inverse{"Reciprocal", {"r"}, "i"};
  expect_normalization({square, mean("p", "v"), eps, root, inverse, {"Mul", {"x", "i"}, "q"}, {"Mul", {"g", "q"}, "y"}},
                       "rms_norm", 2, 8);
  expect_normalization(
      {{"Mul", {"x", "x"}, "p"}, mean("p", "v"), eps, root, {"Div", {"x", "r"}, "q"}, {"Mul", {"q", "g"}, "y"}},
      "rms_norm", 2, 8);
  expect_normalization({square, mean("p", "v"), eps, root, {"Div", {"k", "r"}, "i"}, {"Mul", {"x", "i"}, "y"}},
                       "rms_norm", 1, 0);
}

// x / sqrt(mean(x^2) + k) - k: the difference is behind the normalization and no part of it.
TEST(Patterns, ADifferenceIsNoPartOfARootMeanSquare) {
  const Network n = read({{"Pow", {"x", "k"}, "p"},
                          mean("p", "v"),
                          {"Add", {"v", "k"}, "e"},
                          {"Sqrt", {"e"}, "r"},
                          {"Div", {"x", "r"}, "q"},
                          {"Sub", {"q", "k"}, "y"}});
  ASSERT_EQ(n.operators.size(), 2U);
  EXPECT_EQ(n.operators[0].function, Function::rms_norm);
  EXPECT_EQ(n.operators[1].type, "Sub");
}

TEST(Patterns, SoftmaxInFiveNodes) {
  const auto over = [](const std::string& type, const std::string& of, const std::string& into) {
    return Step{type, {of}, into, {{"axes", {-1}}}};
  };
  OnnxBuilder b;
  b.input("x", {2, 4, 8}).shape("last", {-1}).output("y");
  for (const Step& s : {over("ReduceMax", "x", "m"), Step{"Sub", {"x", "m"}, "d"}, Step{"Exp", {"d"}, "e"},
                        Step{"ReduceSum", {"e", "last"}, "t"}, Step{"Div", {"e", "t"}, "y"}})
    b.node(s.type, s.inputs, {s.output}, s.attributes);
  const auto n = b.read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 1U);
  EXPECT_EQ(n->operators[0].function, Function::softmax);
}

// As PyTorch writes it: the groups as channels of an instance normalization, then scale and shift of the true channels.
TEST(Patterns, GroupNormalizationInFiveNodes) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 6, 4, 5})
                     .weight("w", {6, 6, 1, 1})
                     .shape("groups", {0, 3, -1})
                     .shape("image", {1, 6, 4, 5})
                     .weight("one", {3})
                     .weight("zero", {3})
                     .weight("gain", {6, 1, 1})
                     .weight("shift", {6, 1, 1})
                     .node("Conv", {"x", "w"}, {"c"})
                     .node("Reshape", {"c", "groups"}, {"r"})
                     .node("InstanceNormalization", {"r", "one", "zero"}, {"i"})
                     .node("Reshape", {"i", "image"}, {"q"})
                     .node("Mul", {"q", "gain"}, {"s"})
                     .node("Add", {"s", "shift"}, {"y"})
                     .output("y")
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 2U);
  EXPECT_EQ(n->operators[1].type, "GroupNormalization");
  EXPECT_EQ(n->operators[1].function, Function::layernorm);
  EXPECT_EQ(n->operators[1].parameter_elements, 12);
}

// Behind a product a function may stand after reshapes and transposes that leave the elements as they are.
TEST(Patterns, AFunctionBehindAViewJoinsTheProduct) {
  OnnxBuilder b;
  b.input("x", {2, 4, 8}).weight("w", {8, 6}).weight("bias", {6}).weight("k", {1}).shape("s", {8, 6}).output("y");
  b.node("MatMul", {"x", "w"}, {"m"}).node("Reshape", {"m", "s"}, {"r"}).node("Add", {"r", "bias"}, {"a"});
  b.node("Transpose", {"a"}, {"t"}, {{"perm", {1, 0}}});
  b.node("Div", {"t", "k"}, {"d"}).node("Erf", {"d"}, {"e"}).node("Add", {"e", "k"}, {"f"});
  b.node("Mul", {"t", "f"}, {"g"}).node("Mul", {"g", "k"}, {"y"});
  const auto n = b.read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 2U);
  EXPECT_THAT(posts_of(n->operators[0]), ElementsAre("identity", "gelu"));
  EXPECT_EQ(n->operators[1].unit, Unit::movement);  // the transpose
  EXPECT_EQ(tensor_of(*n, "y").dims, (OnnxBuilder::Ints{6, 8}));
}

}  // namespace
}  // namespace tessera::models::tests
