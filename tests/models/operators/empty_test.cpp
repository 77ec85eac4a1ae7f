// Tensors without elements, indices of a pool, products with a vector: nodes whose work is not what their type says.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

Network read(const OnnxBuilder& b) {
  const auto n = b.read();
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? *n : Network{};
}

bool has_tensor(const Network& n, const std::string& name) {
  return std::any_of(n.tensors.begin(), n.tensors.end(), [&](const Tensor& t) { return t.name == name; });
}

// A decoder's first step: the past has no positions yet.
TEST(Empty, AnEmptyPastAddsNothingToAConcat) {
  const Network n = read(OnnxBuilder()
                             .input("past", {1, 0, 8})
                             .input("x", {1, 4, 8})
                             .output("y")
                             .node("Relu", {"x"}, {"now"})
                             .node("Concat", {"past", "now"}, {"all"}, {{"=axis", {1}}})
                             .node("Tanh", {"all"}, {"y"}));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{1, 4, 8}));
  EXPECT_FALSE(has_tensor(n, "past"));
  for (const Tensor& t : n.tensors)
    for (const std::int64_t extent : t.shape) EXPECT_GE(extent, 1) << t.name;
}

TEST(Empty, WhatMakesNoElementsIsNoWork) {
  const Network n = read(OnnxBuilder()
                             .input("past", {1, 0, 8})
                             .input("x", {1, 4, 8})
                             .weight("w", {8, 6})
                             .output("y")
                             .output("z")
                             .node("MatMul", {"past", "w"}, {"z"})
                             .node("Relu", {"x"}, {"y"}));
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_EQ(n.operators[0].name, "y");
  EXPECT_EQ(n.macs(), 0);
}

TEST(Empty, AnOperatorThatNeedsAnEmptyTensorIsRefused) {
  const auto n =
      OnnxBuilder().input("x", {4, 0}).weight("w", {0, 6}).output("y").node("MatMul", {"x", "w"}, {"y"}).read();
  ASSERT_FALSE(n.ok());
  EXPECT_NE(n.problems().to_string().find("node 'y' (MatMul): it reads the empty tensor 'x' [4, 0]"),
            std::string::npos);
}

TEST(Pools, IndicesThatLeaveTheNetworkTakeAPassOfTheirOwn) {
  const auto pool = [](bool used) {
    OnnxBuilder b;
    b.input("x", {1, 3, 8, 8}).output("y");
    if (used) b.output("at");
    return b.node("MaxPool", {"x"}, {"y", "at"}, {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}});
  };
  EXPECT_EQ(read(pool(false)).operators.size(), 1U);
  const Network n = read(pool(true));
  ASSERT_EQ(n.operators.size(), 2U);
  EXPECT_EQ(operator_of(n, "y#indices").vector.kernel_h, 2);
  EXPECT_EQ(tensor_of(n, "at").dims, (Ints{1, 3, 4, 4}));
  EXPECT_EQ(tensor_of(n, "at").role, TensorRole::network_output);
}

// The array makes a matrix; the output, an axis short, is a view of it. What it reads must lie inside its tensors.
TEST(Products, OfAMatrixAndAVector) {
  const Network n =
      read(OnnxBuilder().input("x", {2, 5, 16}).weight("w", {16}).output("y").node("MatMul", {"x", "w"}, {"y"}));
  ASSERT_EQ(n.operators.size(), 1U);
  const Operator& op = n.operators[0];
  EXPECT_EQ(op.pe.macs(), 2 * 5 * 16);
  EXPECT_EQ(n.tensors[op.output].shape, (Shape{1, 10, 1, 1}));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{2, 5}));
  EXPECT_EQ(tensor_of(n, "y").root, op.output);
  EXPECT_EQ(n.tensors[op.output].role, TensorRole::network_output);
}

TEST(Products, OfAVectorAndABatchOfMatrices) {
  const Network n =
      read(OnnxBuilder().input("x", {16}).input("z", {3, 16, 4}).output("y").node("MatMul", {"x", "z"}, {"y"}));
  const Operator& op = n.operators.at(0);
  EXPECT_EQ(n.tensors[op.output].shape, (Shape{3, 1, 1, 4}));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{3, 4}));
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_TRUE(whole(n.tensors[op.inputs[i]].shape).contains(source_box(n, op, i, whole(n.tensors[op.output].shape))));
}

TEST(Products, OfTwoActivationVectors) {
  const Network n = read(OnnxBuilder().input("x", {16}).input("z", {16}).output("y").node("MatMul", {"x", "z"}, {"y"}));
  const Operator& op = n.operators.at(0);
  EXPECT_EQ(op.pe.macs(), 16);
  EXPECT_EQ(source_box(n, op, 1, whole(n.tensors[op.output].shape)), whole(n.tensors[op.inputs[1]].shape));
}

}  // namespace
}  // namespace tessera::models::tests
