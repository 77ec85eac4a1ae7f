// If, Loop, Scan and sequences: what remains of them in the network.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

std::string problem(const base::Result<Network>& n) {
  return n.ok() ? "read without complaint" : n.problems().to_string();
}

std::vector<std::string> types_of(const Network& n) {
  std::vector<std::string> types;
  for (const Operator& op : n.operators) types.push_back(op.type);
  return types;
}

OnnxBuilder branch(const std::string& type) { return OnnxBuilder().output("b").node(type, {"x"}, {"b"}); }

// The condition is what a sample rate decides: Equal(Shape(x)[1], 3).
TEST(ControlFlow, AnIfIsTheBranchThatItsConstantConditionTakes) {
  for (const auto& [extent, type] : {std::pair{3, "Relu"}, std::pair{5, "Tanh"}}) {
    const auto n =
        OnnxBuilder()
            .input("x", {2, extent})
            .shape("three", {3})
            .shape("one", {1})
            .output("y")
            .node("Shape", {"x"}, {"shape"})
            .node("Gather", {"shape", "one"}, {"rate"})
            .node("Equal", {"rate", "three"}, {"is_three"})
            .control("If", {"is_three"}, {"y"}, {{"then_branch", branch("Relu")}, {"else_branch", branch("Tanh")}})
            .read();
    ASSERT_TRUE(n.ok()) << problem(n);
    EXPECT_EQ(types_of(*n), (std::vector<std::string>{type}));
    EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{2, extent}));
  }
}

TEST(ControlFlow, AnIfWhoseConditionEntersTheNetworkSaysHowToBindIt) {
  OnnxBuilder b;
  b.input("x", {2, 3}).typed_input("cached", 9, {1}).output("y");
  b.control("If", {"cached"}, {"y"}, {{"then_branch", branch("Relu")}, {"else_branch", branch("Tanh")}});
  const std::string text = problem(b.read());
  EXPECT_NE(
      text.find("node 'y' (If): which branch runs is not known from the file: 'cached' enters the network, so only "
                "a run has its numbers; --bind cached=0 or --bind cached=1 makes a constant of it"),
      std::string::npos)
      << text;
  const auto file = scratch_file("flag.onnx", b.bytes());
  const auto bound = read_network(file, ReadOptions{.bind = {{"cached", 1}}});
  ASSERT_TRUE(bound.ok()) << problem(bound);
  EXPECT_EQ(types_of(*bound), (std::vector<std::string>{"Relu"}));
  EXPECT_EQ(types_of(*read_network(file, ReadOptions{.bind = {{"cached", 0}}})), (std::vector<std::string>{"Tanh"}));
}

// A branch may hand out what it reads from around it, and the same value twice.
TEST(ControlFlow, ABranchMayPassValuesOn) {
  const auto both = OnnxBuilder().output("r").output("x").output("r").node("Relu", {"x"}, {"r"});
  const auto n = OnnxBuilder()
                     .input("x", {2, 3})
                     .raw("yes", 9, {}, std::string(1, '\1'))
                     .output("y")
                     .control("If", {"yes"}, {"a", "b", "c"}, {{"then_branch", both}, {"else_branch", both}})
                     .node("Sum", {"a", "b", "c"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{2, 3}));
  EXPECT_EQ(n->operators.front().type, "Relu");
}

// Three times the carried state through a Relu, and each state kept as a row of the second output.
TEST(ControlFlow, ALoopIsItsBodyThreeTimes) {
  const auto body = OnnxBuilder()
                        .input("i", {})
                        .input("go", {})
                        .input("state", {2, 3})
                        .output("go")
                        .output("next")
                        .output("next")
                        .node("Relu", {"state"}, {"next"});
  const auto n = OnnxBuilder()
                     .input("x", {2, 3})
                     .raw("three", 7, {}, std::string("\3\0\0\0\0\0\0\0", 8))
                     .output("y")
                     .output("all")
                     .control("Loop", {"three", "", "x"}, {"last", "all"}, {{"body", body}})
                     .node("Tanh", {"last"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "all").dims, (Ints{3, 2, 3}));
  const auto types = types_of(*n);
  EXPECT_EQ(std::count(types.begin(), types.end(), "Relu"), 3);
  (void)operator_of(*n, "last[2]/next");
}

// The body stops itself when the counter reaches two: i = 0, 1.
TEST(ControlFlow, ALoopEndsWhereItsConditionDoes) {
  const auto body = OnnxBuilder()
                        .input("i", {})
                        .input("go", {})
                        .input("state", {4})
                        .output("more")
                        .output("next")
                        .node("Less", {"i", "limit"}, {"more"})
                        .node("Relu", {"state"}, {"next"});
  const auto n = OnnxBuilder()
                     .input("x", {4})
                     .raw("limit", 7, {}, std::string("\1\0\0\0\0\0\0\0", 8))
                     .output("y")
                     .control("Loop", {"", "", "x"}, {"last"}, {{"body", body}})
                     .node("Tanh", {"last"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(n->operators.size() + n->operators.front().posts.size(), 3U);
}

// The state passes through; what the iterations would stack is empty, and the weights of the body are nobody's.
TEST(ControlFlow, ALoopThatNeverRunsStacksNothing) {
  const auto body = OnnxBuilder()
                        .input("i", {})
                        .input("go", {})
                        .input("state", {2, 3})
                        .output("go")
                        .output("next")
                        .output("row")
                        .node("MatMul", {"state", "w"}, {"next"})
                        .node("ReduceSum", {"next", "zero"}, {"row"}, {{"=keepdims", {0}}});
  const auto n = OnnxBuilder()
                     .input("x", {2, 3})
                     .weight("w", {3, 3})
                     .shape("zero", {0})
                     .raw("none", 7, {}, std::string(8, '\0'))
                     .input("more", {4, 3})
                     .output("y")
                     .output("all")
                     .control("Loop", {"none", "", "x"}, {"last", "rows"}, {{"body", body}})
                     .node("Tanh", {"last"}, {"y"})
                     .node("Concat", {"rows", "more"}, {"all"}, {{"=axis", {0}}})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{2, 3}));
  EXPECT_EQ(tensor_of(*n, "all").dims, (Ints{4, 3}));
  EXPECT_EQ(n->macs(), 0);
  EXPECT_EQ(n->parameters, 0);
}

TEST(ControlFlow, ALoopOfUnknownLengthIsRefused) {
  const auto body =
      OnnxBuilder().input("i", {}).input("go", {}).input("s", {4}).output("go").output("n").node("Relu", {"s"}, {"n"});
  const auto loop = [&](const std::string& trips) {
    return problem(OnnxBuilder()
                       .input("x", {4})
                       .typed_input("trips", 7, {})
                       .output("y")
                       .control("Loop", {trips, "", "x"}, {"y"}, {{"body", body}})
                       .read());
  };
  EXPECT_NE(loop("trips").find("how often it runs is not known from the file: 'trips' enters the network"),
            std::string::npos)
      << loop("trips");
  EXPECT_NE(loop("").find("its body would be put in place more than 4096 times"), std::string::npos) << loop("");
}

// A cumulative sum by hand: three steps, each over one row of the input.
TEST(ControlFlow, AScanIsItsBodyForEveryRow) {
  const auto body = OnnxBuilder()
                        .input("sum", {4})
                        .input("row", {4})
                        .output("next")
                        .output("next")
                        .node("Add", {"sum", "row"}, {"next"});
  const auto n = OnnxBuilder()
                     .input("start", {4})
                     .input("x", {3, 4})
                     .output("y")
                     .output("rows")
                     .control("Scan", {"start", "x"}, {"last", "rows"}, {{"body", body}}, {{"=num_scan_inputs", {1}}})
                     .node("Relu", {"last"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "rows").dims, (Ints{3, 4}));
  const auto types = types_of(*n);
  EXPECT_EQ(std::count(types.begin(), types.end(), "Add"), 3);
}

TEST(ControlFlow, SequencesOfKnownLengthDisappear) {
  const auto n = OnnxBuilder()
                     .input("x", {6, 4})
                     .raw("two", 7, {}, std::string("\2\0\0\0\0\0\0\0", 8))
                     .raw("last", 7, {}, std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8))
                     .output("y")
                     .node("SplitToSequence", {"x", "two"}, {"parts"})
                     .node("SequenceAt", {"parts", "last"}, {"part"})
                     .node("Relu", {"part"}, {"r"})
                     .node("SequenceInsert", {"parts", "r"}, {"more"})
                     .node("ConcatFromSequence", {"more"}, {"y"}, {{"=axis", {0}}})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{8, 4}));
}

TEST(ControlFlow, AllOperatorsThatCannotBeSimulatedAreNamedAtOnce) {
  const std::string text = problem(OnnxBuilder()
                                       .input("x", {4})
                                       .output("y")
                                       .node("StringNormalizer", {"x"}, {"a"})
                                       .node("Relu", {"a"}, {"b"})
                                       .node("Fancy", {"b"}, {"c"}, {}, "my.domain")
                                       .node("Fancy", {"c"}, {"y"}, {}, "my.domain")
                                       .read());
  EXPECT_NE(text.find("node 'a' (StringNormalizer): this operator cannot be simulated; it works on text"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("node 'c' (my.domain::Fancy): this operator cannot be simulated (2 nodes use it); its domain "
                      "'my.domain' is not ONNX's own"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace tessera::models::tests
