// Dimensions with names: what they are bound to, and what is said of those that are not.
#include <gtest/gtest.h>

#include "models/onnx/extents.h"
#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

OnnxBuilder tokens() {
  return OnnxBuilder()
      .open_input("ids", {"batch", "seq", "64"})
      .open_input("past", {"batch", "past", "64"})
      .output("y")
      .node("Concat", {"past", "ids"}, {"y"}, {{"=axis", {1}}});
}

std::string problem(const base::Result<Network>& n) {
  return n.ok() ? "read without complaint" : n.problems().to_string();
}
bool says(const std::string& text, const std::string& what) {
  if (text.find(what) != std::string::npos) return true;
  ADD_FAILURE() << "'" << what << "' is not in: " << text;
  return false;
}

TEST(Bindings, NumbersTakeThePlaceOfNames) {
  const auto n = read_network(scratch_file("t.onnx", tokens().bytes()),
                              ReadOptions{.bind = {{"batch", 2}, {"seq", 5}, {"past", 11}}});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{2, 16, 64}));
}

TEST(Bindings, OpenNamesAreListedWithAnExampleThatWorks) {
  const auto file = scratch_file("t.onnx", tokens().bytes());
  const std::string text = problem(read_network(file));
  EXPECT_TRUE(says(text, "batch (axis 0 of 'ids', axis 0 of 'past'); seq (axis 1 of 'ids'); past (axis 1 of 'past')"));
  EXPECT_TRUE(says(text,
                   "for example --bind batch=1,past=128,seq=128, or in the run file bind: {batch: 1, past: 128, "
                   "seq: 128}"));
  EXPECT_TRUE(read_network(file, ReadOptions{.bind = {{"batch", 1}, {"past", 128}, {"seq", 128}}}).ok());
  EXPECT_TRUE(
      says(problem(read_network(file, ReadOptions{.bind = {{"batch", 3}}})), "--bind batch=3,past=128,seq=128"));
}

// Only 16 of the numbers that are tried fits the constant of 16 rows.
TEST(Bindings, TheExampleHasBeenTried) {
  const std::string text = problem(OnnxBuilder()
                                       .open_input("x", {"b", "q", "8"})
                                       .weight("w", {1, 16, 8})
                                       .weight("v", {16, 4, 8})
                                       .output("y")
                                       .node("Concat", {"x", "w"}, {"y"}, {{"=axis", {0}}})
                                       .read());
  EXPECT_TRUE(says(text, "for example --bind b=1,q=16,"));
}

TEST(Bindings, WhereNoNumberWorksTheCauseIsSaid) {
  const std::string text = problem(OnnxBuilder()
                                       .open_input("x", {"n", "8"})
                                       .weight("w", {7, 4})
                                       .output("y")
                                       .node("MatMul", {"x", "w"}, {"y"})
                                       .read());
  EXPECT_TRUE(
      says(text, "with --bind n=1 it still fails: node 'y' (MatMul): matrices [1, 8] and [7, 4] do not multiply"));
}

TEST(Bindings, AxesWithoutNamesAreCalledByInputAndAxis) {
  const auto file = scratch_file(
      "u.onnx", OnnxBuilder().open_input("x", {"", "3", "-1", "8"}).output("y").node("Relu", {"x"}, {"y"}).bytes());
  EXPECT_TRUE(says(problem(read_network(file)),
                   "x.0 (axis 0 of 'x'); x.2 (axis 2 of 'x'); give them numbers, for "
                   "example --bind x.0=1,x.2=224"));
  const auto n = read_network(file, ReadOptions{.bind = {{"x.0", 4}, {"x.2", 7}}});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{4, 3, 7, 8}));
}

TEST(Bindings, NamesThatNothingHasAreRefused) {
  const auto file = scratch_file("t.onnx", tokens().bytes());
  EXPECT_TRUE(
      says(problem(read_network(file, ReadOptions{.bind = {{"batch", 1}, {"seq", 1}, {"past", 1}, {"sequence", 9}}})),
           "'sequence' is bound to 9, but no dimension of the network's inputs has that name; the names are "
           "batch, past, seq; for example --bind batch=1,past=1,seq=1, or in the run file bind: {batch: 1, past: 1, "
           "seq: 1}"));
  const auto fixed =
      scratch_file("f.onnx", OnnxBuilder().input("x", {8}).output("y").node("Relu", {"x"}, {"y"}).bytes());
  EXPECT_TRUE(says(problem(read_network(fixed, ReadOptions{.bind = {{"batch", 1}}})),
                   "'batch' is bound to 1, but every dimension of the network's inputs is a number in the file"));
}

TEST(Bindings, NamesMayStandInArithmetic) {
  const auto value = [](const char* text) {
    const auto e = onnx::Expression::parse(text);
    return e ? e->value({{"a", 7}, {"b", 2}, {"past-seq", 3}}) : std::optional<std::int64_t>{-1};
  };
  EXPECT_EQ(value("a + b"), 9);
  EXPECT_EQ(value("2*a - 3 * b"), 8);
  EXPECT_EQ(value("(a+1)*b"), 16);
  EXPECT_EQ(value("a//b"), 3);
  EXPECT_EQ(value("ceil(a/b)*b"), 8);
  EXPECT_EQ(value("floor((a + b)/4)"), 2);
  EXPECT_EQ(value("past-seq + 1"), 4);
  EXPECT_EQ(value("b - a"), std::nullopt);  // no extent
  EXPECT_EQ(value("a/(b - 2)"), std::nullopt);
  EXPECT_EQ(value("a + c"), std::nullopt);
  for (const char* text : {"a", "", "a +", "(a", "a b", "7 +* 2"}) EXPECT_EQ(value(text), -1) << text;
}

TEST(Bindings, TheNamesInsideArithmeticAreBound) {
  const auto file = scratch_file(
      "e.onnx",
      OnnxBuilder().open_input("x", {"batch*2", "past + seq"}).output("y").node("Relu", {"x"}, {"y"}).bytes());
  EXPECT_TRUE(says(problem(read_network(file)), "batch (axis 0 of 'x'); past (axis 1 of 'x'); seq (axis 1 of 'x')"));
  const auto n = read_network(file, ReadOptions{.bind = {{"batch", 3}, {"past", 10}, {"seq", 5}}});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{6, 15}));
}

}  // namespace
}  // namespace tessera::models::tests
