// Attention in its many forms: what it becomes is what a network that spells it out has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::HasSubstr;
using Ints = OnnxBuilder::Ints;
const std::string kMicrosoft = "com.microsoft";

Network read(const OnnxBuilder& b, std::int64_t opset = 23) {
  auto n = b.read(opset);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

std::string refusal(const OnnxBuilder& b) {
  const auto n = b.read(23);
  return n.ok() ? "" : n.problems().to_string();
}

// What decides the time of an operator: unit, function, geometry, shapes of what it reads and writes, posts.
std::vector<std::string> work_of(const Network& n) {
  std::vector<std::string> work;
  for (const Operator& op : n.operators) {
    std::string line = std::to_string(static_cast<int>(op.unit)) + std::string(base::to_string(op.function)) + " " +
                       std::to_string(op.unit == Unit::pe ? op.pe.macs() : 0);
    const auto shape = [&](TensorId t) {
      line += " [";
      for (const std::int64_t extent : n.tensors[t].shape) line += std::to_string(extent) + ",";
      line += "]";
    };
    for (const TensorId t : op.inputs) shape(t);
    shape(op.output);
    for (const std::string& post : posts_of(op)) line += " " + post;
    work.push_back(line);
  }
  return work;
}

// 2 heads of 8 numbers, 6 rows.
OnnxBuilder spelt_out(bool masked, std::int64_t batch = 1) {
  OnnxBuilder b;
  for (const std::string t : {"q", "k", "v"}) b.input(t, {batch, 6, 16});
  b.shape("heads", {batch, 6, 2, 8}).shape("joined", {batch, 6, 16}).weight("scale", {});
  for (const std::string t : {"q", "k", "v"}) b.node("Reshape", {t, "heads"}, {t + "h"});
  b.node("Transpose", {"qh"}, {"qt"}, {{"perm", {0, 2, 1, 3}}});
  b.node("Transpose", {"kh"}, {"kt"}, {{"perm", {0, 2, 3, 1}}});
  b.node("Transpose", {"vh"}, {"vt"}, {{"perm", {0, 2, 1, 3}}});
  b.node("MatMul", {"qt", "kt"}, {"s"}).node("Mul", {"s", "scale"}, {"scaled"});
  if (masked) b.weight("mask", {6, 6}).weight("least", {}).node("Where", {"mask", "scaled", "least"}, {"m"});
  b.node("Softmax", {masked ? "m" : "scaled"}, {"p"}, {{"=axis", {-1}}}).node("MatMul", {"p", "vt"}, {"o"});
  b.node("Transpose", {"o"}, {"ot"}, {{"perm", {0, 2, 1, 3}}}).node("Reshape", {"ot", "joined"}, {"y"});
  return b.output("y");
}

OnnxBuilder qkv() { return OnnxBuilder().input("q", {1, 6, 16}).input("k", {1, 6, 16}).input("v", {1, 6, 16}); }

TEST(Attention, IsWhatANetworkSpellsOut) {
  const std::map<std::string, Ints> heads{{"=q_num_heads", {2}}, {"=kv_num_heads", {2}}};
  const Network n = read(qkv().node("Attention", {"q", "k", "v"}, {"y"}, heads).output("y"));
  EXPECT_EQ(n.macs(), 2 * 2 * 6 * 6 * 8);  // two products of two heads
  EXPECT_EQ(work_of(n), work_of(read(spelt_out(false))));
  auto causal = heads;
  causal["=is_causal"] = {1};
  EXPECT_EQ(work_of(read(qkv().node("Attention", {"q", "k", "v"}, {"y"}, causal).output("y"))),
            work_of(read(spelt_out(true))));
  const Network microsoft =
      read(qkv().node("MultiHeadAttention", {"q", "k", "v"}, {"y"}, {{"=num_heads", {2}}}, kMicrosoft).output("y"));
  EXPECT_EQ(work_of(microsoft), work_of(read(spelt_out(false))));
}

// The products are whole: half of them is masked, but an array computes the tile that it is given.
TEST(Attention, ACausalMaskLeavesNoMacOut) {
  const Network n = read(qkv()
                             .node("Attention", {"q", "k", "v"}, {"y"},
                                   {{"=q_num_heads", {2}}, {"=kv_num_heads", {2}}, {"=is_causal", {1}}})
                             .output("y"));
  EXPECT_EQ(n.macs(), 1152);
  EXPECT_EQ(operator_of(n, "y/masked").function, base::Function::where);
}

// 4 heads share 2 heads of keys: 2 products of 2 x 6 rows, the keys read once for both.
TEST(Attention, HeadsThatShareKeysAreRowsOfOneProduct) {
  const Network n = read(OnnxBuilder()
                             .input("q", {1, 4, 6, 8})
                             .input("k", {1, 2, 5, 8})
                             .input("v", {1, 2, 5, 3})
                             .node("Attention", {"q", "k", "v"}, {"y"})
                             .output("y"));
  const Operator& scores = operator_of(n, "y/scores");
  EXPECT_EQ(scores.pe.batch, 2);
  EXPECT_EQ(scores.pe.out_h, 12);
  EXPECT_EQ(scores.pe.macs(), 4 * 6 * 5 * 8);
  EXPECT_EQ(n.macs(), 4 * 6 * 5 * 8 + 4 * 6 * 5 * 3);
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{1, 4, 6, 3}));
}

TEST(Attention, TakesAPastMasksAndASoftCapAndGivesAllItsOutputs) {
  const Network n = read(OnnxBuilder()
                             .input("q", {2, 4, 6, 8})
                             .input("k", {2, 2, 6, 8})
                             .input("v", {2, 2, 6, 8})
                             .input("mask", {6, 9})
                             .input("pk", {2, 2, 3, 8})
                             .input("pv", {2, 2, 3, 8})
                             .node("Attention", {"q", "k", "v", "mask", "pk", "pv"}, {"y", "nk", "nv", "qk"},
                                   {{"~softcap=30", {}}, {"=qk_matmul_output_mode", {3}}})
                             .output("y")
                             .output("nk")
                             .output("nv")
                             .output("qk"));
  EXPECT_EQ(tensor_of(n, "nk").dims, (Ints{2, 2, 9, 8}));
  EXPECT_EQ(tensor_of(n, "nv").dims, (Ints{2, 2, 9, 8}));
  EXPECT_EQ(tensor_of(n, "qk").dims, (Ints{2, 4, 6, 9}));
  EXPECT_EQ(n.macs(), 2 * 2 * 4 * 6 * 9 * 8);
  EXPECT_EQ(operator_of(n, "y/masked").function, base::Function::add);  // numbers, not a choice
  EXPECT_EQ(n.tensors[operator_of(n, "y/weights").output].root, tensor_of(n, "qk").root);
}

TEST(Attention, SaysWhatDoesNotFit) {
  EXPECT_THAT(refusal(qkv().node("Attention", {"q", "k", "v"}, {"y"}).output("y")),
              HasSubstr("node 'y' (Attention): attribute 'q_num_heads' is missing"));
  EXPECT_THAT(
      refusal(
          qkv().node("Attention", {"q", "k", "v"}, {"y"}, {{"=q_num_heads", {3}}, {"=kv_num_heads", {2}}}).output("y")),
      HasSubstr("attribute 'q_num_heads' is 3, which does not divide the last axis of [1, 6, 16]"));
  EXPECT_THAT(refusal(OnnxBuilder()
                          .input("q", {1, 3, 6, 8})
                          .input("k", {1, 2, 6, 8})
                          .input("v", {1, 2, 6, 8})
                          .node("Attention", {"q", "k", "v"}, {"y"})
                          .output("y")),
              HasSubstr("its 3 heads are no multiple of the 2 heads of its keys"));
}

// 16 columns in, 3 x 16 out; 6 rows: 6 x 16 x 48 = 4608, and both products 1152.
TEST(MicrosoftAttention, HasTheProductsOfQueriesKeysAndValuesInside) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 6, 16})
                             .weight("w", {16, 48})
                             .weight("b", {48})
                             .input("mask", {1, 6})
                             .node("Attention", {"x", "w", "b", "mask"}, {"y"}, {{"=num_heads", {2}}}, kMicrosoft)
                             .output("y"));
  EXPECT_EQ(n.macs(), 4608 + 1152);
  EXPECT_EQ(n.parameters, 16 * 48 + 48);
  EXPECT_EQ(operator_of(n, "y/masked").function, base::Function::where);
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{1, 6, 16}));
}

TEST(MicrosoftAttention, JoinsThePastAndGivesThePresent) {
  const Network n = read(
      OnnxBuilder()
          .input("x", {2, 6, 16})
          .weight("w", {16, 48})
          .weight("b", {48})
          .input("lengths", {2})
          .input("past", {2, 2, 2, 3, 8})
          .node("Attention", {"x", "w", "b", "lengths", "past"}, {"y", "present"}, {{"=num_heads", {2}}}, kMicrosoft)
          .output("y")
          .output("present"));
  EXPECT_EQ(tensor_of(n, "present").dims, (Ints{2, 2, 2, 9, 8}));
  EXPECT_EQ(n.macs(), 2 * 4608 + 2 * 2 * 2 * 6 * 9 * 8);
  EXPECT_EQ(operator_of(n, "y/length_mask").type, "Less");
}

TEST(MicrosoftAttention, TakesPackedQueriesKeysAndValues) {
  for (const bool all : {true, false}) {
    OnnxBuilder b;
    if (all) b.input("q", {1, 6, 2, 3, 8}).node("MultiHeadAttention", {"q"}, {"y"}, {{"=num_heads", {2}}}, kMicrosoft);
    else
      b.input("q", {1, 6, 16})
          .input("kv", {1, 6, 2, 2, 8})
          .node("MultiHeadAttention", {"q", "kv"}, {"y"}, {{"=num_heads", {2}}}, kMicrosoft);
    EXPECT_EQ(read(b.output("y")).macs(), 1152);
  }
}

TEST(MicrosoftAttention, ABiasIsAddedToEachOfTheThree) {
  const Network n = read(qkv()
                             .weight("b", {48})
                             .node("MultiHeadAttention", {"q", "k", "v", "b"}, {"y"}, {{"=num_heads", {2}}}, kMicrosoft)
                             .output("y"));
  for (const char* name : {"y/query_biased", "y/key_biased", "y/value_biased"})
    EXPECT_EQ(operator_of(n, name).parameter_elements, 16);
}

TEST(MicrosoftAttention, RefusesACacheOfWhichTheLengthIsNotKnown) {
  EXPECT_THAT(refusal(qkv()
                          .input("p", {1})
                          .node("MultiHeadAttention", {"q", "k", "v", "", "", "", "", "", "p"}, {"y"},
                                {{"=num_heads", {2}}}, kMicrosoft)
                          .output("y")),
              HasSubstr("input 8 ('p') belongs to a cache of fixed size"));
}

// 4 heads of 8, 2 of keys; 1 new row behind 5: 6 keys.
TEST(GroupQueryAttention, DecodesOneRowOverItsCache) {
  const std::map<std::string, Ints> attributes{{"=num_heads", {4}}, {"=kv_num_heads", {2}}, {"=do_rotary", {1}}};
  const Network n = read(OnnxBuilder()
                             .input("q", {1, 1, 32})
                             .input("k", {1, 1, 16})
                             .input("v", {1, 1, 16})
                             .input("pk", {1, 2, 5, 8})
                             .input("pv", {1, 2, 5, 8})
                             .input("lengths", {1})
                             .input("total", {1})
                             .weight("cos", {64, 4})
                             .weight("sin", {64, 4})
                             .node("GroupQueryAttention", {"q", "k", "v", "pk", "pv", "lengths", "total", "cos", "sin"},
                                   {"y", "nk", "nv"}, attributes, kMicrosoft)
                             .output("y")
                             .output("nk")
                             .output("nv"));
  EXPECT_EQ(n.macs(), 2 * 4 * 6 * 8);
  EXPECT_EQ(operator_of(n, "y/scores").pe.out_h, 2);  // two heads share keys
  EXPECT_EQ(tensor_of(n, "nk").dims, (Ints{1, 2, 6, 8}));
  EXPECT_EQ(n.tensors[operator_of(n, "y/query_rotary/x1_cos").output].shape, (Shape{1, 4, 1, 4}));
}

TEST(GroupQueryAttention, ReadsOfACacheOfFixedSizeWhatTheTotalSays) {
  const Network n = read(OnnxBuilder()
                             .input("qkv", {1, 1, 64})
                             .input("pk", {1, 2, 50, 8})
                             .input("pv", {1, 2, 50, 8})
                             .input("lengths", {1})
                             .shape("total", {6})
                             .node("GroupQueryAttention", {"qkv", "", "", "pk", "pv", "lengths", "total"},
                                   {"y", "nk", "nv"}, {{"=num_heads", {4}}, {"=kv_num_heads", {2}}}, kMicrosoft)
                             .output("y")
                             .output("nk"));
  EXPECT_EQ(n.macs(), 2 * 4 * 6 * 8);
  EXPECT_EQ(tensor_of(n, "nk").dims, (Ints{1, 2, 50, 8}));
}

// Of each head of 8 numbers 8 are turned: four products, a difference and a sum of 4 numbers.
TEST(RotaryEmbedding, IsWhatTheStandardSpellsOut) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 2, 6, 8})
                             .weight("cos", {64, 4})
                             .weight("sin", {64, 4})
                             .input("positions", {1, 6})
                             .node("RotaryEmbedding", {"x", "cos", "sin", "positions"}, {"y"})
                             .output("y"));
  std::int64_t elements = 0;
  for (const Operator& op : n.operators) {
    if (op.unit != Unit::vector) continue;
    std::int64_t count = 1;
    for (const std::int64_t extent : n.tensors[op.output].shape) count *= extent;
    elements += count;
  }
  EXPECT_EQ(elements, 6 * 2 * 6 * 4);
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{1, 2, 6, 8}));
}

TEST(RotaryEmbedding, TurnsAPartOfAHeadAndInterleavedNumbers) {
  const Network n =
      read(OnnxBuilder()
               .input("x", {2, 6, 16})
               .input("positions", {2, 6})
               .weight("cos", {64, 2})
               .weight("sin", {64, 2})
               .node("RotaryEmbedding", {"x", "positions", "cos", "sin"}, {"y"},
                     {{"=num_heads", {2}}, {"=rotary_embedding_dim", {4}}, {"=interleaved", {1}}}, kMicrosoft)
               .output("y"));
  EXPECT_EQ(tensor_of(n, "y").dims, (Ints{2, 6, 16}));
  EXPECT_EQ(n.tensors[operator_of(n, "y/rotary/real").output].shape, (Shape{12, 2, 1, 2}));
}

}  // namespace
}  // namespace tessera::models::tests
