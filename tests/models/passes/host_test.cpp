// What the host runs: which nodes, the shapes of what they make, the copies around them, and what messages say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

HostRule rule(const std::string& type, std::int64_t us = 200) { return {type, "", base::Ps{us * 1'000'000}, {}}; }

std::string problem(const base::Result<Network>& n) {
  return n.ok() ? "read without complaint" : n.problems().to_string();
}

base::Result<Network> read(const OnnxBuilder& b, HostRules rules, Bindings bind = {}) {
  return b.read(13, {.bind = std::move(bind), .host = std::move(rules)});
}

std::vector<std::string> types_of(const Network& n) {
  std::vector<std::string> types;
  for (const Operator& op : n.operators) types.push_back(op.type);
  return types;
}

// Boxes and scores out of two products, then the suppression: of 2 images, 5 classes and 30 boxes, at most 20 each.
OnnxBuilder detector(bool goes_on) {
  OnnxBuilder b;
  b.input("x", {2, 30, 8}).weight("wb", {8, 4}).weight("ws", {8, 5}).shape("most", {20});
  b.node("MatMul", {"x", "wb"}, {"boxes"}).node("MatMul", {"x", "ws"}, {"s"});
  b.node("Transpose", {"s"}, {"scores"}, {{"perm", {0, 2, 1}}});
  b.node("NonMaxSuppression", {"boxes", "scores", "most"}, {"selected"});
  if (!goes_on) return b.output("selected");
  return b.output("y").node("Cast", {"selected"}, {"f"}, {{"=to", {1}}}).node("Relu", {"f"}, {"y"});
}

TEST(HostNodes, AreRefusedWithARemedyThatWorks) {
  const auto refused = detector(false).read();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(problem(refused),
              HasSubstr("node 'selected' (NonMaxSuppression): this operator cannot be simulated; how many elements it "
                        "makes depends on numbers that only a run has; host: {NonMaxSuppression: 200 us} in the run "
                        "file"));
  EXPECT_TRUE(read(detector(false), {rule("NonMaxSuppression")}).ok());
}

// Several types: one line names them all. Of each the first node and how many there are.
TEST(HostNodes, OfSeveralTypesAreInOneRemedy) {
  OnnxBuilder b;
  b.input("x", {2, 3}).output("y").node("Foo", {"x"}, {"a"}, {}, "my.own").node("Bar", {"a"}, {"b"});
  b.node("Bar", {"b"}, {"y"});
  const std::string text = problem(b.read());
  EXPECT_THAT(text, HasSubstr("node 'b' (Bar): this operator cannot be simulated (2 nodes use it)"));
  EXPECT_THAT(text, HasSubstr("node 'a' (my.own::Foo): this operator cannot be simulated"));
  EXPECT_THAT(text, HasSubstr("host: {Bar: 200 us, my.own.Foo: 200 us}"));
  EXPECT_THAT(text, HasSubstr("give the extent of each axis by --bind a.0=NUMBER,a.1=NUMBER"));
  const Bindings extents{{"a.0", 7}, {"b.0", 2}, {"b.1", 4}, {"y.0", 3}};
  const auto n = read(b, {rule("Bar"), rule("my.own.Foo")}, extents);
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_THAT(types_of(*n), ElementsAre("Foo", "Bar", "Bar"));  // the host hands on to itself: no copies
  EXPECT_EQ(tensor_of(*n, "b").dims, (Ints{2, 4}));
  EXPECT_TRUE(read(b, {rule("Bar"), rule("Foo")}, extents).ok());  // in whatever domain
}

// At the end: copied to the host are boxes and scores; what the host makes leaves the network from there. As large as
// it can be: 2 x 5 x 20 boxes of 3 numbers.
TEST(HostNodes, ReadCopiesAndKeepTheirResults) {
  const auto n = read(detector(false), {rule("NonMaxSuppression", 50)});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_THAT(types_of(*n),
              ElementsAre("MatMul", "MatMul", "Transpose", "CopyToHost", "CopyToHost", "NonMaxSuppression"));
  const Operator& nms = operator_of(*n, "selected");
  EXPECT_EQ(nms.unit, Unit::host);
  EXPECT_EQ(nms.host_time, base::Ps{50'000'000});
  ASSERT_EQ(nms.inputs.size(), 2U);
  EXPECT_EQ(n->tensors[nms.inputs[0]].dims, (Ints{2, 30, 4}));
  EXPECT_TRUE(n->tensors[nms.inputs[0]].host);
  const Tensor& selected = tensor_of(*n, "selected");
  EXPECT_EQ(selected.dims, (Ints{200, 3}));
  EXPECT_EQ(selected.role, TensorRole::network_output);
  EXPECT_TRUE(selected.host);
}

TEST(HostNodes, AreCopiedBackForTheMachine) {
  const auto n = read(detector(true), {rule("NonMaxSuppression")});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_THAT(types_of(*n), ElementsAre("MatMul", "MatMul", "Transpose", "CopyToHost", "CopyToHost",
                                        "NonMaxSuppression", "CopyFromHost", "Cast"));
  EXPECT_FALSE(tensor_of(*n, "selected#back").host);
}

// An operator that the machine could run: one task in place of its tiles, with both of its results. One of them leaves
// the network, the other is read again.
TEST(HostNodes, OfAnyTypeWithSeveralResults) {
  OnnxBuilder b;
  b.input("x", {4, 100}).output("ix").output("y").shape("k", {10}).node("Relu", {"x"}, {"r"});
  b.node("TopK", {"r", "k"}, {"v", "ix"}).node("Neg", {"v"}, {"y"});
  const auto n = read(b, {rule("TopK")});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_THAT(types_of(*n), ElementsAre("Relu", "CopyToHost", "TopK", "CopyFromHost", "Neg"));
  const Operator& top = operator_of(*n, "v");
  EXPECT_EQ(n->tensors[top.output].dims, (Ints{4, 10}));
  ASSERT_EQ(top.more_outputs.size(), 1U);
  EXPECT_EQ(n->tensors[top.more_outputs[0]].name, "ix");
  EXPECT_EQ(n->tensors[top.more_outputs[0]].role, TensorRole::network_output);
}

// A network input is the host's already; a value that two tasks read is copied once. What stands on the host is fused
// with nothing.
TEST(HostNodes, ShareCopiesAndAreFusedWithNothing) {
  OnnxBuilder b;
  b.input("x", {4, 8}).weight("w", {8, 8}).output("y").output("z").output("u");
  b.node("MatMul", {"x", "w"}, {"m"}).node("Relu", {"m"}, {"y"}).node("Relu", {"m"}, {"z"}).node("Relu", {"x"}, {"u"});
  const auto n = read(b, {rule("Relu")});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_THAT(types_of(*n), ElementsAre("MatMul", "CopyToHost", "Relu", "Relu", "Relu"));
  EXPECT_TRUE(operator_of(*n, "m").posts.empty());
  EXPECT_EQ(operator_of(*n, "u").inputs, (std::vector<TensorId>{0}));
}

TEST(HostNodes, ByThePatternOfTheirNames) {
  OnnxBuilder b;
  b.input("x", {4, 8}).output("y").node("Relu", {"x"}, {"head/a"}).node("Relu", {"head/a"}, {"tail/b"});
  b.node("Neg", {"tail/b"}, {"y"});
  const auto n = read(b, {{"Relu", "tail/*", base::Ps{1000}, {}}});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(operator_of(*n, "tail/b").unit, Unit::host);
  EXPECT_EQ(operator_of(*n, "head/a").unit, Unit::vector);
}

// What decides is known only when the network runs: both branches are one task, which reads what they read.
TEST(HostNodes, OfControlReadWhatTheirBodiesRead) {
  OnnxBuilder b;
  const auto branch = [](const std::string& type) { return OnnxBuilder().output("b").node(type, {"r"}, {"b"}); };
  b.input("x", {2, 3}).output("y").node("Relu", {"x"}, {"r"}).node("ReduceMax", {"x"}, {"m"}, {{"=keepdims", {0}}});
  b.node("Cast", {"m"}, {"c"}, {{"=to", {9}}});
  b.control("If", {"c"}, {"i"}, {{"then_branch", branch("Relu")}, {"else_branch", branch("Neg")}});
  b.node("Neg", {"i"}, {"y"});
  const std::string text = problem(b.read());
  EXPECT_THAT(text, HasSubstr("node 'i' (If): which branch runs is not known from the file"));
  EXPECT_THAT(text, HasSubstr("host: {If: 200 us} in the run file"));
  const auto n = read(b, {rule("If")}, {{"i.0", 2}, {"i.1", 3}});
  ASSERT_TRUE(n.ok()) << problem(n);
  const Operator& task = operator_of(*n, "i");
  EXPECT_EQ(task.unit, Unit::host);
  EXPECT_EQ(task.inputs.size(), 2U);  // the condition and r
}

TEST(HostNodes, WithoutEffectAreErrors) {
  const auto said = [](const OnnxBuilder& b, HostRules rules) { return problem(read(b, std::move(rules))); };
  HostRule misspelt = rule("NonMaxSupression");
  misspelt.where = {"r.yaml", 3, 8};
  EXPECT_THAT(said(detector(false), {rule("NonMaxSuppression"), misspelt}),
              HasSubstr("r.yaml:3:8: host: NonMaxSupression has no effect: network"));
  EXPECT_THAT(said(detector(false), {rule("NonMaxSuppression"), misspelt}),
              HasSubstr("has no node of that type, did you mean \"NonMaxSuppression\"?"));
  OnnxBuilder known;
  known.input("x", {2, 3}).output("y").node("Shape", {"x"}, {"s"}).node("Reshape", {"x", "s"}, {"y"});
  EXPECT_THAT(said(known, {rule("Shape")}), HasSubstr("what its nodes make is known when the file is read"));
  EXPECT_THAT(said(known, {{"", "zzz*", base::Ps{1}, {}}}), HasSubstr("host: pattern \"zzz*\" has no effect"));
}

// Extents of what depends on numbers: the bound of the type, or what the file says under the names that are bound.
TEST(HostNodes, MakeAsMuchAsTheyCanAtMost) {
  OnnxBuilder b;
  b.input("x", {4, 8}).output("nz").node("Relu", {"x"}, {"r"}).node("NonZero", {"r"}, {"nz"});
  EXPECT_THAT(problem(b.read()), HasSubstr("host: {NonZero: 200 us} in the run file"));
  const auto n = read(b, {rule("NonZero")});
  ASSERT_TRUE(n.ok()) << problem(n);
  EXPECT_EQ(tensor_of(*n, "nz").dims, (Ints{2, 32}));
  const auto fewer = read(b, {rule("NonZero")}, {{"nz.0", 2}, {"nz.1", 5}});
  ASSERT_TRUE(fewer.ok()) << problem(fewer);
  EXPECT_EQ(tensor_of(*fewer, "nz").dims, (Ints{2, 5}));
  OnnxBuilder random;
  random.input("x", {4, 8}).output("y").node("RandomNormal", {}, {"n"}, {{"shape", {4, 8}}});
  random.node("Add", {"x", "n"}, {"y"});
  const auto drawn = read(random, {rule("RandomNormal", 5)});
  ASSERT_TRUE(drawn.ok()) << problem(drawn);
  EXPECT_THAT(types_of(*drawn), ElementsAre("RandomNormal", "CopyFromHost", "Add"));
}

}  // namespace
}  // namespace tessera::models::tests
