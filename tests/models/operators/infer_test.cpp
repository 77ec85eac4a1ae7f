// Shape rules on one node each, through the reader.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;
using Attributes = std::map<std::string, Ints>;

Ints output_dims(const OnnxBuilder& b, std::int64_t opset = 13) {
  const auto n = b.read(opset);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? tensor_of(*n, "y").dims : Ints{};
}

std::string problem(const OnnxBuilder& b, std::int64_t opset = 13) {
  const auto n = b.read(opset);
  EXPECT_FALSE(n.ok());
  return n.ok() ? "" : n.problems().to_string();
}

OnnxBuilder conv(const Attributes& attributes, const Ints& weight = {4, 3, 3, 3}) {
  return OnnxBuilder()
      .input("x", {1, 3, 10, 11})
      .weight("w", weight)
      .output("y")
      .node("Conv", {"x", "w"}, {"y"}, attributes);
}

TEST(Infer, ConvolutionExtents) {
  EXPECT_EQ(output_dims(conv({})), (Ints{1, 4, 8, 9}));
  EXPECT_EQ(output_dims(conv({{"pads", {1, 1, 1, 1}}, {"strides", {2, 2}}})), (Ints{1, 4, 5, 6}));
  EXPECT_EQ(output_dims(conv({{"pads", {0, 1, 2, 3}}, {"dilations", {2, 3}}})), (Ints{1, 4, 8, 9}));
}

TEST(Infer, ConvolutionAutoPad) {
  const auto n = conv({{"@auto_pad=SAME_UPPER", {}}, {"strides", {3, 2}}}).read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{1, 4, 4, 6}));
  const PeGeometry& g = n->operators.at(0).pe;
  EXPECT_EQ((Ints{g.pad_top, g.pad_bottom, g.pad_left, g.pad_right}), (Ints{1, 1, 1, 1}));
  const auto lower = conv({{"@auto_pad=SAME_LOWER", {}}}, {4, 3, 4, 4}).read();
  ASSERT_TRUE(lower.ok());
  EXPECT_EQ((Ints{lower->operators.at(0).pe.pad_top, lower->operators.at(0).pe.pad_bottom}), (Ints{2, 1}));
  EXPECT_EQ(output_dims(conv({{"@auto_pad=VALID", {}}})), (Ints{1, 4, 8, 9}));
}

TEST(Infer, ConvolutionsThatDoNotFit) {
  EXPECT_NE(
      problem(conv({}, {4, 2, 3, 3})).find("weights [4, 2, 3, 3] do not fit an input [1, 3, 10, 11] in 1 group(s)"),
      std::string::npos);
  EXPECT_NE(problem(conv({}, {4, 3, 11, 3})).find("a window of 11 (dilation 1) does not fit 10 elements"),
            std::string::npos);
  EXPECT_NE(problem(conv({{"strides", {0, 1}}})).find("attribute 'strides' holds 0, but 1 to 2147483647 is needed"),
            std::string::npos);
}

TEST(Infer, PoolsRoundUpWithCeilMode) {
  const auto pool = [](std::int64_t ceil) {
    return OnnxBuilder()
        .input("x", {1, 2, 8, 8})
        .output("y")
        .node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", {3, 3}}, {"strides", {2, 2}}, {"=ceil_mode", {ceil}}});
  };
  EXPECT_EQ(output_dims(pool(0)), (Ints{1, 2, 3, 3}));
  EXPECT_EQ(output_dims(pool(1)), (Ints{1, 2, 4, 4}));
}

TEST(Infer, AWindowThatWouldBeginInThePaddingIsLeftOut) {
  EXPECT_EQ(
      output_dims(
          OnnxBuilder()
              .input("x", {1, 1, 4, 4})
              .output("y")
              .node("MaxPool", {"x"}, {"y"},
                    {{"kernel_shape", {1, 1}}, {"strides", {3, 3}}, {"pads", {0, 0, 2, 2}}, {"=ceil_mode", {1}}})),
      (Ints{1, 1, 2, 2}));
}

TEST(Infer, MatrixProductsBroadcastTheirBatch) {
  const auto product = [](const Ints& a, const Ints& b) {
    return OnnxBuilder().input("x", a).input("z", b).output("y").node("MatMul", {"x", "z"}, {"y"});
  };
  EXPECT_EQ(output_dims(product({2, 3, 4, 5}, {5, 6})), (Ints{2, 3, 4, 6}));
  EXPECT_NE(problem(product({2, 3}, {4, 5})).find("matrices [2, 3] and [4, 5] do not multiply"), std::string::npos);
}

TEST(Infer, ReshapeWithCopiedAndOpenAxes) {
  EXPECT_EQ(output_dims(OnnxBuilder()
                            .input("x", {2, 3, 4})
                            .shape("s", {0, -1})
                            .output("y")
                            .node("Reshape", {"x", "s"}, {"r"})
                            .node("Relu", {"r"}, {"y"})),
            (Ints{2, 12}));
  EXPECT_NE(
      problem(OnnxBuilder().input("x", {2, 3, 4}).shape("s", {5, -1}).output("y").node("Reshape", {"x", "s"}, {"y"}))
          .find("do not fit the shape [5, -1]"),
      std::string::npos);
}

// Shape -> Gather -> Unsqueeze -> Concat -> Reshape, as exporters write "flatten all but the batch".
TEST(Infer, AShapeSubGraphFoldsAway) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 3, 4})
                     .shape("zero", {0})
                     .shape("minus", {-1})
                     .shape("axes", {0})
                     .output("y")
                     .node("Shape", {"x"}, {"shape"})
                     .node("Gather", {"shape", "zero"}, {"batch"})
                     .node("Mul", {"batch", "one_value"}, {"same"})
                     .shape("one_value", {1})
                     .node("Concat", {"same", "minus"}, {"to"}, {{"=axis", {0}}})
                     .node("Reshape", {"x", "to"}, {"r"})
                     .node("Relu", {"r"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{2, 12}));
  EXPECT_EQ(n->operators.size(), 1U);
}

TEST(Infer, SplitSliceAndSqueezeOfOldAndNewOperatorSets) {
  const auto attribute = OnnxBuilder()
                             .input("x", {1, 6, 4})
                             .output("y")
                             .node("Split", {"x"}, {"y", "b"}, {{"=axis", {1}}, {"split", {2, 4}}});
  EXPECT_EQ(output_dims(attribute, 11), (Ints{1, 2, 4}));
  const auto as_input = OnnxBuilder()
                            .input("x", {1, 6, 4})
                            .shape("parts", {2, 4})
                            .output("y")
                            .node("Split", {"x", "parts"}, {"y", "b"}, {{"=axis", {1}}});
  EXPECT_EQ(output_dims(as_input, 18), (Ints{1, 2, 4}));
  EXPECT_EQ(output_dims(OnnxBuilder()
                            .input("x", {1, 6, 4})
                            .output("y")
                            .node("Slice", {"x"}, {"y"}, {{"starts", {1}}, {"ends", {-1}}, {"axes", {2}}}),
                        9),
            (Ints{1, 6, 2}));
  EXPECT_EQ(output_dims(OnnxBuilder()
                            .input("x", {1, 6, 1})
                            .shape("a", {2})
                            .output("y")
                            .node("Squeeze", {"x", "a"}, {"s"})
                            .node("Relu", {"s"}, {"y"})),
            (Ints{1, 6}));
}

// Outside training the mask is true everywhere.
TEST(Infer, DropoutsMaskIsAConstant) {
  EXPECT_EQ(output_dims(OnnxBuilder()
                            .input("x", {2, 3})
                            .output("y")
                            .node("Dropout", {"x"}, {"d", "mask"})
                            .node("Relu", {"d"}, {"y"})),
            (Ints{2, 3}));
  EXPECT_EQ(output_dims(OnnxBuilder()
                            .input("x", {2, 3})
                            .output("y")
                            .output("mask")
                            .node("Dropout", {"x"}, {"d", "mask"})
                            .node("Cast", {"mask"}, {"ones"}, {{"=to", {1}}})
                            .node("Mul", {"d", "ones"}, {"y"})),
            (Ints{2, 3}));
}

TEST(Infer, DeadNodesAreDroppedAndNoted) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 3})
                     .output("y")
                     .node("Relu", {"x"}, {"y"})
                     .node("NoSuchOperator", {"x"}, {"dead"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->notes.size(), 1U);
  EXPECT_EQ(n->notes[0].operator_name, "dead");
}

TEST(Networks, OfOneOperator) {
  const auto gemm = gemm_network({100, 200, 300});
  ASSERT_TRUE(gemm.ok());
  EXPECT_EQ(gemm->macs(), 100 * 200 * 300);
  EXPECT_EQ(gemm->operators.at(0).pe.out_h, 100);
  ConvShape s{56, 28, 16, 32, 3, 5};
  s.sx = 2, s.pl = s.pr = 1, s.groups = 4;
  const auto conv = conv_network(s);
  ASSERT_TRUE(conv.ok()) << conv.problems().to_string();
  EXPECT_EQ(conv->operators.at(0).pe.out_w, 28);
  EXPECT_EQ(conv->operators.at(0).pe.out_h, 24);
  EXPECT_EQ(conv->macs(), 28LL * 24 * 32 * 4 * 15);
  EXPECT_FALSE(gemm_network({0, 1, 1}).ok());
  s.groups = 3;
  EXPECT_FALSE(conv_network(s).ok());
}

}  // namespace
}  // namespace tessera::models::tests
