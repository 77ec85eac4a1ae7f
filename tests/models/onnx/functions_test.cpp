// Functions that a file defines: their nodes in place of the calls.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

std::string problem(const base::Result<Network>& n) {
  return n.ok() ? "read without complaint" : n.problems().to_string();
}

// Two calls of one function, which calls another; inner names are the same everywhere.
TEST(Functions, AreInlinedWithNamesOfTheirOwn) {
  const auto n = OnnxBuilder()
                     .input("x", {4, 8})
                     .weight("w1", {8, 8})
                     .weight("w2", {8, 8})
                     .output("y")
                     .function("local", "Linear", {"a", "w"}, {"r"},
                               OnnxBuilder().node("MatMul", {"a", "w"}, {"t"}).node("act", {"t"}, {"r"}, {}, "local"))
                     .function("local", "act", {"t"}, {"r"}, OnnxBuilder().node("Tanh", {"t"}, {"r"}))
                     .node("Linear", {"x", "w1"}, {"t"}, {}, "local")
                     .node("Linear", {"t", "w2"}, {"y"}, {}, "local")
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(n->operators.size(), 2U);
  EXPECT_EQ(n->macs(), 2 * 4 * 8 * 8);
  EXPECT_EQ(posts_of(operator_of(*n, "t/t")), (std::vector<std::string>{"tanh"}));
  EXPECT_EQ(posts_of(operator_of(*n, "y/t")), (std::vector<std::string>{"tanh"}));
}

// The attribute of the call reaches the node inside; one that the call leaves out is left out there.
TEST(Functions, AttributesOfTheCallReachTheNodesInside) {
  const auto read = [](const std::map<std::string, Ints>& attributes) {
    return OnnxBuilder()
        .input("x", {2, 3, 4})
        .output("y")
        .function("local", "Flat", {"a"}, {"r"}, OnnxBuilder().node("Flatten", {"a"}, {"r"}, {{"&axis=from", {}}}))
        .node("Flat", {"x"}, {"f"}, attributes, "local")
        .node("Relu", {"f"}, {"y"})
        .read();
  };
  EXPECT_EQ(tensor_of(*read({{"=from", {2}}}), "y").dims, (Ints{6, 4}));
  EXPECT_EQ(tensor_of(*read({}), "y").dims, (Ints{2, 12}));
}

// Optional inputs may be left out, outputs may be inputs.
TEST(Functions, InputsMayBeLeftOutAndPassedOn) {
  const auto n = OnnxBuilder()
                     .input("x", {4})
                     .output("y")
                     .function("local", "F", {"a", "low"}, {"r", "a"}, OnnxBuilder().node("Clip", {"a", "low"}, {"r"}))
                     .node("F", {"x"}, {"c", "same"}, {}, "local")
                     .node("Add", {"c", "same"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{4}));
}

TEST(Functions, AFunctionMayHoldAnIfThatReadsItsInputs) {
  const auto branch = [](const char* type) { return OnnxBuilder().output("b").node(type, {"a"}, {"b"}); };
  const auto n =
      OnnxBuilder()
          .input("x", {4})
          .raw("yes", 9, {}, std::string(1, '\1'))
          .output("y")
          .function("local", "F", {"a", "flag"}, {"r"},
                    OnnxBuilder().control("If", {"flag"}, {"r"},
                                          {{"then_branch", branch("Relu")}, {"else_branch", branch("Tanh")}}))
          .node("F", {"x", "yes"}, {"y"}, {}, "local")
          .read();
  ASSERT_TRUE(n.ok()) << problem(n);
  ASSERT_EQ(n->operators.size(), 1U);
  EXPECT_EQ(n->operators[0].type, "Relu");
}

TEST(Functions, WrongCallsAreNamed) {
  const auto text = [](const OnnxBuilder& body, const std::vector<std::string>& inputs) {
    return problem(OnnxBuilder()
                       .input("x", {4})
                       .output("y")
                       .function("local", "F", {"a"}, {"r"}, body)
                       .node("F", inputs, {"y"}, {}, "local")
                       .read());
  };
  EXPECT_NE(text(OnnxBuilder().node("F", {"a"}, {"r"}, {}, "local"), {"x"}).find("the function calls itself"),
            std::string::npos);
  EXPECT_NE(text(OnnxBuilder().node("Relu", {"a"}, {"r"}), {"x", "x"})
                .find("it has 2 input(s) and 1 output(s), but the "
                      "function of the file takes 1 and makes 1"),
            std::string::npos);
  EXPECT_NE(text(OnnxBuilder().node("Relu", {"a"}, {"q"}), {"x"}).find("no node of the function makes its output 'y'"),
            std::string::npos);
  EXPECT_NE(text(OnnxBuilder().node("Relu", {"nowhere"}, {"r"}), {"x"}).find("reads tensor 'nowhere'"),
            std::string::npos);
}

}  // namespace
}  // namespace tessera::models::tests
