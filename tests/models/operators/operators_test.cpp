// The table of operators, and the services that their rules are given.
#include "models/operators/operators.h"

#include <gtest/gtest.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using base::Function;

Node node_of(const std::string& type, const std::string& domain = "") {
  Node node;
  node.type = type;
  node.domain = domain;
  return node;
}

TEST(Operators, AreFoundByTheirTypeInTheirDomain) {
  for (const char* type : {"Abs", "LSTM", "Where"}) {
    ASSERT_NE(find_operator(node_of(type)), nullptr) << type;
    EXPECT_EQ(find_operator(node_of(type))->type, type);
    EXPECT_EQ(find_operator(node_of(type, "com.microsoft")), nullptr) << type;
  }
  EXPECT_NE(find_operator(node_of("FusedMatMul", "com.microsoft")), nullptr);
  EXPECT_EQ(find_operator(node_of("FusedMatMul")), nullptr);
  EXPECT_NE(&rule_of(node_of("Attention")), &rule_of(node_of("Attention", "com.microsoft")));
  for (const char* type : {"", "Aaa", "Gel", "Gelus", "Zzz"}) EXPECT_EQ(find_operator(node_of(type)), nullptr) << type;
}

TEST(Operators, OfOneFamilyDifferInTheirFunctionOnly) {
  EXPECT_EQ(&rule_of(node_of("Sigmoid")), &rule_of(node_of("Relu")));
  EXPECT_EQ(find_operator(node_of("Sigmoid"))->function, Function::sigmoid);
  EXPECT_EQ(find_operator(node_of("Relu"))->function, Function::relu);
  EXPECT_NE(&rule_of(node_of("Add")), &rule_of(node_of("Relu")));  // broadcasts
}

// A graph of one node that reads an image and a constant of one number for each of its two channels.
Graph scaled_image() {
  Graph g;
  for (const char* name : {"x", "c", "y"}) (void)g.add_value(name);
  g.values[0].literal.dims = g.values[2].literal.dims = {1, 2, 4, 5};
  g.values[1].literal.dims = {2, 1, 1};
  g.values[0].shaped = g.values[1].shaped = g.values[2].shaped = true;
  g.values[0].network_input = g.values[1].constant = g.values[2].network_output = true;
  g.values[2].producer = 0;
  Node node = node_of("Mul");
  node.name = "scale";
  node.inputs = {0, 1};
  node.outputs = {2};
  g.nodes.push_back(node);
  return g;
}

TEST(Inference, PassesOnTheElementTypeOfTheFirstInput) {
  Graph g = scaled_image();
  g.values[0].literal.type = ElementType::float16;
  EXPECT_EQ(infer_node(g, 0), std::nullopt);
  EXPECT_EQ(g.values[2].type(), ElementType::float16);
}

TEST(Inference, ComparisonsAndCastsHaveTypesOfTheirOwn) {
  Graph g = scaled_image();
  g.values[0].literal.type = ElementType::float16;
  g.nodes[0].type = "Less";
  EXPECT_EQ(infer_node(g, 0), std::nullopt);
  EXPECT_EQ(g.values[2].type(), ElementType::boolean);
  g.nodes[0].type = "Cast";
  g.nodes[0].inputs = {0};
  g.nodes[0].attributes.emplace("to", Attribute::integer(16));
  EXPECT_EQ(infer_node(g, 0), std::nullopt);
  EXPECT_EQ(g.values[2].type(), ElementType::bfloat16);
}

TEST(ElementType, HasTheNumberThatOnnxGivesIt) {
  EXPECT_EQ(element_type(1), ElementType::float32);
  EXPECT_EQ(element_type(7), ElementType::int64);
  EXPECT_EQ(element_type(10), ElementType::float16);
  EXPECT_EQ(element_type(16), ElementType::bfloat16);
  EXPECT_EQ(element_type(22), ElementType::int4);
  EXPECT_EQ(about(element_type(22)).bits, 4);
  for (const std::int64_t number : {-1, 0, 24}) EXPECT_EQ(element_type(number), ElementType::unknown);
}

TEST(Lowering, MakesATensorOnceForEveryWayInWhichItIsRead) {
  const Graph g = scaled_image();
  Lowering lowering(g, {Layout::image, Layout::rows, Layout::image});
  const TensorId x = lowering.tensor(0);
  EXPECT_EQ(lowering.tensor(0), x);
  EXPECT_EQ(lowering.at(x).role, TensorRole::network_input);
  EXPECT_EQ(lowering.at(x).shape, (Shape{1, 4, 5, 2}));
  // As an operand a constant has rank and layout of what is calculated; as a vector it is another tensor.
  const TensorId c = lowering.operand(1, x);
  EXPECT_EQ(lowering.at(c).dims, (Dims{1, 2, 1, 1}));
  EXPECT_EQ(lowering.at(c).shape, (Shape{1, 1, 1, 2}));
  EXPECT_EQ(lowering.operand(1, x), c);
  EXPECT_NE(lowering.constant(1, {2}, Layout::rows), c);
}

TEST(Lowering, FollowsTheRuleOfANode) {
  const Graph g = scaled_image();
  Lowering lowering(g, {Layout::image, Layout::rows, Layout::image});
  lowering.lower(0);
  const Network n = std::move(lowering).finish();
  ASSERT_EQ(n.operators.size(), 1U);
  EXPECT_EQ(n.operators[0].name, "scale");
  EXPECT_EQ(n.operators[0].function, Function::mul);
  EXPECT_EQ(n.operators[0].parameter_elements, 2);
  EXPECT_EQ(n.tensors.at(n.operators[0].output).role, TensorRole::network_output);
}

TEST(Lowering, WhatIsFusedRunsOnTheLastOperatorOfAChain) {
  const auto n = OnnxBuilder()
                     .input("a", {2, 3})
                     .input("b", {2, 3})
                     .input("c", {2, 3})
                     .output("y")
                     .node("Sum", {"a", "b", "c"}, {"s"})
                     .node("Relu", {"s"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 2U);
  EXPECT_TRUE(n->operators[0].posts.empty());
  EXPECT_EQ(posts_of(n->operators[1]), (std::vector<std::string>{"relu"}));
}

}  // namespace
}  // namespace tessera::models::tests
