// Networks that are equal, written differently, become the same operators on tensors that lie alike.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/build_graph.h"
#include "tests/models/outline.h"

namespace tessera::models::tests {
namespace {

// 2 sequences of 8 positions, 3 heads of 4.
OnnxBuilder attention_input() {
  OnnxBuilder b;
  b.input("x", {2, 8, 12}).weight("o", {12, 12}).weight("s", {1}).shape("heads", {2, 8, 3, 4});
  return b.shape("rows", {2, 8, 12}).output("y");
}

// From queries, keys and values with the heads outside the positions; the keys turned.
OnnxBuilder attention_end(OnnxBuilder b, bool scaled_queries = false) {
  if (scaled_queries) b.node("Mul", {"q", "s"}, {"qs"}).node("MatMul", {"qs", "k"}, {"scores"});
  else b.node("MatMul", {"q", "k"}, {"raw"}).node("Mul", {"raw", "s"}, {"scores"});
  return b.node("Softmax", {"scores"}, {"p"}, {{"=axis", {-1}}})
      .node("MatMul", {"p", "v"}, {"c"})
      .node("Transpose", {"c"}, {"ct"}, {{"perm", {0, 2, 1, 3}}})
      .node("Reshape", {"ct", "rows"}, {"r"})
      .node("MatMul", {"r", "o"}, {"y"});
}

OnnxBuilder& heads(OnnxBuilder& b, const std::string& from, const std::string& to, const OnnxBuilder::Ints& order) {
  return b.node("Reshape", {from, "heads"}, {from + "h"}).node("Transpose", {from + "h"}, {to}, {{"perm", order}});
}

OnnxBuilder apart(bool scaled_queries = false) {
  OnnxBuilder b = attention_input();
  for (const char* part : {"q", "k", "v"}) {
    const std::string name(part);
    b.weight("w" + name, {12, 12}).node("MatMul", {"x", "w" + name}, {name + "r"});
    heads(b, name + "r", name, name == "k" ? OnnxBuilder::Ints{0, 2, 3, 1} : OnnxBuilder::Ints{0, 2, 1, 3});
  }
  return attention_end(b, scaled_queries);
}

TEST(EqualGraphs, QueriesKeysAndValuesTogetherOrApart) {
  OnnxBuilder split = attention_input();
  split.weight("w", {12, 36}).node("MatMul", {"x", "w"}, {"qkv"});
  split.node("Split", {"qkv"}, {"qr", "kr", "vr"}, {{"=axis", {2}}});
  heads(split, "qr", "q", {0, 2, 1, 3});
  heads(split, "kr", "k", {0, 2, 3, 1});
  heads(split, "vr", "v", {0, 2, 1, 3});
  EXPECT_EQ(outline(attention_end(split)), outline(apart()));

  OnnxBuilder gathered = attention_input();
  gathered.weight("w", {12, 36}).weight("b", {36}).shape("parts", {2, 8, 3, 3, 4});
  gathered.node("MatMul", {"x", "w"}, {"qkv"}).node("Reshape", {"qkv", "parts"}, {"five"});
  gathered.node("Transpose", {"five"}, {"turned"}, {{"perm", {2, 0, 3, 1, 4}}});
  for (const int i : {0, 1, 2})
    gathered.raw("i" + std::to_string(i), 7, {}, std::string(1, static_cast<char>(i)) + std::string(7, '\0'));
  gathered.node("Gather", {"turned", "i0"}, {"q"}, {{"=axis", {0}}});
  gathered.node("Gather", {"turned", "i1"}, {"kn"}, {{"=axis", {0}}});
  gathered.node("Gather", {"turned", "i2"}, {"v"}, {{"=axis", {0}}});
  gathered.node("Transpose", {"kn"}, {"k"}, {{"perm", {0, 1, 3, 2}}});
  EXPECT_EQ(outline(attention_end(gathered)), outline(apart()));
}

TEST(EqualGraphs, PartsThatLeaveColumnsOutStayPartsOfOneProduct) {
  const auto products = [](const OnnxBuilder::Ints& second) {
    OnnxBuilder b;
    b.input("x", {6, 8}).weight("w", {8, 24}).output("y").output("z").shape("zero", {0}).shape("ten", {10});
    b.shape("from", {second[0]}).shape("to", {second[1]}).shape("axis", {1});
    b.node("MatMul", {"x", "w"}, {"m"}).node("Slice", {"m", "zero", "ten", "axis"}, {"a"});
    b.node("Slice", {"m", "from", "to", "axis"}, {"b"}).node("Relu", {"a"}, {"y"}).node("Relu", {"b"}, {"z"});
    const auto n = b.read(17);
    return n.ok() ? std::ranges::count(n->operators, Unit::pe, &Operator::unit) : -1;
  };
  EXPECT_EQ(products({10, 24}), 2);
  EXPECT_EQ(products({12, 24}), 1);
  EXPECT_EQ(products({8, 24}), 1);
}

// 6 rows of 8 by 24 columns, of which the last 8 are for nobody.
TEST(EqualGraphs, PartsForNobodyAreCalculatedToo) {
  const auto n = OnnxBuilder()
                     .input("x", {6, 8})
                     .weight("w", {8, 24})
                     .output("a")
                     .output("b")
                     .node("MatMul", {"x", "w"}, {"m"})
                     .node("Split", {"m"}, {"a", "b", "c"}, {{"=axis", {1}}})
                     .read(17);
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->macs(), 6 * 8 * 24);
}

TEST(EqualGraphs, HeadsAsABatchOfMatrices) {
  OnnxBuilder b = attention_input();
  b.shape("matrices", {6, 8, 4}).shape("four", {2, 3, 8, 4});
  for (const char* part : {"q", "k", "v"}) {
    const std::string name(part);
    b.weight("w" + name, {12, 12}).node("MatMul", {"x", "w" + name}, {name + "r"});
    heads(b, name + "r", name + "t", {0, 2, 1, 3}).node("Reshape", {name + "t", "matrices"}, {name + "m"});
  }
  b.node("Transpose", {"km"}, {"kturned"}, {{"perm", {0, 2, 1}}}).node("MatMul", {"qm", "kturned"}, {"raw"});
  b.node("Mul", {"raw", "s"}, {"scores"}).node("Softmax", {"scores"}, {"p"}, {{"=axis", {-1}}});
  b.node("MatMul", {"p", "vm"}, {"c"}).node("Reshape", {"c", "four"}, {"c4"});
  b.node("Transpose", {"c4"}, {"ct"}, {{"perm", {0, 2, 1, 3}}}).node("Reshape", {"ct", "rows"}, {"r"});
  EXPECT_EQ(outline(b.node("MatMul", {"r", "o"}, {"y"})), outline(apart()));
}

TEST(EqualGraphs, AScaleOfTheScoresOrOfTheQueries) {
  EXPECT_EQ(outline(apart(true)), outline(apart()));
  // It costs nothing: no product has a function behind it.
  for (const std::string& line : outline(apart())) EXPECT_EQ(line.find('+'), std::string::npos) << line;
}

// Two layers on 16 x 16 positions of 8 numbers.
OnnxBuilder layers(const std::string& form) {
  const bool rows = form == "rows", image = form == "image";
  OnnxBuilder b;
  b.input("x", rows    ? OnnxBuilder::Ints{2, 256, 8}
               : image ? OnnxBuilder::Ints{2, 8, 16, 16}
                       : OnnxBuilder::Ints{2, 8, 256});
  std::string v = "x";
  const int extents[] = {8, 24, 8};
  for (int i = 0; i < 2; ++i) {
    const std::string at = std::to_string(i);
    const int from = extents[i], to = extents[i + 1];
    if (rows) b.weight("w" + at, {from, to}).weight("b" + at, {to});
    else if (image) b.weight("w" + at, {to, from, 1, 1}).weight("b" + at, {to, 1, 1});
    else if (form == "axis") b.weight("w" + at, {to, from, 1}).weight("b" + at, {to, 1});
    else b.weight("w" + at, {to, from}).weight("b" + at, {to, 1});
    const bool product = rows || form == "weights first";
    b.node(product ? "MatMul" : "Conv",
           form == "weights first" ? std::vector<std::string>{"w" + at, v} : std::vector<std::string>{v, "w" + at},
           {"m" + at});
    b.node("Add", {"m" + at, "b" + at}, {"a" + at}).node("Relu", {"a" + at}, {"r" + at});
    v = "r" + at;
  }
  return b.output(v);
}

TEST(EqualGraphs, PointwiseConvolutionsAndProductsWithTheWeightsOnEitherSide) {
  for (const char* form : {"image", "axis", "weights first"})
    EXPECT_EQ(outline(layers(form)), outline(layers("rows"))) << form;
}

TEST(EqualGraphs, AProductThatOthersTakeByRowsKeepsItsWeightsFirst) {
  // A graph's adjacency matrix between two products of rows: nothing is transposed for it.
  const Lines lines = outline(OnnxBuilder()
                                  .input("x", {9, 8})
                                  .weight("w", {8, 6})
                                  .weight("a", {9, 9})
                                  .weight("u", {6, 4})
                                  .output("y")
                                  .node("MatMul", {"x", "w"}, {"h"})
                                  .node("MatMul", {"a", "h"}, {"g"})
                                  .node("MatMul", {"g", "u"}, {"y"}));
  EXPECT_EQ(lines.size(), 3U);
}

TEST(EqualGraphs, PixelsThatANeighbourhoodReadsStayAnImage) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 8, 6, 6})
                     .weight("w", {16, 8, 1, 1})
                     .weight("k", {8, 16, 3, 3})
                     .output("y")
                     .node("Conv", {"x", "w"}, {"c"})
                     .node("Conv", {"c", "k"}, {"y"})
                     .read(17);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(n->operators[0].pe.out_h, 6);
  EXPECT_EQ(n->operators[0].pe.out_w, 6);
}

// An attention and a sum with its input, whichever of batch and sequence comes first outside or inside.
OnnxBuilder block(bool sequence_first, bool batch_outside) {
  OnnxBuilder b;
  const OnnxBuilder::Ints rows = sequence_first ? OnnxBuilder::Ints{8, 2, 12} : OnnxBuilder::Ints{2, 8, 12};
  b.input("x", batch_outside ? OnnxBuilder::Ints{2, 8, 12} : rows).weight("o", {12, 12}).output("y");
  b.shape("rows", rows).shape("heads", sequence_first ? OnnxBuilder::Ints{8, 6, 4} : OnnxBuilder::Ints{2, 8, 3, 4});
  const bool turns = batch_outside && sequence_first;
  if (turns) b.node("Transpose", {"x"}, {"xs"}, {{"perm", {1, 0, 2}}});
  for (const char* part : {"q", "k", "v"}) {
    const std::string name(part);
    b.weight("w" + name, {12, 12}).node("MatMul", {turns ? "xs" : "x", "w" + name}, {name + "r"});
    heads(b, name + "r", name, sequence_first ? OnnxBuilder::Ints{1, 0, 2} : OnnxBuilder::Ints{0, 2, 1, 3});
  }
  b.node("Transpose", {"k"}, {"kt"},
         {{"perm", sequence_first ? OnnxBuilder::Ints{0, 2, 1} : OnnxBuilder::Ints{0, 1, 3, 2}}});
  b.node("MatMul", {"q", "kt"}, {"scores"}).node("Softmax", {"scores"}, {"p"}, {{"=axis", {-1}}});
  b.node("MatMul", {"p", "v"}, {"c"});
  b.node("Transpose", {"c"}, {"ct"},
         {{"perm", sequence_first ? OnnxBuilder::Ints{1, 0, 2} : OnnxBuilder::Ints{0, 2, 1, 3}}});
  b.node("Reshape", {"ct", "rows"}, {"r"}).node("MatMul", {"r", "o"}, {turns ? "ys" : "ym"});
  if (turns) b.node("Transpose", {"ys"}, {"ym"}, {{"perm", {1, 0, 2}}});
  return b.node("Add", {"ym", "x"}, {"y"});
}

TEST(EqualGraphs, SequenceOrBatchFirst) {
  EXPECT_EQ(outline(block(true, false)), outline(block(false, false)));
  EXPECT_EQ(outline(block(true, true)), outline(block(false, false)));
}

TEST(EqualGraphs, ARepeatOfEveryPixelIsAResize) {
  const auto from = [](const char* type) {
    OnnxBuilder b;
    b.input("x", {1, 4, 3, 5}).weight("k", {4, 4, 1, 1}).output("y").shape("six", {1, 4, 3, 1, 5, 1});
    b.shape("many", {1, 4, 3, 2, 5, 2}).shape("times", {1, 1, 1, 2, 1, 2}).shape("to", {1, 4, 6, 10});
    b.reals("scales", {4}, {1, 1, 2, 2}).node("Conv", {"x", "k"}, {"c"});
    if (type == std::string("Resize")) return b.node("Resize", {"c", "", "scales"}, {"y"});
    b.node("Reshape", {"c", "six"}, {"s"});
    b.node(type, {"s", type == std::string("Expand") ? "many" : "times"}, {"m"});
    return b.node("Reshape", {"m", "to"}, {"y"});
  };
  EXPECT_EQ(outline(from("Expand")), outline(from("Resize")));
  EXPECT_EQ(outline(from("Tile")), outline(from("Resize")));
}

TEST(EqualGraphs, ALogisticFunctionInSmallNodes) {
  const auto from = [](bool small) {
    OnnxBuilder b;
    b.input("x", {1, 4, 3, 5}).weight("k", {4, 4, 1, 1}).weight("one", {}).output("y").node("Conv", {"x", "k"}, {"c"});
    if (!small) return b.node("Sigmoid", {"c"}, {"s"}).node("Mul", {"c", "s"}, {"y"});
    return b.node("Neg", {"c"}, {"n"})
        .node("Exp", {"n"}, {"e"})
        .node("Add", {"e", "one"}, {"a"})
        .node("Div", {"c", "a"}, {"y"});
  };
  EXPECT_EQ(outline(from(true)), outline(from(false)));
}

}  // namespace
}  // namespace tessera::models::tests
