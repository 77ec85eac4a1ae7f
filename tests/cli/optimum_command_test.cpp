// tessera optimum as a user runs it: the best schedule, its proof, its actions and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;

const std::string kMachine = std::string(TESSERA_SOURCE_DIR) + "/configs/npu/tiny_8x8.yaml";

// The table that it saves takes exactly as long when it is run.
TEST(OptimumCommand, FindsAScheduleThatStaticRepeats) {
  const TempFolder temp;
  const Outcome best = run_tessera({"optimum", "--npu", kMachine, "--gemm", "64x32x32", "--set", "cores=2",
                                    "--policies", "depth_first,lookahead", "--save-actions", "best.csv", "--json"},
                                   temp.path());
  ASSERT_EQ(best.code, 0) << best.err;
  const auto document = nlohmann::json::parse(best.out);
  EXPECT_EQ(document["schema"], "tessera.optimum/1");
  EXPECT_EQ(document["proved"], true);
  EXPECT_EQ(document["bound_ps"], document["makespan_ps"]);
  ASSERT_EQ(document["policies"].size(), 2u);
  for (const auto& policy : document["policies"]) EXPECT_GT(policy["above_best"], 0.03);
  const Outcome again = run_tessera({"run", "--npu", kMachine, "--gemm", "64x32x32", "--set", "cores=2", "--policy",
                                     "static", "--set", "scheduler.table=best.csv", "--json"},
                                    temp.path());
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(nlohmann::json::parse(again.out)["makespan_ps"], document["makespan_ps"]);
}

TEST(OptimumCommand, SaysWhatItCouldNotProve) {
  const TempFolder temp;
  const Outcome o =
      run_tessera({"optimum", "--npu", kMachine, "--gemm", "16x64x64", "--set", "cores=2", "--runs", "1"}, temp.path());
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("not proved: none takes less than"));
  EXPECT_THAT(o.out, HasSubstr("memory_aware"));
}

TEST(OptimumCommand, Refuses) {
  const TempFolder temp;
  const Outcome tiles = run_tessera({"optimum", "--npu", kMachine, "--gemm", "256x256x256"}, temp.path());
  EXPECT_EQ(tiles.code, 2);
  EXPECT_THAT(tiles.err, HasSubstr("the best schedule is found of at most 14"));
  const Outcome trace = run_tessera({"optimum", "--npu", kMachine, "--gemm", "8x8x8", "--set", "trace.device=true",
                                     "--set", "trace_buffer.overflow=stall"},
                                    temp.path());
  EXPECT_EQ(trace.code, 2);
  EXPECT_THAT(trace.err, HasSubstr("--set trace.device=false"));
  const Outcome policy =
      run_tessera({"optimum", "--npu", kMachine, "--gemm", "8x8x8", "--policies", "mine"}, temp.path());
  EXPECT_EQ(policy.code, 2);
  EXPECT_THAT(policy.err, HasSubstr("mine"));
}

}  // namespace
}  // namespace tessera::tests
