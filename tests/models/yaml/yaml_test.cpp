// The YAML graph format: what a file becomes, and what its mistakes are called.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

base::Result<Network> read(const std::string& text) { return read_network(scratch_file("net.yaml", text)); }

std::string problem(const std::string& text) {
  const auto n = read(text);
  EXPECT_FALSE(n.ok());
  return n.ok() ? "" : n.problems().to_string();
}

void expect_says(const std::string& yaml, const std::string& part) {
  const std::string text = problem(yaml);
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

const std::string kHead = "network: t\ninputs: {image: [1, 3, 8, 8]}\nlayers:\n";

TEST(YamlGraph, ALayerReadsTheOneBefore) {
  const auto n = read(kHead +
                      "  - {name: a, op: conv, out: 4, kernel: 3, pad: 1, activation: silu}\n  - {name: b, op: conv, "
                      "out: 2, bias: false}\n");
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 2U);
  EXPECT_EQ(n->name, "t");
  EXPECT_EQ(n->operators[0].name, "a");
  EXPECT_EQ(posts_of(n->operators[0]), (std::vector<std::string>{"identity", "silu"}));
  EXPECT_EQ(n->macs(), 64 * 4 * 27 + 64 * 2 * 4);
  EXPECT_EQ(n->parameters, 4 * 27 + 4 + 2 * 4);
  EXPECT_EQ(tensor_of(*n, "b").role, TensorRole::network_output);
}

// 2 sequences of 5 steps of 6 numbers, 4 units: a direction of an LSTM multiplies 5 x 2 x (6 + 4) x 16 numbers.
TEST(YamlGraph, RecurrentLayersGiveAllStatesOrTheLast) {
  const std::string head = "inputs: {x: [2, 5, 6]}\nlayers:\n";
  const auto all = read(head + "  - {name: a, op: lstm, hidden: 4, direction: bidirectional}\n");
  ASSERT_TRUE(all.ok()) << all.problems().to_string();
  EXPECT_EQ(all->macs(), 2 * 1600);
  EXPECT_EQ(tensor_of(*all, "a.Reshape").dims, (std::vector<std::int64_t>{2, 5, 8}));
  EXPECT_EQ(operator_of(*all, "a/reverse/step4/gates").pe.macs(), 2 * 4 * 16);
  const auto last =
      read(head + "  - {name: a, op: gru, hidden: 4, result: last, bias: false}\n  - {op: gemm, out: 3}\n");
  ASSERT_TRUE(last.ok()) << last.problems().to_string();
  EXPECT_EQ(last->macs(), 1200 + 2 * 4 * 3);
  const auto rnn = read(head + "  - {name: a, op: rnn, hidden: 4, activation: relu}\n");
  ASSERT_TRUE(rnn.ok()) << rnn.problems().to_string();
  EXPECT_EQ(rnn->macs(), 400);
  expect_says("inputs: {x: [5, 6]}\nlayers:\n  - {op: lstm, hidden: 4}\n",
              "a recurrent layer needs [batch, steps, features], not [5, 6]");
}

// 2 heads of 3 numbers share one head of keys; 4 rows: two products of 2 x 4 x 4 x 3.
TEST(YamlGraph, AttentionTakesQueriesKeysAndValues) {
  const auto n = read(
      "inputs: {q: [1, 4, 6], k: [1, 4, 3], v: [1, 4, 3]}\nlayers:\n"
      "  - {name: a, op: attention, heads: 2, kv_heads: 1, causal: true, inputs: [q, k, v]}\n");
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->macs(), 2 * 96);
  EXPECT_EQ(tensor_of(*n, "a").dims, (std::vector<std::int64_t>{1, 4, 6}));
}

TEST(YamlGraph, BlocksRepeatAndNest) {
  const auto n = read(
      "inputs: {image: [1, 4, 8, 8]}\n"
      "blocks:\n"
      "  twice: {parameters: [width], layers: [{name: inner, block: residual, width: $width, repeat: 2}]}\n"
      "  residual:\n    parameters: [width]\n    layers:\n"
      "      - {name: conv, op: conv, out: $width}\n"
      "      - {name: add, op: add, inputs: [conv, in]}\n"
      "layers:\n  - {name: body, block: twice, width: 4}\n  - {name: last, op: add, inputs: [body, image]}\n");
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  std::vector<std::string> names;
  for (const Operator& op : n->operators) names.push_back(op.name);
  EXPECT_EQ(names, (std::vector<std::string>{"body/inner.0/conv", "body/inner.0/add", "body/inner.1/conv",
                                             "body/inner.1/add", "last"}));
  EXPECT_EQ(n->tensors[operator_of(*n, "body/inner.1/add").inputs[1]].name, "body/inner.0/add");
  EXPECT_EQ(n->tensors[operator_of(*n, "body/inner.0/add").inputs[1]].name, "image");
}

TEST(YamlGraph, MistakesAreNamedWithTheirPlace) {
  expect_says(kHead + "  - {name: a, op: convv, out: 4}\n",
              "net.yaml:4:19: unknown operator \"convv\", did you mean \"conv\"?");
  expect_says(kHead + "  - {name: a, op: conv, out: 4, kernal: 3}\n",
              "unknown key \"kernal\" in layer \"a\", did you mean \"kernel\"?");
  expect_says(kHead + "  - {name: a, op: conv, out: 4, activation: sillu}\n",
              "unknown activation \"sillu\", did you mean \"silu\"?");
  expect_says(kHead + "  - {name: first, op: relu}\n  - {name: b, op: add, inputs: [first, frist]}\n",
              "no layer or input \"frist\" stands above, did you mean \"first\"?");
  expect_says(kHead + "  - {name: a, op: relu}\n  - {name: a, op: relu}\n",
              "net.yaml:5:12: layer \"a\" is there twice");
  expect_says(kHead + "  - {name: a, op: conv, out: 4, kernel: 9}\n",
              "net.yaml:4:5: layer \"a\": a window of 9 (dilation 1) does not fit 8 elements");
  expect_says(kHead + "  - {name: a, op: add}\n", "it has 1 input(s), but 2 are needed");
  expect_says(kHead + "  - {name: a, block: nothing}\n", "unknown block \"nothing\"");
  expect_says("blocks: {b: {parameters: [x], layers: [{op: relu}]}}\n" + kHead + "  - {name: a, block: b}\n", "x");
  expect_says("inputs: {image: [1, -1]}\nlayers: [{op: relu}]\n", "inputs.image");
  expect_says("inputs: {image: [1, 8]}\n", "layers");
  expect_says("layers: [{op: relu}]\n", "inputs");
  expect_says("inputs: {x: [8]}\nlayers: [{op: relu}]\noutputz: [x]\n", "unknown key \"outputz\"");
}

TEST(YamlGraph, ABlockThatUsesItselfIsRefused) {
  expect_says("blocks: {b: {layers: [{name: x, block: b}]}}\n" + kHead + "  - {name: a, block: b}\n",
              "does \"b\" use itself?");
}

TEST(YamlGraph, TheZooReads) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TESSERA_SOURCE_DIR) / "models/zoo")) {
    const auto n = read_network(entry.path());
    ASSERT_TRUE(n.ok()) << n.problems().to_string();
    EXPECT_EQ(n->name, entry.path().stem());
    EXPECT_GT(n->macs(), 0);
    ++files;
  }
  EXPECT_GE(files, 10);
}

// Three blocks, each a thousand times in the one before it: a thousand million uses of a block without layers.
TEST(YamlGraph, BlocksInBlocksAreLimited) {
  expect_says(
      "network: t\ninputs: {image: [1, 3, 8, 8]}\n"
      "blocks:\n  a: {layers: [{block: b, repeat: 1000}]}\n  b: {layers: [{block: c, repeat: 1000}]}\n"
      "  c: {layers: []}\nlayers:\n  - {name: x, op: relu}\n  - {block: a, repeat: 1000, inputs: []}\n",
      "more than 100000 uses of blocks");
}

TEST(YamlGraph, ArgumentsOfBlocksAreLimited) {
  std::string list;
  for (int i = 0; i < 20'000; ++i) list += i == 0 ? "1" : ",1";
  expect_says(kHead.substr(0, kHead.find("layers:")) +
                  "blocks:\n  a: {parameters: [p], layers: [{op: reshape, shape: $p}]}\n"
                  "layers:\n  - {block: a, repeat: 1000, p: [" +
                  list + "]}\n",
              "more than 4000000 values once its blocks are expanded");
}

// 2^24 x 2^24 x 2^24 = 2^72 elements.
TEST(YamlGraph, ShapesWhoseProductOverflows) {
  expect_says("network: t\ninputs: {image: [16777216, 16777216, 16777216]}\nlayers:\n  - {op: relu}\n",
              "input \"image\" is too large");
  expect_says(kHead + "  - {name: a, op: conv, out: 16777216, kernel: 16777216}\n",
              "its weight has the impossible shape");
}

}  // namespace
}  // namespace tessera::models::tests
