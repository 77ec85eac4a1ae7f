// What torchvision's networks are made of, as they are exported: each is read with the MACs that it has, and with no
// more operators than its work needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::ElementsAre;

Network read(const OnnxBuilder& b, std::int64_t opset = 17) {
  auto n = b.read(opset);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

int count(const Network& n, Unit unit) {
  return static_cast<int>(std::ranges::count(n.operators, unit, &Operator::unit));
}

// mobilenet_v3: expand, hard swish, depthwise, squeeze and excite with a hard sigmoid, project.
TEST(Constructs, InvertedResidualOfMobileNetV3) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 16, 14, 14})
                             .weight("we", {64, 16, 1, 1})
                             .weight("wd", {64, 1, 5, 5})
                             .weight("w1", {16, 64, 1, 1})
                             .weight("w2", {64, 16, 1, 1})
                             .weight("wp", {16, 64, 1, 1})
                             .node("Conv", {"x", "we"}, {"e"})
                             .node("HardSwish", {"e"}, {"eh"})
                             .node("Conv", {"eh", "wd"}, {"d"}, {{"=group", {64}}, {"pads", {2, 2, 2, 2}}})
                             .node("HardSwish", {"d"}, {"dh"})
                             .node("GlobalAveragePool", {"dh"}, {"g"})
                             .node("Conv", {"g", "w1"}, {"s1"})
                             .node("Relu", {"s1"}, {"s2"})
                             .node("Conv", {"s2", "w2"}, {"s3"})
                             .node("HardSigmoid", {"s3"}, {"s4"})
                             .node("Mul", {"s4", "dh"}, {"m"})
                             .node("Conv", {"m", "wp"}, {"p"})
                             .node("Add", {"p", "x"}, {"y"})
                             .output("y"));
  EXPECT_EQ(n.macs(), 196 * 16 * 64 + 196 * 64 * 25 + 2 * 64 * 16 + 196 * 64 * 16);
  EXPECT_EQ(count(n, Unit::vector), 3);  // pool, scaling, residual
  EXPECT_EQ(count(n, Unit::movement), 0);
}

// efficientnet: SiLU as a sigmoid and a product, also inside the squeeze.
TEST(Constructs, SqueezeAndExciteOfEfficientNet) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 32, 14, 14})
                             .weight("w", {32, 32, 1, 1})
                             .weight("w1", {8, 32, 1, 1})
                             .weight("w2", {32, 8, 1, 1})
                             .node("Conv", {"x", "w"}, {"c"})
                             .node("Sigmoid", {"c"}, {"cs"})
                             .node("Mul", {"c", "cs"}, {"a"})
                             .node("GlobalAveragePool", {"a"}, {"g"})
                             .node("Conv", {"g", "w1"}, {"s1"})
                             .node("Sigmoid", {"s1"}, {"t"})
                             .node("Mul", {"s1", "t"}, {"s2"})
                             .node("Conv", {"s2", "w2"}, {"s3"})
                             .node("Sigmoid", {"s3"}, {"s4"})
                             .node("Mul", {"s4", "a"}, {"y"})
                             .output("y"));
  EXPECT_EQ(n.macs(), 196 * 32 * 32 + 2 * 32 * 8);
  EXPECT_THAT(posts_of(operator_of(n, "c")), ElementsAre("silu"));
  EXPECT_THAT(posts_of(operator_of(n, "s1")), ElementsAre("silu"));
  EXPECT_THAT(posts_of(operator_of(n, "s3")), ElementsAre("sigmoid"));
}

// fcn: a head resized to the extents of the input.
TEST(Constructs, HeadThatIsResizedToTheInput) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 32, 48})
                             .weight("w", {5, 3, 3, 3})
                             .weight("none", {0})
                             .shape("two", {2})
                             .shape("four", {4})
                             .shape("head", {1, 5})
                             .shape("zero", {0})
                             .node("Conv", {"x", "w"}, {"c"}, {{"strides", {8, 8}}, {"pads", {1, 1, 1, 1}}})
                             .node("Shape", {"x"}, {"s"})
                             .node("Slice", {"s", "two", "four", "zero"}, {"hw"})
                             .node("Concat", {"head", "hw"}, {"sizes"}, {{"=axis", {0}}})
                             .node("Resize", {"c", "none", "none", "sizes"}, {"y"}, {{"@mode=linear", {}}})
                             .output("y"));
  EXPECT_EQ(n.macs(), 4 * 6 * 5 * 27);
  EXPECT_EQ(tensor_of(n, "y").dims, (OnnxBuilder::Ints{1, 5, 32, 48}));
}

// swin: an image of 8 x 8 is rolled by 2, cut into windows of 4 x 4, and each attends to itself under a mask and a bias
// from a table; then everything goes back.
TEST(Constructs, ShiftedWindowsOfSwin) {
  OnnxBuilder b;
  b.input("x", {1, 8, 8, 32}).output("y").weight("wqkv", {32, 96}).weight("k", {}).weight("mask", {1, 4, 1, 16, 16});
  b.weight("table", {49, 2}).shape("index", OnnxBuilder::Ints(256, 3)).weight("wo", {32, 32});
  const auto roll = [&](const std::string& of, const std::string& into, std::int64_t axis, std::int64_t by) {
    b.shape(into + ".from", {by}).shape(into + ".end", {1 << 30}).shape(into + ".axis", {axis}).shape(into + ".0", {0});
    b.node("Slice", {of, into + ".from", into + ".end", into + ".axis"}, {into + ".a"});
    b.node("Slice", {of, into + ".0", into + ".from", into + ".axis"}, {into + ".b"});
    b.node("Concat", {into + ".a", into + ".b"}, {into}, {{"=axis", {axis}}});
  };
  const auto shaped = [&](const std::string& of, const std::string& into, const OnnxBuilder::Ints& shape) {
    b.shape(into + ".s", shape).node("Reshape", {of, into + ".s"}, {into});
  };
  roll("x", "r1", 1, 2);
  roll("r1", "r2", 2, 2);
  shaped("r2", "p1", {1, 2, 4, 2, 4, 32});
  b.node("Transpose", {"p1"}, {"p2"}, {{"perm", {0, 1, 3, 2, 4, 5}}});
  shaped("p2", "w", {4, 16, 32});
  b.node("MatMul", {"w", "wqkv"}, {"qkv"});
  shaped("qkv", "q5", {4, 16, 3, 2, 16});
  b.node("Transpose", {"q5"}, {"t5"}, {{"perm", {2, 0, 3, 1, 4}}});
  b.node("Split", {"t5"}, {"q.", "k.", "v."}, {{"=axis", {0}}});
  for (const char* one : {"q", "k", "v"}) shaped(std::string(one) + ".", std::string(one) + "4", {4, 2, 16, 16});
  b.node("Mul", {"q4", "k"}, {"qs"}).node("Transpose", {"k4"}, {"kt"}, {{"perm", {0, 1, 3, 2}}});
  b.node("MatMul", {"qs", "kt"}, {"scores"});
  b.node("Gather", {"table", "index"}, {"g"}, {{"=axis", {0}}});
  shaped("g", "g3", {16, 16, 2});
  b.node("Transpose", {"g3"}, {"gt"}, {{"perm", {2, 0, 1}}}).node("Add", {"scores", "gt"}, {"biased"});
  shaped("biased", "b5", {1, 4, 2, 16, 16});
  b.node("Add", {"b5", "mask"}, {"m5"});
  shaped("m5", "m4", {4, 2, 16, 16});
  b.node("Softmax", {"m4"}, {"soft"}, {{"=axis", {-1}}}).node("MatMul", {"soft", "v4"}, {"o4"});
  b.node("Transpose", {"o4"}, {"o3"}, {{"perm", {0, 2, 1, 3}}});
  shaped("o3", "o", {4, 16, 32});
  b.node("MatMul", {"o", "wo"}, {"out"});
  shaped("out", "u1", {1, 2, 2, 4, 4, 32});
  b.node("Transpose", {"u1"}, {"u2"}, {{"perm", {0, 1, 3, 2, 4, 5}}});
  shaped("u2", "u", {1, 8, 8, 32});
  roll("u", "r3", 1, 6);
  roll("r3", "r4", 2, 6);
  const Network n = read(b.node("Add", {"x", "r4"}, {"y"}));
  const std::int64_t attention = 4 * 2 * 16 * 16 * 16;  // windows, heads, rows, columns, depth
  EXPECT_EQ(n.macs(), 64 * 32 * 96 + 2 * attention + 64 * 32 * 32);
  EXPECT_EQ(tensor_of(n, "y").dims, (OnnxBuilder::Ints{1, 8, 8, 32}));
}

}  // namespace
}  // namespace tessera::models::tests
