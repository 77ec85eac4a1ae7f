// What is wrong with an ONNX file, said once and clearly.
#include <gtest/gtest.h>

#include <set>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

std::string problem(const std::string& bytes) {
  const auto n = read_network(scratch_file("bad.onnx", bytes));
  EXPECT_FALSE(n.ok());
  return n.ok() ? "" : n.problems().to_string();
}

bool says(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << "'" << part << "' is not in: " << text;
  return false;
}

OnnxBuilder good() { return OnnxBuilder().input("x", {1, 8}).output("y").node("Relu", {"x"}, {"y"}); }

TEST(Onnx, NotAFileEmptyCutOffOrSomethingElse) {
  const auto missing = read_network("no/such/file.onnx");
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(says(missing.problems().to_string(), "cannot open the file"));
  EXPECT_TRUE(says(problem(""), "the file is empty"));
  EXPECT_TRUE(says(problem("this is a text, not a network"), "not an ONNX file"));
  const std::string whole = good().bytes();
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const auto n = read_network(scratch_file("cut.onnx", whole.substr(0, cut)));
    // Cut between two fields of the model the rest may be whole: the operator set is the last one here.
    EXPECT_FALSE(n.ok()) << cut;
  }
}

TEST(Onnx, TheFormatOf2017) { EXPECT_TRUE(says(problem(good().bytes(0, 1)), "the format of 2017")); }

TEST(Onnx, UndefinedAndDoublyDefinedTensors) {
  EXPECT_TRUE(says(problem(OnnxBuilder().input("x", {8}).output("y").node("Add", {"x", "nowhere"}, {"y"}).bytes()),
                   "node 'y' (Add) reads tensor 'nowhere', which no node, input or initializer defines"));
  EXPECT_TRUE(says(
      problem(OnnxBuilder().input("x", {8}).output("y").node("Relu", {"x"}, {"y"}).node("Tanh", {"x"}, {"y"}).bytes()),
      "tensor 'y' is defined twice"));
  EXPECT_TRUE(says(problem(OnnxBuilder().input("x", {8}).output("z").node("Relu", {"x"}, {"y"}).bytes()),
                   "network output 'z' is defined by no node"));
}

TEST(Onnx, ACycleIsNamed) {
  EXPECT_TRUE(says(
      problem(
          OnnxBuilder().input("x", {8}).output("b").node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"}).bytes()),
      "the graph has a cycle of 2 node(s): a -> b -> a"));
}

TEST(Onnx, OperatorsThatCannotBeSimulated) {
  const std::string text = problem(OnnxBuilder()
                                       .input("x", {8})
                                       .output("y")
                                       .node("Fancy", {"x"}, {"a"}, {}, "my.domain")
                                       .node("Fancy", {"a"}, {"y"}, {}, "my.domain")
                                       .bytes());
  EXPECT_TRUE(says(text, "bad.onnx: node 'a' (my.domain::Fancy): this operator cannot be simulated (2 nodes use it)"));
}

TEST(Onnx, PadsThatDoNotFitTheirInput) {
  const auto pad = [](const std::vector<std::int64_t>& pads, const std::string& mode) {
    return problem(OnnxBuilder()
                       .input("x", {2, 4})
                       .shape("p", pads)
                       .output("y")
                       .node("Pad", {"x", "p"}, {"y"}, {{"@mode=" + mode, {}}})
                       .bytes());
  };
  EXPECT_TRUE(says(pad({0, 1, 0}, "constant"), "pads must have two numbers for each axis, but there are 3 for 2"));
  EXPECT_TRUE(says(pad({0, -3, 0, -2}, "edge"), "pads -3 and -2 do not fit axis 1 of [2, 4]"));
  EXPECT_TRUE(says(pad({0, 4, 0, 0}, "reflect"), "pads 4 and 0 reflect more than axis 1 of [2, 4] has"));
}

// ONNX says that names are UTF-8. What is not is shown by its bytes, and names that look alike then are told apart.
TEST(Onnx, NamesThatAreNotUtf8) {
  const auto n = read_network(scratch_file("names.onnx", OnnxBuilder()
                                                             .input("x", {1, 8})
                                                             .output("\xFF")
                                                             .output("\\xFF")
                                                             .node("Relu", {"x"}, {"\xFF"})
                                                             .node("Tanh", {"x"}, {"\\xFF"})
                                                             .bytes()));
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->operators.at(0).name, "\\xFF");
  EXPECT_EQ(n->operators.at(1).name, "\\xFF'2");
  EXPECT_EQ(tensor_of(*n, "\\xFF'2").producer, 1U);
}

TEST(Onnx, ManyNodesOfOneName) {
  constexpr int kNodes = 20'000;
  Message graph, model, shape, tensor_type, type, info;
  for (const std::int64_t d : {1, 8}) shape.message(1, Message().integer(1, d));
  info.bytes(1, "t0").message(2, type.message(1, tensor_type.integer(1, 1).message(2, shape)));
  for (int i = 0; i < kNodes; ++i)
    graph.message(1, Message()
                         .bytes(1, "t" + std::to_string(i))
                         .bytes(2, "t" + std::to_string(i + 1))
                         .bytes(3, "same")
                         .bytes(4, "Sigmoid"));
  graph.message(11, info).message(12, Message().bytes(1, "t" + std::to_string(kNodes)));
  model.integer(1, 7).message(7, graph).message(8, Message().integer(2, 13));
  const auto n = read_network(scratch_file("same.onnx", model.text()));
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  std::set<std::string> names;
  for (const Operator& op : n->operators) {
    names.insert(op.name);
    for (const PostOperation& post : op.posts) names.insert(post.name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kNodes));
  EXPECT_EQ(names.count("same'20000"), 1U);
  for (const std::string& name : names) EXPECT_LE(name.size(), 10U);
}

TEST(Onnx, WeightsOfFullFilesAreNotNeeded) {
  // The same network with its weights in the file: raw data of the right size, which must not matter.
  Message weight, conv, graph, model, shape, tensor_type, type, info;
  for (const std::int64_t d : {4, 3, 1, 1}) weight.integer(1, d);
  weight.integer(2, 1).bytes(8, "w").bytes(9, std::string(48, '\1'));
  conv.bytes(1, "x").bytes(1, "w").bytes(2, "y").bytes(4, "Conv");
  for (const std::int64_t d : {1, 3, 5, 5}) shape.message(1, Message().integer(1, d));
  info.bytes(1, "x").message(2, type.message(1, tensor_type.integer(1, 1).message(2, shape)));
  graph.message(1, conv).message(5, weight).message(11, info).message(12, Message().bytes(1, "y"));
  model.integer(1, 7).message(7, graph).message(8, Message().integer(2, 13));
  const auto n = read_network(scratch_file("full.onnx", model.text()));
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->macs(), 4 * 3 * 25);
  EXPECT_EQ(n->operators[0].name, "y");  // a node without a name takes its output's
}

}  // namespace
}  // namespace tessera::models::tests
