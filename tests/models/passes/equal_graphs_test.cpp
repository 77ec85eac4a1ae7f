// More networks that are equal, written differently (writings_test.cpp has those of products): reductions, softmaxes,
// normalizations, convolutions.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/build_graph.h"
#include "tests/models/outline.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;
using Names = std::vector<std::string>;

// An image of 8 channels from a convolution, as `x`; `y` is to be made.
OnnxBuilder image() {
  OnnxBuilder b;
  b.input("in", {2, 4, 6, 6}).weight("k", {8, 4, 3, 3}).output("y");
  return b.node("Conv", {"in", "k"}, {"x"}, {{"pads", {1, 1, 1, 1}}});
}

// Two matrices of 6 rows and 8 columns from a product, as `x`.
OnnxBuilder rows() {
  OnnxBuilder b;
  return b.input("in", {2, 6, 4}).weight("k", {4, 8}).output("y").node("MatMul", {"in", "k"}, {"x"});
}

// Without the function: a machine may have a pool and a reduction of different costs.
Lines shapes(const OnnxBuilder& b) {
  Lines lines = outline(b);
  for (std::string& line : lines) line.erase(line.find(' '), line.find(' ', line.find(' ') + 1) - line.find(' '));
  return lines;
}

TEST(EqualGraphs, AMeanOfTheImageIsAGlobalPool) {
  OnnxBuilder pool = image().weight("w", {5, 8});
  pool.node("GlobalAveragePool", {"x"}, {"p"}).node("Flatten", {"p"}, {"f"});
  pool.node("Gemm", {"f", "w"}, {"y"}, {{"=transB", {1}}});
  OnnxBuilder mean = image().weight("w", {5, 8});
  mean.node("ReduceMean", {"x"}, {"f"}, {{"axes", {2, 3}}, {"=keepdims", {0}}});
  mean.node("Gemm", {"f", "w"}, {"y"}, {{"=transB", {1}}});
  EXPECT_EQ(shapes(mean), shapes(pool));
}

TEST(EqualGraphs, AMeanOfAMeanIsOne) {
  OnnxBuilder both = image();
  both.node("ReduceMean", {"x"}, {"y"}, {{"axes", {2, 3}}});
  OnnxBuilder apart = image();
  apart.node("ReduceMean", {"x"}, {"h"}, {{"axes", {3}}, {"=keepdims", {0}}});
  apart.shape("shape", {2, 8, 1, 1}).node("ReduceMean", {"h"}, {"m"}, {{"axes", {2}}});
  apart.node("Reshape", {"m", "shape"}, {"y"});
  EXPECT_EQ(outline(apart), outline(both));
  OnnxBuilder pixels = image();
  pixels.shape("pixels", {2, 8, 36}).shape("shape", {2, 8, 1, 1}).node("Reshape", {"x", "pixels"}, {"p"});
  pixels.node("ReduceMean", {"p"}, {"m"}, {{"axes", {2}}}).node("Reshape", {"m", "shape"}, {"y"});
  EXPECT_EQ(outline(pixels), outline(both));
}

// A maximum of sums is not a sum of maxima.
TEST(EqualGraphs, ReductionsOfTwoKindsStayTwo) {
  OnnxBuilder b = image();
  b.node("ReduceMean", {"x"}, {"h"}, {{"axes", {3}}}).node("ReduceMax", {"h"}, {"y"}, {{"axes", {2}}});
  EXPECT_EQ(outline(b).size(), 3U);
}

TEST(EqualGraphs, ASumAndItsFactorIsAMean) {
  OnnxBuilder mean = rows();
  mean.node("ReduceMean", {"x"}, {"y"}, {{"axes", {1}}, {"=keepdims", {0}}});
  for (const bool quotient : {true, false}) {
    OnnxBuilder sum = rows();
    sum.shape("axes", {1}).weight("six", {});
    sum.node("ReduceSum", {"x", "axes"}, {"s"}, {{"=keepdims", {0}}});
    sum.node(quotient ? "Div" : "Mul", {"s", "six"}, {"y"});
    EXPECT_EQ(outline(sum), outline(mean)) << quotient;
  }
  OnnxBuilder reciprocal = rows();
  reciprocal.shape("axes", {1}).weight("six", {}).node("ReduceSum", {"x", "axes"}, {"s"});
  reciprocal.node("Div", {"six", "s"}, {"y"});
  EXPECT_NE(outline(reciprocal), outline(mean));
}

TEST(EqualGraphs, SquaresTheirSumAndItsRoot) {
  const auto square = [](bool power) {
    OnnxBuilder b = image();
    b.reals("two", {}, {2});
    return b.node(power ? "Pow" : "Mul", {"x", power ? "two" : "x"}, {"y"});
  };
  EXPECT_EQ(outline(square(true)), outline(square(false)));
  EXPECT_EQ(outline(square(true)).size(), 1U);  // behind the array
  const auto norm = [](const std::string& form) {
    OnnxBuilder b = rows();
    b.shape("axes", {2}).reals("two", {}, {2});
    if (form == "norm") return b.node("ReduceL2", {"x"}, {"y"}, {{"axes", {2}}});
    b.node(form == "power" ? "Pow" : "Mul", {"x", form == "power" ? "two" : "x"}, {"s"});
    return b.node("ReduceSum", {"s", "axes"}, {"r"}).node("Sqrt", {"r"}, {"y"});
  };
  EXPECT_EQ(outline(norm("power")), outline(norm("norm")));
  EXPECT_EQ(outline(norm("product")), outline(norm("norm")));
}

// A cube is no square, and weights do not take the square of what they make.
TEST(EqualGraphs, OtherPowersStayPowers) {
  OnnxBuilder b = image();
  const auto n = b.reals("three", {}, {3}).node("Pow", {"x", "three"}, {"y"}).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(posts_of(n->operators[0]), Names{"pow"});
  OnnxBuilder s = image();
  const auto m = s.node("Mul", {"x", "x"}, {"y"}).read(17);
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(posts_of(m->operators[0]), Names{"mul"});
}

TEST(EqualGraphs, ASoftmaxBetweenTransposes) {
  OnnxBuilder plain = rows(), between = rows(), seen = rows();
  for (OnnxBuilder* b : {&plain, &between, &seen}) b->weight("w", {8, 3});
  plain.node("Softmax", {"x"}, {"p"}, {{"=axis", {-1}}}).node("MatMul", {"p", "w"}, {"y"});
  between.node("Transpose", {"x"}, {"t"}, {{"perm", {0, 2, 1}}}).node("Softmax", {"t"}, {"s"}, {{"=axis", {1}}});
  between.node("Transpose", {"s"}, {"p"}, {{"perm", {0, 2, 1}}}).node("MatMul", {"p", "w"}, {"y"});
  EXPECT_EQ(outline(between), outline(plain));
  seen.shape("matrix", {12, 8}).shape("two", {2, 6, 8}).node("Reshape", {"x", "matrix"}, {"m"});
  seen.node("Softmax", {"m"}, {"s"}, {{"=axis", {1}}}).node("Reshape", {"s", "two"}, {"p"});
  seen.node("MatMul", {"p", "w"}, {"y"});
  EXPECT_EQ(outline(seen), outline(plain));
  EXPECT_EQ(outline(seen, 11), outline(plain));
}

// [2, 6, 8] as [2, 48]: the softmax goes over two axes of the source, which none of one axis does.
TEST(EqualGraphs, ASoftmaxOverJoinedAxesStaysBehindTheReshape) {
  OnnxBuilder b = rows();
  const auto n = b.shape("all", {2, 48}).node("Reshape", {"x", "all"}, {"m"}).node("Softmax", {"m"}, {"y"}).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->operators.back().inputs.size(), 1U);
  EXPECT_EQ(n->tensors[n->operators.back().output].dims, (Ints{2, 48}));
}

TEST(EqualGraphs, ANormalizationOfRowsUnderAnotherShape) {
  OnnxBuilder plain = rows(), seen = rows();
  for (OnnxBuilder* b : {&plain, &seen}) b->weight("g", {8}).weight("b", {8}).weight("w", {8, 3});
  plain.node("LayerNormalization", {"x", "g", "b"}, {"n"}, {{"=axis", {-1}}}).node("MatMul", {"n", "w"}, {"y"});
  seen.shape("matrix", {12, 8}).shape("two", {2, 6, 8}).node("Reshape", {"x", "matrix"}, {"m"});
  seen.node("LayerNormalization", {"m", "g", "b"}, {"l"}, {{"=axis", {1}}}).node("Reshape", {"l", "two"}, {"n"});
  seen.node("MatMul", {"n", "w"}, {"y"});
  EXPECT_EQ(outline(seen), outline(plain));
}

// As ConvNeXt has it: rows between transposes, or means over the channels of an image.
TEST(EqualGraphs, ANormalizationOfChannelsBetweenTransposes) {
  OnnxBuilder between = image(), small = image();
  between.weight("g", {8}).weight("b", {8}).node("Transpose", {"x"}, {"t"}, {{"perm", {0, 2, 3, 1}}});
  between.node("LayerNormalization", {"t", "g", "b"}, {"n"}, {{"=axis", {-1}}});
  between.node("Transpose", {"n"}, {"y"}, {{"perm", {0, 3, 1, 2}}});
  small.weight("g", {8, 1, 1}).weight("b", {8, 1, 1}).weight("e", {});
  small.node("ReduceMean", {"x"}, {"m"}, {{"axes", {1}}}).node("Sub", {"x", "m"}, {"d"});
  small.node("Mul", {"d", "d"}, {"s"}).node("ReduceMean", {"s"}, {"v"}, {{"axes", {1}}});
  small.node("Add", {"v", "e"}, {"ve"}).node("Sqrt", {"ve"}, {"r"}).node("Div", {"d", "r"}, {"q"});
  small.node("Mul", {"q", "g"}, {"h"}).node("Add", {"h", "b"}, {"y"});
  EXPECT_EQ(outline(between), outline(small));
  EXPECT_EQ(outline(between).size(), 2U);
}

TEST(EqualGraphs, RowsThatAreColumnsOfAnImage) {
  const auto from = [](bool turned) {
    OnnxBuilder b;
    b.input("x", {4, 8, 12}).output("y").weight("w", {12, 10}).weight("k", {10, 12, 1}).weight("v", {10, 5});
    if (!turned) return b.node("MatMul", {"x", "w"}, {"h"}).node("MatMul", {"h", "v"}, {"y"});
    b.node("Transpose", {"x"}, {"t"}, {{"perm", {0, 2, 1}}}).node("Conv", {"t", "k"}, {"c"});
    return b.node("Transpose", {"c"}, {"h"}, {{"perm", {0, 2, 1}}}).node("MatMul", {"h", "v"}, {"y"});
  };
  EXPECT_EQ(outline(from(true)), outline(from(false)));
  const auto n = from(true).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->tensors[n->operators[0].inputs[0]].base, (Shape{1, 1, 1, 1}));  // no range of a tensor cut elsewhere
}

TEST(EqualGraphs, ASigmoidOfASquareIsNoSilu) {
  OnnxBuilder b = image();
  const auto n = b.node("Mul", {"x", "x"}, {"s"}).node("Sigmoid", {"s"}, {"y"}).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(posts_of(n->operators[0]), (Names{"mul", "sigmoid"}));
}

TEST(EqualGraphs, ARowByItsIndexOrAsASlice) {
  const auto from = [](const std::string& form) {
    OnnxBuilder b = rows();
    b.weight("w", {8, 3}).shape("zero", {2}).shape("one", {3}).shape("axis", {1});
    if (form == "slice") {
      b.node("Slice", {"x", "zero", "one", "axis"}, {"s"}).node("Squeeze", {"s", "axis"}, {"r"});
    } else if (form == "list") {
      b.node("Gather", {"x", "zero"}, {"s"}, {{"=axis", {1}}}).node("Squeeze", {"s", "axis"}, {"r"});
    } else {
      b.raw("i", 7, {}, std::string(1, '\2') + std::string(7, '\0'));
      b.node("Gather", {"x", "i"}, {"r"}, {{"=axis", {1}}});
    }
    return b.node("MatMul", {"r", "w"}, {"y"});
  };
  EXPECT_EQ(outline(from("index")), outline(from("slice")));
  EXPECT_EQ(outline(from("list")), outline(from("slice")));
}

// Indices with a gap are no slice.
TEST(EqualGraphs, OtherIndicesStayIndices) {
  OnnxBuilder b = rows();
  const auto n = b.shape("i", {1, 3}).node("Gather", {"x", "i"}, {"y"}, {{"=axis", {1}}}).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->operators.back().type, "Gather");
}

// Four groups of two channels, with a bias and an activation.
OnnxBuilder groups(const std::string& form) {
  OnnxBuilder b = image().weight("o", {3, 8, 1, 1}).shape("axis", {1});
  const std::map<std::string, Ints> pads{{"pads", {1, 1, 1, 1}}};
  if (form == "one") {
    auto attributes = pads;
    attributes["=group"] = {4};
    b.weight("w", {8, 2, 3, 3}).weight("b", {8}).node("Conv", {"x", "w", "b"}, {"c"}, attributes);
    b.node("Relu", {"c"}, {"r"});
  } else {
    Names parts, made;
    for (const char* i : {"0", "1", "2", "3"}) parts.push_back(std::string("p") + i);
    if (form == "split") b.node("Split", {"x"}, parts, {{"=axis", {1}}});
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::string at = std::to_string(i);
      const std::int64_t first = form == "turned" ? 6 - 2 * i : 2 * i;
      b.weight("w" + at, {2, 2, 3, 3}).weight("b" + at, {2}).shape("f" + at, {first}).shape("t" + at, {first + 2});
      if (form != "split") b.node("Slice", {"x", "f" + at, "t" + at, "axis"}, {"p" + at});
      b.node("Conv", {"p" + at, "w" + at, "b" + at}, {"c" + at}, pads).node("Relu", {"c" + at}, {"r" + at});
      made.push_back("r" + at);
    }
    b.node("Concat", made, {"r"}, {{"=axis", {1}}});
  }
  return b.node("Conv", {"r", "o"}, {"y"});
}

TEST(EqualGraphs, AGroupedConvolutionAsItsGroups) {
  EXPECT_EQ(outline(groups("split")), outline(groups("one")));
  EXPECT_EQ(outline(groups("slice")), outline(groups("one")));
  const auto one = groups("one").read(17), split = groups("split").read(17);
  ASSERT_TRUE(one.ok() && split.ok());
  EXPECT_EQ(split->macs(), one->macs());
  EXPECT_EQ(split->operators[1].parameter_elements, one->operators[1].parameter_elements);
}

// The first group of the result is made of the last of the source: no grouped convolution does that.
TEST(EqualGraphs, GroupsInAnotherOrderStayApart) {
  const auto n = groups("turned").read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(std::ranges::count(n->operators, Unit::pe, &Operator::unit), 6);
}

// Patches of 2 x 3 pixels of an image of 8 x 9, 4 channels each, in that order of channel, row and column.
OnnxBuilder patches(const Ints& order, bool bias_in_product) {
  OnnxBuilder b;
  b.input("x", {2, 4, 8, 9}).output("y").weight("b", {10}).weight("w", {24, 10}).weight("o", {10, 10});
  b.shape("split", {2, 4, 4, 2, 3, 3}).shape("rows", {2, 12, 24}).shape("matrix", {24, 24}).shape("back", {2, 12, 10});
  b.node("Reshape", {"x", "split"}, {"s"}).node("Transpose", {"s"}, {"t"}, {{"perm", order}});
  if (bias_in_product) {
    b.node("Reshape", {"t", "matrix"}, {"r"}).node("Gemm", {"r", "w", "b"}, {"g"});
    b.node("Reshape", {"g", "back"}, {"a"});
  } else {
    b.node("Reshape", {"t", "rows"}, {"r"}).node("MatMul", {"r", "w"}, {"m"}).node("Add", {"m", "b"}, {"a"});
  }
  return b.node("MatMul", {"a", "o"}, {"y"});
}

TEST(EqualGraphs, AProductOfPatchesIsAConvolution) {
  OnnxBuilder conv;
  conv.input("x", {2, 4, 8, 9}).output("y").weight("b", {10}).weight("w", {10, 4, 2, 3}).weight("o", {10, 10});
  conv.shape("pixels", {2, 10, 12}).node("Conv", {"x", "w", "b"}, {"c"}, {{"strides", {2, 3}}});
  conv.node("Reshape", {"c", "pixels"}, {"p"}).node("Transpose", {"p"}, {"a"}, {{"perm", {0, 2, 1}}});
  const Lines expected = outline(conv.node("MatMul", {"a", "o"}, {"y"}));
  EXPECT_EQ(outline(patches({0, 2, 4, 1, 3, 5}, false)), expected);
  EXPECT_EQ(outline(patches({0, 2, 4, 3, 5, 1}, false)), expected);
  EXPECT_EQ(outline(patches({0, 2, 4, 5, 1, 3}, true)), expected);
}

// Pixels of the same place in all patches side by side are no patch; neither are patches column by column.
TEST(EqualGraphs, OtherOrdersOfPixelsStayCopies) {
  for (const Ints& order : {Ints{0, 3, 5, 1, 2, 4}, Ints{0, 4, 2, 1, 3, 5}}) {
    OnnxBuilder b;
    b.input("x", {2, 4, 8, 9}).output("y").weight("w", {24, 10}).shape("split", {2, 4, 4, 2, 3, 3});
    const bool turned = order[1] == 4;
    b.shape("rows", turned ? Ints{2, 12, 24} : Ints{2, 6, 48}).weight("v", {48, 10});
    b.node("Reshape", {"x", "split"}, {"s"}).node("Transpose", {"s"}, {"t"}, {{"perm", order}});
    b.node("Reshape", {"t", "rows"}, {"r"}).node("MatMul", {"r", turned ? "w" : "v"}, {"y"});
    const auto n = b.read(17);
    ASSERT_TRUE(n.ok());
    for (const Operator& op : n->operators) EXPECT_EQ(op.pe.taps(), 1);
  }
}

TEST(EqualGraphs, AVolumeOfOneSliceIsAnImage) {
  OnnxBuilder flat = image().weight("w", {8, 8, 3, 3}), volume = image().weight("w", {8, 8, 1, 3, 3});
  flat.node("Conv", {"x", "w"}, {"c"}, {{"pads", {1, 1, 1, 1}}}).node("Relu", {"c"}, {"y"});
  volume.shape("five", {2, 8, 1, 6, 6}).shape("four", {2, 8, 6, 6}).node("Reshape", {"x", "five"}, {"v"});
  volume.node("Conv", {"v", "w"}, {"c"}, {{"pads", {0, 1, 1, 0, 1, 1}}}).node("Relu", {"c"}, {"r"});
  EXPECT_EQ(outline(volume.node("Reshape", {"r", "four"}, {"y"})), outline(flat));
}

TEST(EqualGraphs, AKernelOfTheWholeImageIsAProduct) {
  OnnxBuilder conv = image().weight("w", {5, 8, 6, 6}).weight("b", {5}), product = image().weight("w", {5, 288});
  product.weight("b", {5}).node("Flatten", {"x"}, {"f"}).node("Gemm", {"f", "w", "b"}, {"y"}, {{"=transB", {1}}});
  conv.node("Conv", {"x", "w", "b"}, {"c"}).node("Flatten", {"c"}, {"y"});
  EXPECT_EQ(outline(conv), outline(product));
}

TEST(EqualGraphs, ASumInEitherOrder) {
  const auto sum = [](const std::string& a, const std::string& b) {
    OnnxBuilder g = image().weight("w", {8, 8, 1, 1});
    const auto n = g.node("Conv", {"x", "w"}, {"z"}).node("Add", {a, b}, {"y"}).read(17);
    EXPECT_TRUE(n.ok());
    return n->operators.back().inputs;
  };
  EXPECT_EQ(sum("x", "z"), sum("z", "x"));
}

// Of parts of the products of a recurrent step no order is better on all machines; a part of an image is an image.
TEST(EqualGraphs, ASumWithAPartStaysAsItIs) {
  for (const bool part_first : {true, false}) {
    const Names operands = part_first ? Names{"q", "z"} : Names{"z", "q"};
    OnnxBuilder b = rows().weight("w", {8, 8}).node("Split", {"x"}, {"p", "q"}, {{"=axis", {1}}});
    const auto n = b.node("Tanh", {"p"}, {"t"}).node("MatMul", {"t", "w"}, {"z"}).node("Add", operands, {"y"}).read(17);
    ASSERT_TRUE(n.ok());
    EXPECT_EQ(n->tensors[n->operators.back().inputs[part_first ? 1 : 0]].name, "z") << part_first;
    OnnxBuilder c = image().weight("w", {4, 4, 1, 1}).node("Split", {"x"}, {"p", "q"}, {{"=axis", {1}}});
    const auto m = c.node("Conv", {"p", "w"}, {"z"}).node("Add", operands, {"y"}).read(17);
    ASSERT_TRUE(m.ok());
    EXPECT_EQ(m->tensors[m->operators.back().inputs[0]].name, "z") << part_first;
  }
}

// max(x, c x) and its like, by one number or by one for each channel.
TEST(EqualGraphs, AnotherSlopeBelowZero) {
  const auto form = [](const std::string& name) {
    OnnxBuilder b = image().weight("c", {}).weight("s", {8, 1, 1}).reals("zero", {}, {0}).reals("half", {}, {.5F});
    if (name == "leaky") return b.node("LeakyRelu", {"x"}, {"y"});
    if (name == "slopes") return b.node("PRelu", {"x", "s"}, {"y"});
    if (name == "larger") return b.node("Mul", {"c", "x"}, {"m"}).node("Max", {"x", "m"}, {"y"});
    if (name == "sign")
      return b.node("Greater", {"x", "zero"}, {"g"})
          .node("Mul", {"x", "c"}, {"m"})
          .node("Where", {"g", "x", "m"}, {"y"});
    b.node("Relu", {"x"}, {"r"});
    if (name == "two") b.node("Neg", {"x"}, {"n"}).node("Relu", {"n"}, {"o"});
    if (name == "smaller") b.node("Min", {"x", "zero"}, {"o"});
    if (name == "absolute")
      b.node("Abs", {"x"}, {"a"}).node("Sub", {"x", "a"}, {"d"}).node("Mul", {"d", "half"}, {"o"});
    return b.node("Mul", {"o", "s"}, {"m"}).node(name == "two" ? "Sub" : "Add", {"r", "m"}, {"y"});
  };
  for (const char* name : {"larger", "sign"}) EXPECT_EQ(outline(form(name)), outline(form("leaky"))) << name;
  for (const char* name : {"two", "smaller", "absolute"})
    EXPECT_EQ(outline(form(name)), outline(form("slopes"))) << name;
  EXPECT_EQ(outline(form("leaky")).size(), 1U);
  OnnxBuilder other = image().weight("c", {});  // of two tensors no slope
  other.node("Mul", {"x", "c"}, {"m"}).node("Sigmoid", {"x"}, {"s"}).node("Max", {"s", "m"}, {"y"});
  EXPECT_GT(outline(other).size(), 1U);
}

TEST(EqualGraphs, OneBoundBehindTheOther) {
  const auto form = [](const std::string& first, const std::string& second) {
    OnnxBuilder b = image().reals("zero", {}, {0}).reals("six", {}, {6});
    if (second.empty()) return b.node("Clip", {"x", "zero", "six"}, {"y"});
    b.node(first, first == "Relu" ? Names{"x"} : Names{"x", first == "Max" ? "zero" : "six"}, {"h"});
    return b.node(second, second == "Relu" ? Names{"h"} : Names{"h", second == "Max" ? "zero" : "six"}, {"y"});
  };
  const Lines clip = outline(form("Clip", ""));
  for (const auto& [first, second] : {std::pair{"Max", "Min"}, {"Min", "Max"}, {"Relu", "Min"}, {"Min", "Relu"}})
    EXPECT_EQ(outline(form(first, second)), clip) << first << second;
  OnnxBuilder between = image().reals("six", {}, {6}).node("Relu", {"x"}, {"h"}).node("Min", {"h", "six"}, {"y"});
  between.output("h");  // leaves the network too
  EXPECT_NE(outline(between), clip);
}

TEST(EqualGraphs, AScaleBehindANormalization) {
  const auto of_rows = [](bool apart) {
    OnnxBuilder b = rows().weight("g", {8}).weight("b", {8}).weight("f", {1, 1, 8}).weight("c", {});
    if (!apart) return b.node("LayerNormalization", {"x", "g", "b"}, {"y"});
    b.node("LayerNormalization", {"x", "g"}, {"n"}).node("Mul", {"n", "f"}, {"s"}).node("Div", {"s", "c"}, {"d"});
    return b.node("Add", {"d", "b"}, {"y"});
  };
  EXPECT_EQ(outline(of_rows(true)), outline(of_rows(false)));
  OnnxBuilder each_row;  // as many numbers, of rows
  each_row.input("x", {2, 8, 8}).output("y").weight("g", {8}).weight("f", {8, 1});
  each_row.node("LayerNormalization", {"x", "g"}, {"n"}).node("Mul", {"n", "f"}, {"y"});
  EXPECT_EQ(outline(each_row).size(), 2U);
  const auto of_channels = [](const std::string& form) {
    OnnxBuilder b = image().weight("g", {8}).weight("b", {8}).weight("f", {8, 1, 1}).weight("s", {1, 8, 1, 1});
    if (form == "one") return b.node("InstanceNormalization", {"x", "g", "b"}, {"y"});
    if (form == "two") b.node("InstanceNormalization", {"x", "g", "b"}, {"n"});
    else b.node("MeanVarianceNormalization", {"x"}, {"n"}, {{"axes", {2, 3}}});
    return b.node("Mul", {"n", "f"}, {"h"}).node("Add", {"h", "s"}, {"y"});
  };
  EXPECT_EQ(outline(of_channels("two")), outline(of_channels("one")));
  EXPECT_EQ(outline(of_channels("mean")), outline(of_channels("one")));
  OnnxBuilder pixels = image().weight("g", {8}).weight("b", {8}).weight("f", {1, 1, 6, 6});  // no scale of channels
  pixels.node("InstanceNormalization", {"x", "g", "b"}, {"n"}).node("Mul", {"n", "f"}, {"y"});
  EXPECT_EQ(outline(pixels).size(), 3U);
}

TEST(EqualGraphs, AnExpandBeforeWhatBroadcasts) {
  const auto of_constant = [](const std::string& form) {
    OnnxBuilder b = rows().weight("c", {1, 6, 8}).shape("to", {2, 6, 8}).shape("times", {2, 1, 1});
    if (form.empty()) return b.node("Add", {"x", "c"}, {"y"});
    return b.node(form, {"c", form == "Tile" ? "times" : "to"}, {"e"}).node("Add", {"x", "e"}, {"y"});
  };
  EXPECT_EQ(outline(of_constant("Expand")), outline(of_constant("")));
  EXPECT_EQ(outline(of_constant("Tile")), outline(of_constant("")));
  const auto of_tensor = [](bool expand) {
    OnnxBuilder b = image().shape("to", {2, 8, 6, 6}).node("GlobalAveragePool", {"x"}, {"p"});
    if (expand) b.node("Expand", {"p", "to"}, {"e"});
    return b.node("Mul", {"x", expand ? "e" : "p"}, {"y"});
  };
  EXPECT_EQ(outline(of_tensor(true)), outline(of_tensor(false)));
  OnnxBuilder needed;  // the sum has its shape from the Expand alone
  needed.input("x", {1, 8}).weight("c", {1, 8}).shape("to", {6, 8}).output("y");
  const auto n = needed.node("Expand", {"x", "to"}, {"e"}).node("Add", {"e", "c"}, {"y"}).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->operators.size(), 2U);
}

TEST(EqualGraphs, AScaleAndAShiftOfChannels) {
  const auto form = [](bool norm, bool product) {
    OnnxBuilder b = product ? image() : OnnxBuilder().input("x", {2, 8, 6, 6}).output("y");
    b.weight("g", {8})
        .weight("b", {8})
        .weight("m", {8})
        .weight("v", {8})
        .weight("f", {8, 1, 1})
        .weight("s", {1, 8, 1, 1});
    if (norm) return b.node("BatchNormalization", {"x", "g", "b", "m", "v"}, {"n"}).node("Relu", {"n"}, {"y"});
    return b.node("Mul", {"x", "f"}, {"h"}).node("Add", {"s", "h"}, {"n"}).node("Relu", {"n"}, {"y"});
  };
  EXPECT_EQ(outline(form(false, false)), outline(form(true, false)));
  EXPECT_EQ(outline(form(false, true)), outline(form(true, true)));
  EXPECT_EQ(outline(form(false, true)).size(), 1U);
}

// Height and width of an input that nothing else says to be an image; means of matrices are no pool.
TEST(EqualGraphs, APoolOfAnInput) {
  for (const bool largest : {true, false}) {
    OnnxBuilder pool, reduction;
    for (OnnxBuilder* b : {&pool, &reduction}) b->input("x", {1, 8, 6, 6}).output("y").node("Relu", {"x"}, {"r"});
    pool.node(largest ? "GlobalMaxPool" : "GlobalAveragePool", {"r"}, {"y"});
    reduction.node(largest ? "ReduceMax" : "ReduceMean", {"r"}, {"y"}, {{"axes", {2, 3}}});
    EXPECT_EQ(outline(reduction), outline(pool));
  }
  OnnxBuilder b;
  b.input("x", {1, 8, 6, 4}).output("y").weight("w", {4, 6}).node("MatMul", {"x", "w"}, {"m"});
  const auto n = b.node("ReduceMean", {"m"}, {"y"}, {{"axes", {2, 3}}}).read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->operators.back().type, "ReduceMean");
}

TEST(EqualGraphs, AProductWithAReciprocal) {
  const auto form = [](const std::string& name) {
    OnnxBuilder b = image().weight("w", {8, 8, 1, 1}).node("Conv", {"x", "w"}, {"z"}).node("Exp", {"z"}, {"e"});
    if (name == "quotient") return b.node("Div", {"x", "e"}, {"y"});
    if (name == "reciprocal") b.node("Reciprocal", {"e"}, {"r"});
    else b.reals("c", {}, {name == "one" ? 1.F : 2.F}).node("Div", {"c", "e"}, {"r"});
    return b.node("Mul", {"r", "x"}, {"y"});
  };
  for (const char* name : {"reciprocal", "one"}) EXPECT_EQ(outline(form(name)), outline(form("quotient"))) << name;
  EXPECT_NE(outline(form("two")), outline(form("quotient")));
}

// Height and width as two axes or as one.
TEST(EqualGraphs, AShuffleOfChannels) {
  const auto form = [](bool joined) {
    OnnxBuilder b = image().weight("w", {8, 1, 3, 3});
    b.shape("apart", joined ? Ints{2, 2, 4, 36} : Ints{2, 2, 4, 6, 6}).shape("back", {2, 8, 6, 6});
    b.node("Reshape", {"x", "apart"}, {"r"});
    b.node("Transpose", {"r"}, {"t"}, {{"perm", joined ? Ints{0, 2, 1, 3} : Ints{0, 2, 1, 3, 4}}});
    return b.node("Reshape", {"t", "back"}, {"s"}).node("Conv", {"s", "w"}, {"y"}, {{"=group", {8}}});
  };
  EXPECT_EQ(outline(form(true)), outline(form(false)));
}

// Two heads of 4 columns: parts of the columns of queries, keys and values, or products of their own.
void columns(OnnxBuilder& b, const std::string& form, const std::string& t) {
  b.weight("w" + t, {8, 8}).weight("b" + t, {8}).node("MatMul", {"x", "w" + t}, {t + "x"});
  b.node("Add", {t + "x", "b" + t}, {t + "a"});
  const Names parts = form == "turned" && t == "v" ? Names{"v1", "v0"} : Names{t + "0", t + "1"};
  if (form == "split") b.node("Split", {t + "a"}, parts, {{"=axis", {2}}});
  if (form == "turned") b.node("Relu", {t + "a"}, {t + "r"}).node("Split", {t + "r"}, parts, {{"=axis", {2}}});
  for (const std::string i : {"0", "1"})
    if (form == "slice") b.node("Slice", {t + "a", "from" + i, "to" + i, "axis"}, {t + i});
  if (form != "batch") return;
  b.node("Reshape", {t + "a", "apart"}, {t + "r"});
  b.node("Transpose", {t + "r"}, {t}, {{"perm", t == "k" ? Ints{0, 2, 3, 1} : Ints{0, 2, 1, 3}}});
}
void product(OnnxBuilder& b, const std::string& t, const std::string& i) {
  b.weight("w" + t + i, {8, 4}).weight("b" + t + i, {4}).node("MatMul", {"x", "w" + t + i}, {t + "x" + i});
  b.node("Add", {t + "x" + i, "b" + t + i}, {t + i});
}
void attend(OnnxBuilder& b, const std::string& i, const std::string& keys, const std::string& mask) {
  b.node("Div", {"q" + i, "root"}, {"scaled" + i}).node("MatMul", {"scaled" + i, keys}, {"s" + i});
  b.node("Add", {"s" + i, mask}, {"m" + i}).node("Softmax", {"m" + i}, {"p" + i}, {{"=axis", {-1}}});
  b.node("MatMul", {"p" + i, "v" + i}, {"h" + i});
}

OnnxBuilder heads(const std::string& form) {
  OnnxBuilder b;
  b.input("x", {2, 6, 8}).output("y").reals("root", {}, {2}).weight("mask", {2, 1, 6}).weight("o", {8, 8});
  b.shape("apart", {2, 6, 2, 4}).shape("back", {2, 6, 8}).shape("one", {1}).shape("axis", {2});
  b.shape("from0", {0}).shape("from1", {4}).shape("to0", {4}).shape("to1", {8});
  for (const std::string t : {"q", "k", "v"})
    if (form == "own") product(b, t, "0"), product(b, t, "1");
    else columns(b, form, t);
  if (form == "batch") {
    b.node("Unsqueeze", {"mask", "one"}, {"masks"});
    attend(b, "", "k", "masks");
    b.node("Transpose", {"h"}, {"t"}, {{"perm", {0, 2, 1, 3}}}).node("Reshape", {"t", "back"}, {"c"});
  } else {
    for (const std::string i : {"0", "1"}) {
      b.node("Transpose", {"k" + i}, {"keys" + i}, {{"perm", {0, 2, 1}}});
      attend(b, i, "keys" + i, "mask");
    }
    b.node("Concat", {"h0", "h1"}, {"c"}, {{"=axis", {-1}}});
  }
  return b.node("MatMul", {"c", "o"}, {"y"});
}

TEST(EqualGraphs, HeadsOneByOne) {
  const Lines batch = outline(heads("batch"));
  for (const char* form : {"split", "slice", "own"}) EXPECT_EQ(outline(heads(form)), batch) << form;
}

// The values of the first head are the second half: no batch of matrices has them so.
TEST(EqualGraphs, HeadsThatDifferStayApart) {
  const auto n = heads("turned").read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(std::ranges::count_if(n->operators, [](const Operator& op) { return op.pe.weight_is_activation; }), 4);
}

}  // namespace
}  // namespace tessera::models::tests
