// One product takes the same time however a network writes it.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/golden/execution.h"

namespace tessera::tests {
namespace {

// A network given as YAML, on a shipped machine.
std::int64_t makespan(const std::string& npu, const std::string& text) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / (std::string("writings_") + test->name() + "_" + npu + ".yaml");
  std::ofstream(file) << text;
  sim::RunArguments arguments = shipped(npu, "", "lookahead");
  arguments.model_file = file;
  const Execution e = execute(arguments);
  EXPECT_TRUE(e.result.ok);
  std::filesystem::remove(file);
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

INSTANTIATE_TEST_SUITE_P(All, Writings, testing::Values("edge_8tops", "tpu_4x128"));

}  // namespace
}  // namespace tessera::tests
