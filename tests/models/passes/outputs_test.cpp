// Outputs of the network that no operator makes, and inputs that are weights.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

bool noted(const Network& n, const std::string& what) {
  return std::any_of(n.notes.begin(), n.notes.end(),
                     [&](const PassNote& note) { return note.what.find(what) != std::string::npos; });
}

TEST(Outputs, ConstantsAndInputsAmongThemAreNoted) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 3})
                     .output("y")
                     .output("shape")
                     .output("x")
                     .node("Relu", {"x"}, {"y"})
                     .node("Shape", {"x"}, {"shape"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_TRUE(noted(*n, "this network output is a constant"));
  EXPECT_TRUE(noted(*n, "this network output is a network input"));
  EXPECT_EQ(n->operators.size(), 1U);
}

TEST(Outputs, WithNothingToRunTheNetworkIsRefused) {
  const auto n = OnnxBuilder().input("x", {2, 3}).output("s").node("Shape", {"x"}, {"s"}).read();
  ASSERT_FALSE(n.ok());
  EXPECT_NE(n.problems().to_string().find("there is nothing to run: every network output is a constant or a network "
                                          "input ('s')"),
            std::string::npos);
}

TEST(Outputs, AListOfTensorsIsNone) {
  for (const char* type : {"SplitToSequence", "SequenceConstruct"}) {
    const auto n = OnnxBuilder().input("x", {2, 3}).output("list").node(type, {"x"}, {"list"}).read();
    ASSERT_FALSE(n.ok());
    EXPECT_NE(n.problems().to_string().find("network output 'list' is a list of tensors, which is no tensor: take its "
                                            "parts (SequenceAt), or join them (ConcatFromSequence)"),
              std::string::npos)
        << n.problems().to_string();
  }
}

// 4 x 3 x 3 x 3 weights and 4 biases enter the file as plain inputs; the weights come through a Cast.
TEST(Outputs, InputsThatAreOnlyReadAsWeightsAreConstants) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 3, 8, 8})
                     .typed_input("w16", 10, {4, 3, 3, 3})
                     .input("b", {4})
                     .output("y")
                     .node("Cast", {"w16"}, {"w"}, {{"=to", {1}}})
                     .node("Conv", {"x", "w", "b"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->parameters, 4 * 27 + 4);
  EXPECT_EQ(n->macs(), 6 * 6 * 4 * 27);
}

// What is read elsewhere too stays an input.
TEST(Outputs, AnInputThatIsAlsoAnActivationIsNoWeight) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 3, 8, 8})
                     .input("w", {4, 3, 3, 3})
                     .output("y")
                     .output("z")
                     .node("Conv", {"x", "w"}, {"y"})
                     .node("Relu", {"w"}, {"z"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->parameters, 0);
  EXPECT_TRUE(operator_of(*n, "y").pe.weight_is_activation);
}

TEST(Outputs, IdentityBetweenAConvolutionAndItsActivationChangesNothing) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 3, 8, 8})
                     .weight("w", {4, 3, 3, 3})
                     .output("y")
                     .node("Conv", {"x", "w"}, {"c"})
                     .node("Identity", {"c"}, {"i"})
                     .node("Dropout", {"i"}, {"d"})
                     .node("Relu", {"d"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 1U);
  EXPECT_EQ(posts_of(n->operators[0]), (std::vector<std::string>{"relu"}));
}

}  // namespace
}  // namespace tessera::models::tests
