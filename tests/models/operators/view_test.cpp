// Which data stays where it is, and which must move.
#include <gtest/gtest.h>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using View = Tensor::View;

Network read(const OnnxBuilder& b) {
  auto n = b.read();
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

int moves(const Network& n) {
  int count = 0;
  for (const Operator& op : n.operators) count += op.unit == Unit::movement;
  return count;
}

// Two convolutions of x, "a" with 4 and "b" with 6 channels.
OnnxBuilder two_convs() {
  return OnnxBuilder()
      .input("x", {1, 3, 4, 4})
      .weight("wa", {4, 3, 1, 1})
      .weight("wb", {6, 3, 1, 1})
      .node("Conv", {"x", "wa"}, {"a"})
      .node("Conv", {"x", "wb"}, {"b"});
}

TEST(Views, AChannelConcatIsWrittenInPlace) {
  const Network n =
      read(two_convs().node("Concat", {"a", "b"}, {"cat"}, {{"=axis", {1}}}).node("Relu", {"cat"}, {"y"}).output("y"));
  EXPECT_EQ(moves(n), 0);
  EXPECT_EQ(tensor_of(n, "b").view, View::window);
  EXPECT_EQ(n.tensors[tensor_of(n, "b").root].name, "cat");
  EXPECT_EQ(tensor_of(n, "b").offset, (Shape{0, 0, 0, 4}));
  const auto b = static_cast<TensorId>(&tensor_of(n, "b") - n.tensors.data());
  EXPECT_EQ(n.root_box(b, {{0, 1, 0, 2}, {1, 2, 4, 5}}), (Box{{0, 1, 0, 6}, {1, 2, 4, 9}}));
}

TEST(Views, TheFirstConcatWinsAndTheSecondCopies) {
  const Network n = read(two_convs()
                             .node("Concat", {"a", "b"}, {"c1"}, {{"=axis", {1}}})
                             .node("Concat", {"b", "a"}, {"c2"}, {{"=axis", {1}}})
                             .node("Relu", {"c1"}, {"y"})
                             .node("Relu", {"c2"}, {"z"})
                             .output("y")
                             .output("z"));
  EXPECT_EQ(moves(n), 2);
  EXPECT_EQ(n.tensors[tensor_of(n, "a").root].name, "c1");
  EXPECT_EQ(tensor_of(n, "c2#0").offset, (Shape{0, 0, 0, 0}));
  EXPECT_EQ(tensor_of(n, "c2#1").offset, (Shape{0, 0, 0, 6}));
}

TEST(Views, AConcatOfAConcatIsOneBuffer) {
  const Network n = read(two_convs()
                             .node("Concat", {"a", "b"}, {"c1"}, {{"=axis", {1}}})
                             .weight("wc", {2, 10, 1, 1})
                             .node("Conv", {"c1", "wc"}, {"d"})
                             .node("Concat", {"d", "c1"}, {"c2"}, {{"=axis", {1}}})
                             .node("Relu", {"c2"}, {"y"})
                             .output("y"));
  EXPECT_EQ(moves(n), 0);
  for (const char* name : {"a", "b", "c1", "d"}) EXPECT_EQ(n.tensors[tensor_of(n, name).root].name, "c2") << name;
  EXPECT_EQ(tensor_of(n, "b").offset, (Shape{0, 0, 0, 6}));
}

// PixelShuffle and its inverse as exporters spell them out.
TEST(Views, BlocksMovedByATransposeAreOneMove) {
  const auto moved = [](const OnnxBuilder::Ints& from, const OnnxBuilder::Ints& split, const OnnxBuilder::Ints& order,
                        const OnnxBuilder::Ints& to) {
    const Network n = read(OnnxBuilder()
                               .input("x", from)
                               .shape("s", split)
                               .shape("t", to)
                               .node("Reshape", {"x", "s"}, {"a"})
                               .node("Transpose", {"a"}, {"b"}, {{"perm", order}})
                               .node("Reshape", {"b", "t"}, {"y"})
                               .output("y"));
    return n.operators.size() == 1 ? n.operators[0].type : "several";
  };
  EXPECT_EQ(moved({1, 12, 4, 5}, {1, 3, 2, 2, 4, 5}, {0, 1, 4, 2, 5, 3}, {1, 3, 8, 10}), "DepthToSpace");
  EXPECT_EQ(moved({1, 12, 4, 5}, {1, 2, 2, 3, 4, 5}, {0, 3, 4, 1, 5, 2}, {1, 3, 8, 10}), "DepthToSpace");
  EXPECT_EQ(moved({1, 3, 8, 10}, {1, 3, 4, 2, 5, 2}, {0, 1, 3, 5, 2, 4}, {1, 12, 4, 5}), "SpaceToDepth");
  EXPECT_EQ(moved({1, 3, 8, 10}, {1, 3, 4, 2, 5, 2}, {0, 3, 5, 1, 2, 4}, {1, 12, 4, 5}), "SpaceToDepth");
  EXPECT_NE(moved({1, 12, 4, 5}, {1, 3, 2, 2, 4, 5}, {0, 1, 4, 3, 5, 2}, {1, 3, 8, 10}), "DepthToSpace");
  EXPECT_NE(moved({1, 3, 8, 12}, {1, 3, 4, 2, 4, 3}, {0, 1, 3, 5, 2, 4}, {1, 18, 4, 4}), "SpaceToDepth");
}

// The first layer of older YOLO networks: four slices of rows, then of columns, joined in the channels.
TEST(Views, APixelOfEachBlockFromEverySliceIsOneMove) {
  const auto sliced = [](std::vector<std::pair<int, int>> places) {
    OnnxBuilder b;
    b.input("x", {1, 3, 8, 10}).shape("end", {1 << 30}).shape("two", {2}).shape("h", {2}).shape("w", {-1});
    b.shape("s0", {0}).shape("s1", {1});
    std::vector<std::string> parts;
    for (const auto& [row, column] : places) {
      const std::string name = "p" + std::to_string(parts.size());
      b.node("Slice", {"x", "s" + std::to_string(row), "end", "h", "two"}, {name + "r"});
      b.node("Slice", {name + "r", "s" + std::to_string(column), "end", "w", "two"}, {name});
      parts.push_back(name);
    }
    return read(b.node("Concat", parts, {"c"}, {{"=axis", {1}}}).node("Relu", {"c"}, {"y"}).output("y"));
  };
  const Network n = sliced({{0, 0}, {1, 0}, {0, 1}, {1, 1}});
  EXPECT_EQ(n.operators[0].type, "SpaceToDepth");
  EXPECT_EQ(moves(n), 1);
  EXPECT_EQ(tensor_of(n, "c").shape, (Shape{1, 4, 5, 12}));
  EXPECT_NE(sliced({{0, 0}, {1, 0}, {0, 1}, {0, 1}}).operators[0].type, "SpaceToDepth");  // one place twice
}

// As a dense block is exported: every layer joins all parts before it again.
TEST(Views, AConcatThatRepeatsAnEarlierOnesPartsIsOneBuffer) {
  const Network n = read(two_convs()
                             .node("Concat", {"a", "b"}, {"c1"}, {{"=axis", {1}}})
                             .weight("wc", {2, 10, 1, 1})
                             .node("Conv", {"c1", "wc"}, {"d"})
                             .node("Concat", {"a", "b", "d"}, {"c2"}, {{"=axis", {-3}}})
                             .weight("wd", {3, 12, 1, 1})
                             .node("Conv", {"c2", "wd"}, {"e"})
                             .node("Concat", {"a", "b", "d", "e"}, {"c3"}, {{"=axis", {1}}})
                             .node("Relu", {"c3"}, {"y"})
                             .output("y"));
  EXPECT_EQ(moves(n), 0);
  for (const char* name : {"a", "b", "c1", "d", "c2", "e"})
    EXPECT_EQ(n.tensors[tensor_of(n, name).root].name, "c3") << name;
  EXPECT_EQ(tensor_of(n, "d").offset, (Shape{0, 0, 0, 10}));
  EXPECT_EQ(tensor_of(n, "e").offset, (Shape{0, 0, 0, 12}));
}

TEST(Views, InputsOutputsAndConstantsAreCopiedIntoAConcat) {
  const Network n = read(two_convs()
                             .weight("k", {1, 2, 4, 4})
                             .node("Concat", {"x", "a", "k"}, {"cat"}, {{"=axis", {1}}})
                             .node("Relu", {"cat"}, {"y"})
                             .output("y")
                             .output("b")
                             .output("a"));
  EXPECT_EQ(moves(n), 3);
}

TEST(Views, ARowConcatIsWrittenInPlace) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 4, 8})
                             .node("Relu", {"x"}, {"a"})
                             .node("Tanh", {"x"}, {"b"})
                             .node("Concat", {"a", "b"}, {"y"}, {{"=axis", {1}}})
                             .output("y"));
  EXPECT_EQ(moves(n), 0);
  EXPECT_EQ(tensor_of(n, "b").offset, (Shape{0, 4, 0, 0}));
}

TEST(Views, APartThatWasGivenAnotherShapeIsWrittenInPlaceToo) {
  const Network n = read(OnnxBuilder()
                             .input("x", {4, 8})
                             .shape("s", {1, 4, 8})
                             .node("Relu", {"x"}, {"a"})
                             .node("Tanh", {"x"}, {"b"})
                             .node("Reshape", {"a", "s"}, {"a3"})
                             .node("Reshape", {"b", "s"}, {"b3"})
                             .node("Concat", {"a3", "b3"}, {"y"}, {{"=axis", {0}}})
                             .output("y"));
  EXPECT_EQ(moves(n), 0);
  EXPECT_EQ(tensor_of(n, "b").offset, (Shape{1, 0, 0, 0}));
}

TEST(Views, RowsJoinedInsideALeadingAxisHaveItApart) {
  const auto join = [](std::int64_t leading) {
    return OnnxBuilder()
        .input("a", {leading, 3, 4, 5})
        .input("b", {leading, 3, 4, 5})
        .output("y")
        .node("Concat", {"a", "b"}, {"y"}, {{"=axis", {1}}})
        .read();
  };
  const auto two = join(2);
  ASSERT_TRUE(two.ok()) << two.problems().to_string();
  EXPECT_EQ(tensor_of(*two, "y").shape, (Shape{1, 2, 24, 5}));
  EXPECT_EQ(tensor_of(*two, "y#1").offset, (Shape{0, 0, 12, 0}));
  const auto n = join(1);
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "y#1").offset, (Shape{3, 0, 0, 0}));
}

// Any axis of any rank and layout: what is no view is copied, each element once or, for an image of more than four axes
// that is joined inside its channels, twice.
TEST(Views, EveryAxisCanBeJoinedAndCut) {
  for (const bool image : {false, true}) {
    for (std::size_t rank = image ? 3 : 1; rank <= 6; ++rank) {
      for (std::size_t axis = 0; axis < rank; ++axis) {
        OnnxBuilder::Ints dims(rank, 2), joined = dims, kernel(rank > 2 ? rank - 2 : 0, 1);
        joined[axis] = 4;
        OnnxBuilder b;
        b.input("a", dims).input("b", dims).output("y").output("z");
        const auto at = static_cast<std::int64_t>(axis);
        const bool pooled = image && rank < 6;
        b.node("Concat", {"a", "b"}, {"j"}, {{"=axis", {at}}});
        if (pooled) b.node("MaxPool", {"j"}, {"p"}, {{"kernel_shape", kernel}});
        b.node("Split", {pooled ? "p" : "j"}, {"s", "t"}, {{"=axis", {at}}});
        const auto n = b.node("Relu", {"s"}, {"y"}).node("Relu", {"t"}, {"z"}).read();
        ASSERT_TRUE(n.ok()) << rank << ' ' << axis << n.problems().to_string();
        EXPECT_EQ(tensor_of(*n, "j").dims, joined);
        EXPECT_EQ(tensor_of(*n, "z").dims, dims);
      }
    }
  }
}

// The past of a KV cache [1, 2, 5, 4] gets one row: it stays, and the new row of each head is written behind it.
OnnxBuilder cache() {
  return OnnxBuilder()
      .input("past", {1, 2, 5, 4})
      .input("x", {1, 2, 1, 4})
      .node("Relu", {"x"}, {"new"})
      .node("Concat", {"past", "new"}, {"present"}, {{"=axis", {2}}});
}

TEST(Views, ThePastOfACacheStaysWhereItIs) {
  const Network n = read(cache().output("present"));
  EXPECT_EQ(moves(n), 0);
  EXPECT_EQ(n.tensors[tensor_of(n, "past").root].name, "present");
  EXPECT_EQ(tensor_of(n, "new").offset, (Shape{0, 5, 0, 0}));
  EXPECT_EQ(tensor_of(n, "new").shape, (Shape{2, 1, 1, 4}));
  const auto fed = parts_fed_in(n);
  ASSERT_EQ(fed.size(), 1U);
  EXPECT_EQ(fed[0].box, (Box{{0, 0, 0, 0}, {2, 5, 1, 4}}));
}

TEST(Views, APastThatIsReadElsewhereOrStaysInsideIsCopied) {
  EXPECT_EQ(moves(read(cache().output("present").node("Tanh", {"past"}, {"y"}).output("y"))), 1);
  EXPECT_EQ(moves(read(cache().node("Tanh", {"present"}, {"y"}).output("y"))), 1);
  EXPECT_TRUE(parts_fed_in(read(cache().node("Tanh", {"present"}, {"y"}).output("y"))).empty());
}

// Read by two convolutions, zeros become the padding of both; a third reader needs them in memory.
TEST(Views, APadIsFoldedWhereAllOfItsReadersPad) {
  const auto pad = [](const std::string& mode, bool add) {
    OnnxBuilder b;
    b.input("x", {1, 3, 8, 8}).weight("w", {4, 3, 3, 3}).shape("p", {0, 0, 1, 1, 0, 0, 1, 1}).output("y").output("z");
    b.node("Pad", {"x", "p"}, {"q"}, {{"@mode=" + mode, {}}});
    b.node("Conv", {"q", "w"}, {"y"}).node("Conv", {"q", "w"}, {"z"});
    if (add) b.node("Relu", {"q"}, {"v"}).output("v");
    return read(b);
  };
  EXPECT_EQ(moves(pad("constant", false)), 0);
  EXPECT_EQ(operator_of(pad("constant", false), "z").pe.pad_left, 1);
  EXPECT_EQ(moves(pad("constant", true)), 1);
  for (const char* mode : {"edge", "reflect", "wrap"}) EXPECT_EQ(moves(pad(mode, false)), 1) << mode;
}

TEST(Views, PartsOfASplitAreWindows) {
  const auto split = [](std::int64_t axis) {
    return OnnxBuilder()
        .input("x", {1, 4, 8})
        .node("Relu", {"x"}, {"r"})
        .node("Split", {"r"}, {"a", "b"}, {{"=axis", {axis}}})
        .node("Tanh", {"a"}, {"y"})
        .node("Tanh", {"b"}, {"z"})
        .output("y")
        .output("z");
  };
  const Network channels = read(split(2));
  EXPECT_EQ(moves(channels), 0);
  EXPECT_EQ(tensor_of(channels, "b").offset, (Shape{0, 0, 0, 4}));
  const Network rows = read(split(1));
  EXPECT_EQ(moves(rows), 0);
  EXPECT_EQ(tensor_of(rows, "b").offset, (Shape{0, 2, 0, 0}));
}

TEST(Views, FlattenBeforeAMatrixProductIsFree) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 4, 4})
                             .weight("w", {5, 3, 1, 1})
                             .weight("f", {80, 7})
                             .node("Conv", {"x", "w"}, {"c"})
                             .node("Flatten", {"c"}, {"flat"})
                             .node("MatMul", {"flat", "f"}, {"y"})
                             .output("y"));
  EXPECT_EQ(moves(n), 0);
  EXPECT_EQ(tensor_of(n, "flat").view, View::linear);
  // Without a product behind it the image would have to be rearranged.
  EXPECT_EQ(moves(read(OnnxBuilder()
                           .input("x", {1, 3, 4, 4})
                           .weight("w", {5, 3, 1, 1})
                           .node("Conv", {"x", "w"}, {"c"})
                           .node("Flatten", {"c"}, {"flat"})
                           .node("Relu", {"flat"}, {"y"})
                           .output("y"))),
            1);
}

TEST(Views, ATransposeToTheOrderInMemoryIsFree) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 4, 4})
                             .weight("w", {5, 3, 1, 1})
                             .node("Conv", {"x", "w"}, {"c"})
                             .node("Transpose", {"c"}, {"t"}, {{"perm", {0, 2, 3, 1}}})
                             .node("Softmax", {"t"}, {"y"})
                             .output("y"));
  EXPECT_EQ(moves(n), 0);
}

TEST(Views, AChannelShuffleMoves) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 4, 4})
                             .weight("w", {6, 3, 1, 1})
                             .weight("v", {6, 6, 1, 1})
                             .shape("s", {1, 2, 3, 4, 4})
                             .shape("t", {1, 6, 4, 4})
                             .node("Conv", {"x", "w"}, {"c"})
                             .node("Reshape", {"c", "s"}, {"r"})
                             .node("Transpose", {"r"}, {"p"}, {{"perm", {0, 2, 1, 3, 4}}})
                             .node("Reshape", {"p", "t"}, {"q"})
                             .node("Conv", {"q", "v"}, {"y"})
                             .output("y"));
  EXPECT_EQ(moves(n), 1);
  EXPECT_EQ(tensor_of(n, "q").shape, (Shape{1, 4, 4, 6}));
}

TEST(Views, ARootWhoseViewLeavesTheNetworkIsAnOutput) {
  const Network n = read(OnnxBuilder()
                             .input("x", {2, 8})
                             .shape("s", {16})
                             .node("Relu", {"x"}, {"r"})
                             .node("Reshape", {"r", "s"}, {"y"})
                             .output("y"));
  EXPECT_EQ(tensor_of(n, "r").role, TensorRole::network_output);
}

}  // namespace
}  // namespace tessera::models::tests
