// What a node may have: attributes of the right kind, length and range, and as many inputs and outputs as its operator
// takes. Each message names file, node and attribute.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;
using Attributes = std::map<std::string, Ints>;

struct Case {
  std::string type;
  Ints input;
  Attributes attributes;
  std::string message;
  std::int64_t opset = 13;
  Ints weight = {};  // a second, constant input
};

std::string problem(const OnnxBuilder& b, std::int64_t opset = 13) {
  const auto n = b.read(opset);
  return n.ok() ? "read without complaint" : n.problems().to_string();
}

TEST(Checks, AttributesThatAreEmptyOfAnotherKindOrOutOfRange) {
  const Ints image{1, 4, 8, 8}, rows{2, 3, 8};
  const std::vector<Case> cases{
      {"Conv", image, {{"!group", {}}}, "attribute 'group' has no value, but must be an integer", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"!group", {2}}}, "attribute 'group' has no value", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"group", {1}}}, "'group' is a list of integers, but must be an integer", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"=group", {0}}}, "attribute 'group' is 0, but must be 1 to", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"=group", {3}}}, "do not fit an input [1, 4, 8, 8] in 3 group(s)", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"!strides", {7}}}, "attribute 'strides' has 0 numbers, but 2 are needed", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"pads", {1, 1}}}, "attribute 'pads' has 2 numbers, but 4 are needed", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"pads", {0, -1, 0, 0}}}, "attribute 'pads' holds -1", 13, {4, 4, 3, 3}},
      {"Conv", image, {{"dilations", {1, 0}}}, "attribute 'dilations' holds 0", 13, {4, 4, 3, 3}},
      {"Conv",
       image,
       {{"kernel_shape", {3}}},
       "'kernel_shape' is [3], which differs from the weights",
       13,
       {4, 4, 3, 3}},
      {"Conv",
       image,
       {{"@auto_pad=SAME", {}}},
       "attribute 'auto_pad' is 'SAME', but must be one of NOTSET",
       13,
       {4, 4, 3, 3}},
      {"Concat", rows, {}, "attribute 'axis' is missing"},
      {"Concat", rows, {{"!axis", {7}}}, "attribute 'axis' is a list of integers, but must be an integer"},
      {"Concat", rows, {{"=axis", {3}}}, "attribute 'axis' is 3, but a tensor of 3 axes has -3 to 2"},
      {"Transpose", rows, {{"!perm", {7}}}, "attribute 'perm' is [], which is no permutation of 3 axes"},
      {"Transpose", rows, {{"!perm", {}}}, "attribute 'perm' has no value, but must be a list of integers"},
      {"Transpose", rows, {{"perm", {0, 2, 2}}}, "attribute 'perm' is [0, 2, 2], which is no permutation"},
      {"Transpose", rows, {{"=perm", {0}}}, "attribute 'perm' is an integer, but must be a list of integers"},
      {"Softmax", rows, {{"=axis", {-4}}}, "attribute 'axis' is -4, but a tensor of 3 axes has -3 to 2"},
      {"Flatten", rows, {{"=axis", {4}}}, "attribute 'axis' is 4, but must be -3 to 3"},
      {"Cast", rows, {}, "attribute 'to' is missing"},
      {"Cast", rows, {{"=to", {99}}}, "attribute 'to' is 99, but must be 1 to 23"},
      {"MaxPool", image, {}, "attribute 'kernel_shape' is missing"},
      {"MaxPool", image, {{"!kernel_shape", {7}}}, "the kernel [] has another number of axes than the image"},
      {"MaxPool", image, {{"kernel_shape", {2, 0}}}, "the kernel [2, 0] has an extent below 1"},
      {"MaxPool", image, {{"kernel_shape", {2, 2}}, {"=ceil_mode", {2}}}, "attribute 'ceil_mode' is 2, but must be 0"},
      {"DepthToSpace", image, {}, "attribute 'blocksize' is missing"},
      {"DepthToSpace", image, {{"=blocksize", {0}}}, "attribute 'blocksize' is 0, but must be 1 to 1023"},
      {"DepthToSpace", image, {{"=blocksize", {2}}, {"@mode=XY", {}}}, "attribute 'mode' is 'XY'"},
      {"ReduceMean", rows, {{"axes", {5}}}, "an element of attribute 'axes' is 5", 11},
      {"ReduceMean", rows, {{"axes", {1, -2}}}, "'axes' names an axis twice", 11},
      {"ReduceMean", rows, {{"!axes", {7}}}, "attribute 'axes' is an empty list", 11},
      {"ReduceMean", rows, {{"=keepdims", {-1}}}, "attribute 'keepdims' is -1", 11},
      {"Squeeze", rows, {{"!axes", {}}}, "attribute 'axes' has no value", 11},
      {"Unsqueeze", rows, {}, "attribute 'axes' is missing", 11},
      {"Split", rows, {{"=axis", {1}}, {"split", {1, 1}}}, "parts [1, 1] do not make up axis 1", 11},
      {"Split", rows, {{"=axis", {1}}, {"!split", {7}}}, "attribute 'split' is an empty list", 11},
      {"Split", rows, {{"=num_outputs", {2}}}, "attribute 'num_outputs' differs from its 1 outputs", 18},
      {"Slice", rows, {{"starts", {0}}}, "attribute 'ends' is missing", 9},
      {"Slice", rows, {{"starts", {0}}, {"ends", {2}}, {"axes", {7}}}, "an element of 'axes' is 7", 9},
      {"LRN", image, {}, "attribute 'size' is missing"},
      {"Upsample", image, {{"=scales", {2}}}, "attribute 'scales' is an integer, but must be a list of numbers", 7},
      {"Resize", image, {{"@mode=sharp", {}}}, "attribute 'mode' is 'sharp', but must be one of nearest"},
      {"Reshape", rows, {}, "attribute 'shape' is missing", 4},
      {"Reshape", rows, {{"shape", Ints(17, 1)}}, "too many axes", 4},
      {"Gemm", {4, 8}, {{"=transB", {7}}}, "attribute 'transB' is 7, but must be 0 to 1", 13, {8, 6}},
      {"LayerNormalization", rows, {}, "shapes [2, 3, 8] and [7] do not broadcast", 17, {7}},
      {"LayerNormalization",
       {2, 1, 8},
       {},
       "input 1 has the shape [3, 8], which does not broadcast to [2, 1, 8]",
       17,
       {3, 8}},
  };
  for (const Case& c : cases) {
    OnnxBuilder b;
    b.input("x", c.input).output("y");
    std::vector<std::string> inputs{"x"};
    if (!c.weight.empty()) b.weight("w", c.weight), inputs.emplace_back("w");
    const std::string text = problem(b.node(c.type, inputs, {"y"}, c.attributes), c.opset);
    EXPECT_NE(text.find("net.onnx: node 'y' (" + c.type + "): "), std::string::npos) << text;
    EXPECT_NE(text.find(c.message), std::string::npos) << c.message << "\nis not in\n" << text;
  }
}

TEST(Checks, InputsAndOutputsAreCounted) {
  const auto of = [](const std::string& type, const std::vector<std::string>& in, const std::vector<std::string>& out,
                     const Attributes& attributes = {}) {
    return problem(
        OnnxBuilder().input("x", {1, 4, 8, 8}).weight("w", {4, 4, 1, 1}).output("y").node(type, in, out, attributes));
  };
  EXPECT_NE(of("Transpose", {"x", "w"}, {"y"}).find("it has 2 input(s), but takes 1"), std::string::npos);
  EXPECT_NE(of("Conv", {"x"}, {"y"}).find("it has 1 input(s), but takes 2 to 3"), std::string::npos);
  EXPECT_NE(of("Conv", {"", "w"}, {"y"}).find("input 0 is missing"), std::string::npos);
  EXPECT_NE(of("Concat", {}, {"y"}, {{"=axis", {1}}}).find("it has 0 input(s), but takes 1 or more"),
            std::string::npos);
  EXPECT_NE(of("Concat", {"x", "", "x"}, {"y"}, {{"=axis", {1}}}).find("input 1 is missing"), std::string::npos);
  EXPECT_NE(of("Sum", {"x", "", "x"}, {"y"}).find("input 1 is missing"), std::string::npos);
  EXPECT_NE(of("Add", {"x", ""}, {"y"}).find("input 1 is missing"), std::string::npos);
  EXPECT_NE(of("Relu", {"x"}, {"y", "z"}).find("it has 2 output(s), but makes 1"), std::string::npos);
  EXPECT_NE(of("Split", {"x"}, {"", "y"}).find("its first output has no name"), std::string::npos);
  EXPECT_EQ(of("Clip", {"x", "", ""}, {"y"}), "read without complaint");
}

TEST(Checks, AnAttributeIsGivenOnce) {
  Message axis, node, graph, model;
  axis.bytes(1, "axis").integer(3, 1);
  node.bytes(1, "x").bytes(2, "y").bytes(4, "Softmax").message(5, axis).message(5, axis);
  graph.message(1, node).message(12, Message().bytes(1, "y"));
  model.integer(1, 8).message(7, graph).message(8, Message().integer(2, 13));
  const auto n = read_network(scratch_file("twice.onnx", model.text()));
  ASSERT_FALSE(n.ok());
  EXPECT_NE(n.problems().to_string().find("node 'y' (Softmax): attribute 'axis' is given twice"), std::string::npos);
}

// 2^21 x 2^21 x 2^22 = 2^64 elements: their product is 0 in 64 bits.
TEST(Checks, ShapesWhoseProductOverflows) {
  const Ints huge{1 << 21, 1 << 21, 1 << 22};
  EXPECT_NE(problem(OnnxBuilder().input("x", huge).output("y").node("Relu", {"x"}, {"y"}))
                .find("input 'x' has the impossible shape [2097152, 2097152, 4194304]"),
            std::string::npos);
  EXPECT_NE(problem(OnnxBuilder().input("x", {1, 8}).weight("w", huge).output("y").node("Add", {"x", "w"}, {"y"}))
                .find("initializer 'w' has the impossible shape"),
            std::string::npos);
  EXPECT_NE(
      problem(OnnxBuilder().input("x", {1 << 20, 1}).input("z", {1 << 21}).output("y").node("Add", {"x", "z"}, {"y"}))
          .find("the output would have the impossible shape [1048576, 2097152]"),
      std::string::npos);
  EXPECT_NE(problem(OnnxBuilder().input("x", Ints(17, 1)).output("y").node("Relu", {"x"}, {"y"}))
                .find("input 'x' has 17 axes, at most 16 can be"),
            std::string::npos);
}

// An image of 2^20 x 2^20 under a kernel of 2^19 x 2^19: 2^38 outputs of 2^38 products each.
TEST(Checks, MultiplyAccumulatesThatCannotBeCounted) {
  const auto conv = [](std::int64_t kernel) {
    return problem(OnnxBuilder()
                       .input("x", {1, 1, 1 << 20, 1 << 20})
                       .weight("w", {1, 1, kernel, kernel})
                       .output("y")
                       .node("Conv", {"x", "w"}, {"y"}));
  };
  EXPECT_NE(conv(1 << 19).find("node 'y' (Conv): with it the network has more than 4611686018427387904"),
            std::string::npos);
  EXPECT_EQ(conv(1 << 10), "read without complaint");
}

// Each product is 2^60: four are 2^62, the fifth is one too many.
TEST(Checks, MultiplyAccumulatesOfAllOperatorsAreCountedTogether) {
  const auto chain = [](int products) {
    OnnxBuilder b;
    b.input("y0", {1 << 20, 1 << 20}).weight("w", {1 << 20, 1 << 20}).output("y" + std::to_string(products));
    for (int i = 0; i < products; ++i) b.node("MatMul", {"y" + std::to_string(i), "w"}, {"y" + std::to_string(i + 1)});
    return problem(b);
  };
  EXPECT_EQ(chain(4), "read without complaint");
  EXPECT_NE(chain(5).find("node 'y5' (MatMul): with it the network has more than"), std::string::npos);
}

TEST(Checks, OutputsThatOnlyARunKnowsCannotLeaveTheNetwork) {
  OnnxBuilder b;
  b.input("x", {2, 3, 4, 4}).output("y").output("mean");
  for (const char* w : {"s", "b", "m", "v"}) b.weight(w, {3});
  b.node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y", "mean", "variance"});
  EXPECT_NE(problem(b).find("network output 'mean' is an output of node 'y' (BatchNormalization) that cannot be "
                            "simulated: leave it out"),
            std::string::npos);
}

}  // namespace
}  // namespace tessera::models::tests
