// One product takes the same time however a network writes it.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

// A network given as YAML, on a shipped machine.
std::int64_t makespan(const std::string& npu, const std::string& text) {
  const TempFolder folder;
  const std::filesystem::path file = folder / "network.yaml";
  std::ofstream(file) << text;
  sim::RunArguments arguments = shipped(npu, "", "lookahead");
  arguments.model_file = file;
  const Execution e = execute(arguments);
  EXPECT_TRUE(e.result.ok);
  return e.makespan();
}

// Two layers of a transformer's feed-forward part on rows of the shape `dims`.
std::string feed_forward(const std::string& dims) {
  return "network: rows\ninputs:\n  x: " + dims +
         "\nlayers:\n"
         "  - {name: norm, op: layernorm}\n"
         "  - {name: up, op: gemm, out: 768, activation: gelu}\n"
         "  - {name: down, op: gemm, out: 192}\n"
         "  - {name: sum, op: add, inputs: [down, norm]}\n";
}

void expect_alike(std::int64_t one, std::int64_t other, const std::string& what) {
  EXPECT_LE(std::abs(one - other) * 100, one) << what << ": " << one << " and " << other << " ps";
}

class Writings : public testing::TestWithParam<const char*> {};

TEST_P(Writings, LeadingAxesDoNotMatter) {
  const std::int64_t flat = makespan(GetParam(), feed_forward("[196, 192]"));
  for (const char* dims : {"[196, 1, 192]", "[1, 196, 192]", "[4, 49, 192]", "[2, 14, 7, 192]"})
    expect_alike(flat, makespan(GetParam(), feed_forward(dims)), dims);
}

// Attention of one sequence with the sequence or the batch first.
std::string attention(bool sequence_first) {
  const std::string rows = sequence_first ? "[49, 1, 96]" : "[1, 49, 96]";
  const std::string heads = sequence_first ? "[49, 3, 32]" : "[1, 49, 3, 32]";
  const std::string swap = sequence_first ? "[1, 0, 2]" : "[0, 2, 1, 3]";
  const std::string turn = sequence_first ? "[1, 2, 0]" : "[0, 2, 3, 1]";
  std::string text = "network: attention\ninputs:\n  x: " + rows + "\nlayers:\n";
  for (const char* part : {"q", "k", "v"}) {
    const std::string name(part);
    text += "  - {name: " + name + ", op: gemm, out: 96, inputs: [x]}\n";
    text += "  - {name: " + name + "h, op: reshape, shape: " + heads + ", inputs: [" + name + "]}\n";
    text += "  - {name: " + name + "t, op: transpose, order: " + (name == "k" ? turn : swap) + ", inputs: [" + name +
            "h]}\n";
  }
  return text + "  - {name: s, op: matmul, inputs: [qt, kt]}\n  - {name: p, op: softmax}\n" +
         "  - {name: c, op: matmul, inputs: [p, vt]}\n  - {name: ct, op: transpose, order: " + swap + "}\n" +
         "  - {name: r, op: reshape, shape: " + rows + "}\n  - {name: o, op: gemm, out: 96}\n";
}

TEST_P(Writings, SequenceOrBatchFirst) {
  expect_alike(makespan(GetParam(), attention(false)), makespan(GetParam(), attention(true)), "attention");
}

INSTANTIATE_TEST_SUITE_P(All, Writings, testing::Values("edge_8tops", "tpu_4x128"));

}  // namespace
}  // namespace tessera::tests
