// Matrix products in all the ways in which networks write them: what runs on the array, and what it reads.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

Network read(const OnnxBuilder& b, std::int64_t opset = 13) {
  const auto n = b.read(opset);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? *n : Network{};
}

const Operator& the_product(const Network& n) {
  const auto at =
      std::find_if(n.operators.begin(), n.operators.end(), [](const Operator& op) { return op.unit == Unit::pe; });
  EXPECT_NE(at, n.operators.end());
  return *at;
}

std::int64_t count(const Network& n, Unit unit) {
  return std::count_if(n.operators.begin(), n.operators.end(), [&](const Operator& op) { return op.unit == unit; });
}

Network by_constant(const Ints& x) {
  return read(OnnxBuilder().input("x", x).weight("w", {x.back(), 24}).output("y").node("MatMul", {"x", "w"}, {"y"}));
}

TEST(Products, LeadingAxesAreRowsWhereTheOtherOperandIsConstant) {
  for (const Ints& x : {Ints{30, 16}, Ints{30, 1, 16}, Ints{1, 30, 16}, Ints{5, 6, 16}, Ints{2, 3, 5, 16}}) {
    const Network n = by_constant(x);
    const PeGeometry& g = the_product(n).pe;
    EXPECT_EQ(g.batch, 1) << x.size();
    EXPECT_EQ(g.out_h * g.out_w, 30) << x.size();
    EXPECT_EQ(g.out_w, 1) << x.size();
    EXPECT_EQ(g.macs(), 30 * 16 * 24);
    // Any range of rows is a box of what the network reads and writes.
    const Box rows{{0, 4, 0, 0}, {1, 11, 1, 24}};
    EXPECT_EQ(n.root_box(the_product(n).output, rows).elements(), 7 * 24);
    EXPECT_EQ(n.root_box(the_product(n).inputs[0], source_box(n, the_product(n), 0, rows)).elements(), 7 * 16);
  }
}

// [B, S, C] as [B x S, C] for a Gemm and back, as Conv1D of GPT-2 is exported: any range of rows is a box there too.
TEST(Products, RowsMergeOnBothSidesOfAReshape) {
  const Network n = read(OnnxBuilder()
                             .input("x", {5, 6, 16})
                             .shape("flat", {30, 16})
                             .shape("deep", {5, 6, 24})
                             .weight("w", {16, 24})
                             .output("y")
                             .node("Relu", {"x"}, {"r"})
                             .node("Reshape", {"r", "flat"}, {"a"})
                             .node("Gemm", {"a", "w"}, {"b"})
                             .node("Reshape", {"b", "deep"}, {"c"})
                             .node("Exp", {"c"}, {"y"}));
  for (const char* name : {"x", "r", "y"}) EXPECT_EQ(tensor_of(n, name).shape[kH], 30) << name;
}

TEST(Products, RowsAreCutWhereAnotherOperatorTakesAPartOfThem) {
  // A class token in front of the 6 others of each of 5 images: the images are rows of h, the tokens columns of w.
  const Network n = read(OnnxBuilder()
                             .input("x", {5, 6, 16})
                             .input("token", {5, 1, 16})
                             .weight("w", {16, 24})
                             .output("y")
                             .node("Concat", {"token", "x"}, {"all"}, {{"=axis", {1}}})
                             .node("MatMul", {"all", "w"}, {"y"}));
  EXPECT_EQ(tensor_of(n, "all").shape, (Shape{1, 5, 7, 16}));
  EXPECT_EQ(tensor_of(n, "all#1").offset, (Shape{0, 0, 1, 0}));
  const PeGeometry& g = the_product(n).pe;
  EXPECT_EQ((Ints{g.batch, g.out_h, g.out_w}), (Ints{1, 5, 7}));
}

TEST(Products, ImagesWithChannelsLastAreReadAsTheyLie) {
  // The middle of a ConvNeXt block: 1 x 1 convolutions written as products.
  const Network n = read(OnnxBuilder()
                             .input("x", {2, 8, 6, 5})
                             .weight("k", {8, 1, 3, 3})
                             .weight("w", {8, 32})
                             .weight("v", {32, 8})
                             .output("y")
                             .node("Conv", {"x", "k"}, {"a"}, {{"=group", {8}}, {"pads", {1, 1, 1, 1}}})
                             .node("Transpose", {"a"}, {"b"}, {{"perm", {0, 2, 3, 1}}})
                             .node("MatMul", {"b", "w"}, {"c"})
                             .node("MatMul", {"c", "v"}, {"d"})
                             .node("Transpose", {"d"}, {"e"}, {{"perm", {0, 3, 1, 2}}})
                             .node("Add", {"e", "x"}, {"y"}));
  EXPECT_EQ(count(n, Unit::movement), 0);
  const PeGeometry& g = operator_of(n, "c").pe;
  EXPECT_EQ((Ints{g.batch, g.out_h, g.out_w, g.channels, g.n}), (Ints{2, 6, 5, 8, 32}));
}

TEST(Products, OfGroupedQueriesReadOneKeyForSeveralHeads) {
  const Network n = read(OnnxBuilder()
                             .input("q", {1, 2, 4, 16, 32})
                             .input("k", {1, 2, 1, 32, 16})
                             .output("y")
                             .node("MatMul", {"q", "k"}, {"y"}));
  const Operator& op = the_product(n);
  EXPECT_EQ(op.pe.macs(), 65536);
  EXPECT_EQ(op.pe.batch, 2);  // the 4 heads of a group are rows
  EXPECT_EQ(op.pe.out_h * op.pe.out_w, 64);
  EXPECT_EQ(source_box(n, op, 1, {{1, 0, 0, 0}, {2, 3, 1, 16}}), (Box{{1, 0, 0, 0}, {2, 32, 1, 16}}));
}

TEST(Products, BroadcastOnTheOutsideAndBothSides) {
  // Along the outer axis b repeats, along the inner one a does.
  const Network n =
      read(OnnxBuilder().input("a", {3, 1, 4, 8}).input("b", {2, 8, 5}).output("y").node("MatMul", {"a", "b"}, {"y"}));
  const Operator& op = the_product(n);
  EXPECT_EQ(op.pe.batch, 6);
  for (std::int64_t b = 0; b < 6; ++b) {
    const Box out{{b, 0, 0, 0}, {b + 1, 4, 1, 5}};
    EXPECT_EQ(source_box(n, op, 0, out).begin[kN], b / 2);
    EXPECT_EQ(source_box(n, op, 1, out).begin[kN], b % 2);
  }
}

TEST(Products, AnOperandThatChangesAlongTwoAxesApartIsRepeated) {
  const Network n = read(OnnxBuilder()
                             .input("a", {2, 3, 2, 4, 8})
                             .input("b", {2, 1, 2, 8, 5})
                             .output("y")
                             .node("MatMul", {"a", "b"}, {"y"}));
  EXPECT_EQ(count(n, Unit::movement), 1);
  EXPECT_EQ(the_product(n).pe.weight_batch, 12);
  EXPECT_EQ(the_product(n).pe.macs(), 2 * 3 * 2 * 4 * 8 * 5);
}

TEST(Products, AFirstOperandStoredByColumnsIsReadSo) {
  const Network n = read(OnnxBuilder()
                             .input("a", {32, 64})
                             .input("b", {32, 10})
                             .output("y")
                             .node("Gemm", {"a", "b"}, {"y"}, {{"=transA", {1}}}));
  const Operator& op = the_product(n);
  EXPECT_EQ(op.pe.macs(), 20480);
  EXPECT_EQ(source_box(n, op, 0, {{0, 8, 0, 0}, {1, 20, 1, 10}}), (Box{{0, 0, 0, 8}, {1, 32, 1, 20}}));
}

// A vector lies in the channels of one pixel, as one row of a matrix that is stored by rows of its results.
TEST(Products, AVectorBehindAMatrixIsReadAsItLies) {
  const Network n =
      read(OnnxBuilder().input("a", {4, 16}).input("v", {16}).output("y").node("MatMul", {"a", "v"}, {"y"}));
  const Operator& op = the_product(n);
  EXPECT_EQ(op.pe.macs(), 4 * 16);
  EXPECT_EQ(n.tensors[op.inputs[1]].shape, (Shape{1, 1, 1, 16})) << "one run of bytes, not sixteen";
  const Box out = whole(n.tensors[op.output].shape);
  EXPECT_EQ(n.root_box(op.inputs[1], source_box(n, op, 1, out)), (Box{{0, 0, 0, 0}, {1, 1, 1, 16}}));
  EXPECT_EQ(source_box(n, op, 0, out).elements(), 4 * 16);
}

TEST(Products, WhatIsAddedIsABiasOrAVectorOperator) {
  const auto gemm = [](const Ints& c, bool constant) {
    OnnxBuilder b;
    b.input("a", {6, 8}).weight("w", {8, 10}).output("y");
    if (constant) b.weight("c", c);
    else b.input("c", c);
    return read(b.node("Gemm", {"a", "w", "c"}, {"y"}));
  };
  EXPECT_EQ(posts_of(the_product(gemm({10}, true))).size(), 1U);
  EXPECT_EQ(posts_of(the_product(gemm({1, 10}, true))).size(), 1U);
  for (const Ints& c : {Ints{6, 10}, Ints{6, 1}}) {
    const Network n = gemm(c, true);
    EXPECT_EQ(count(n, Unit::vector), 1);
    EXPECT_EQ(n.operators.back().function, Function::add);
  }
  EXPECT_EQ(count(gemm({10}, false), Unit::vector), 1);
}

TEST(Products, AProductAlongTheColumnsOfAnImageIsCopiedToRowsAndBack) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 4, 20, 16})
                             .weight("k", {4, 4, 3, 3})
                             .weight("w", {16, 16})
                             .weight("l", {4, 4, 1, 1})
                             .output("y")
                             .node("Conv", {"x", "k"}, {"a"}, {{"pads", {1, 1, 1, 1}}})
                             .node("MatMul", {"a", "w"}, {"b"})
                             .node("Relu", {"b"}, {"c"})
                             .node("Conv", {"c", "l"}, {"y"}));
  EXPECT_EQ(count(n, Unit::movement), 2);
  EXPECT_EQ(operator_of(n, "b").pe.macs(), 4 * 20 * 16 * 16);
  EXPECT_EQ(posts_of(operator_of(n, "b")).size(), 1U);  // the Relu runs behind the array, not with the copy
}

TEST(Products, APartOfABufferIsReshapedInPlace) {
  // Queries, keys and values side by side, each seen as heads.
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 6, 24})
                             .shape("heads", {1, 6, 2, 4})
                             .output("y")
                             .output("z")
                             .output("u")
                             .node("Sigmoid", {"x"}, {"qkv"})
                             .node("Split", {"qkv"}, {"q", "k", "v"}, {{"=axis", {2}}})
                             .node("Reshape", {"k", "heads"}, {"h"})
                             .node("Transpose", {"h"}, {"y"}, {{"perm", {0, 2, 1, 3}}})
                             .node("Relu", {"q"}, {"z"})
                             .node("Relu", {"v"}, {"u"}));
  EXPECT_EQ(count(n, Unit::movement), 1);
  const auto h = static_cast<TensorId>(&tensor_of(n, "h") - n.tensors.data());
  EXPECT_EQ(n.root_box(h, {{2, 1, 0, 0}, {5, 2, 1, 4}}), (Box{{0, 2, 0, 12}, {1, 5, 1, 16}}));
}

TEST(Products, HeadsOfSeveralSequencesAreReadRowByRow) {
  // The end of an attention with the sequence first: 4 sequences of 7 positions, 3 heads of 5.
  const Network n = read(OnnxBuilder()
                             .input("p", {12, 7, 7})
                             .input("v", {12, 7, 5})
                             .weight("w", {15, 15})
                             .shape("joined", {7, 4, 15})
                             .output("y")
                             .node("MatMul", {"p", "v"}, {"c"})
                             .node("Transpose", {"c"}, {"t"}, {{"perm", {1, 0, 2}}})
                             .node("Reshape", {"t", "joined"}, {"r"})
                             .node("MatMul", {"r", "w"}, {"y"}));
  EXPECT_EQ(count(n, Unit::movement), 1);
  const Operator& op = operator_of(n, "y");
  EXPECT_EQ((Ints{op.pe.batch, op.pe.out_h, op.pe.out_w}), (Ints{1, 28, 1}));
  // Rows 5 to 10 are of two positions, and of each some of the sequences.
  const Box rows = source_box(n, op, 0, {{0, 5, 0, 0}, {1, 11, 1, 15}});
  EXPECT_EQ(n.root_box(op.inputs[0], rows).elements(), 6 * 15);
}

TEST(Products, OneSequenceOfSeveralIsABoxOfThem) {
  // The start of the same attention: what is cut between positions and sequences is so back to the product.
  const Network n = read(OnnxBuilder()
                             .input("x", {7, 4, 15})
                             .weight("w", {15, 15})
                             .shape("heads", {7, 12, 5})
                             .output("y")
                             .node("MatMul", {"x", "w"}, {"q"})
                             .node("Reshape", {"q", "heads"}, {"h"})
                             .node("Transpose", {"h"}, {"y"}, {{"perm", {1, 0, 2}}}));
  const auto move = std::find_if(n.operators.begin(), n.operators.end(),
                                 [](const Operator& op) { return op.unit == Unit::movement; });
  ASSERT_NE(move, n.operators.end());
  // The 3 heads of sequence 2, positions 1 to 4.
  const Box box = source_box(n, *move, 0, {{6, 1, 0, 0}, {9, 5, 1, 5}});
  EXPECT_EQ(n.root_box(move->inputs[0], box).elements(), 4 * 15);
  EXPECT_EQ(the_product(n).pe.out_h * the_product(n).pe.out_w, 28);
}

TEST(Convolutions, WeightsThatEnterTheNetworkAreReadAsImages) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 16, 16})
                             .input("w", {8, 3, 3, 3})
                             .output("y")
                             .node("Conv", {"x", "w"}, {"y"}, {{"pads", {1, 1, 1, 1}}}));
  const Operator& op = the_product(n);
  EXPECT_EQ(op.pe.macs(), 55296);
  EXPECT_EQ(source_box(n, op, 1, {{0, 0, 0, 2}, {1, 16, 16, 5}}), (Box{{2, 0, 0, 0}, {5, 3, 3, 3}}));
}

TEST(Convolutions, OfAVolumeReadTheSlicesUnderTheKernel) {
  const Network n = read(OnnxBuilder()
                             .input("x", {2, 3, 8, 6, 5})
                             .weight("w", {16, 3, 3, 3, 3})
                             .output("y")
                             .node("Conv", {"x", "w"}, {"y"}, {{"pads", {1, 1, 1, 1, 1, 1}}, {"strides", {2, 1, 1}}}));
  const Operator& op = the_product(n);
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{2, 16, 4, 6, 5}));
  EXPECT_EQ(op.pe.macs(), 2 * 16 * 4 * 6 * 5 * 3 * 27);
  // Slice 3 of image 1 reads the slices 5, 6 and 7 of it; slice 0 has padding for the first of its three.
  EXPECT_EQ(source_box(n, op, 0, {{7, 0, 0, 0}, {8, 6, 5, 16}}), (Box{{13, 0, 0, 0}, {16, 6, 5, 3}}));
  EXPECT_EQ(source_box(n, op, 0, {{4, 2, 0, 0}, {5, 3, 5, 16}}), (Box{{8, 1, 0, 0}, {10, 4, 5, 3}}));
}

}  // namespace
}  // namespace tessera::models::tests
