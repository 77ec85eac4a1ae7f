// Every law on every combination of small network, machine and policy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/whole_run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::IsEmpty;

class EveryRun : public testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {
 protected:
  void judge(const std::vector<std::string>& overrides) {
    const auto& [npu, network, policy] = GetParam();
    const TempFolder out;
    const Execution run = execute(shipped(npu, network, policy, overrides), out.path());
    ASSERT_TRUE(run.result.ok) << run.result.failure;
    const TraceFile trace = read_trace(out / "trace.tsr");
    EXPECT_THAT(broken_laws(run, trace.header.units), IsEmpty());
    EXPECT_THAT(trace.violations, IsEmpty());
    EXPECT_TRUE(same_records(trace.records, run.records));
  }
};

TEST_P(EveryRun, KeepsTheLaws) { judge({}); }

// The least that a schedule may have: one slot per region, no second channel for what is queued behind.
TEST_P(EveryRun, KeepsTheLawsWithSingleBuffers) {
  judge({"buffers.input=1", "buffers.weight=1", "buffers.output=1", "core.queue=1"});
}

std::string case_name(const testing::TestParamInfo<EveryRun::ParamType>& info) {
  return std::get<0>(info.param) + "_" + std::get<1>(info.param) + "_" + std::get<2>(info.param);
}

INSTANTIATE_TEST_SUITE_P(All, EveryRun,
                         testing::Combine(testing::Values("tiny_8x8", "edge_8tops", "many_core_64"),
                                          testing::Values("tiny_cnn", "tiny_residual", "tiny_depthwise",
                                                          "tiny_attention", "tiny_mlp"),
                                          testing::Values("depth_first", "breadth_first", "round_robin", "lookahead")),
                         case_name);

}  // namespace
}  // namespace tessera::tests
