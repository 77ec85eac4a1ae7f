// Every law on every combination of small network, machine and policy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/whole_run_checks.h"
#include "tests/scheduler/support/capping_policy.h"
#include "tests/scheduler/support/taking_back_policy.h"
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

// An adversary that takes back what it may: the trace's own checker holds, and so do bytes, slots and the path.
class TakingBack : public testing::TestWithParam<std::tuple<const char*, const char*, const char*>> {};

TEST_P(TakingBack, KeepsTheLawsOfEveryTrace) {
  const auto& [npu, network, overridden] = GetParam();
  std::uint64_t undispatches = 0;
  for (const int percent : {20, 100}) {
    const TempFolder out;
    auto policy = [percent] {
      return std::make_unique<scheduler::testing::TakingBack>(static_cast<std::uint64_t>(percent), percent);
    };
    const Execution run = execute(
        shipped(npu, network, {}, {"requests.list=[{}, {arrival: 5 us, priority: 1}, {deadline: 1 us}]", overridden}),
        out.path(), nullptr, policy);
    ASSERT_TRUE(run.result.ok) << run.result.failure;
    undispatches += run.summary().dispatch.undispatches;
    const TraceFile trace = read_trace(out / "trace.tsr");
    EXPECT_THAT(broken_laws(run, trace.header.units), IsEmpty());
    EXPECT_THAT(trace.violations, IsEmpty());
    EXPECT_TRUE(same_records(trace.records, run.records));
  }
  EXPECT_GT(undispatches, 10U) << "the adversary does something";
}

INSTANTIATE_TEST_SUITE_P(All, TakingBack,
                         testing::Combine(testing::Values("tiny_8x8", "edge_8tops", "edge_shared_sram"),
                                          testing::Values("tiny_cnn", "tiny_attention"),
                                          testing::Values("npu.scheduler.count=1", "npu.scheduler.count=3",
                                                          "npu.scheduler.dispatch_latency=0 cycles")));

// One that sets and lifts caps of channels whenever it may: the checker adds up what each channel moved under them.
class Capping : public testing::TestWithParam<std::tuple<const char*, const char*, const char*>> {};

TEST_P(Capping, KeepsTheLawsOfEveryTrace) {
  const auto& [npu, network, overridden] = GetParam();
  std::uint64_t caps = 0;
  for (const int percent : {20, 100}) {
    const TempFolder out;
    auto policy = [percent] {
      return std::make_unique<scheduler::testing::Capping>(static_cast<std::uint64_t>(percent), percent);
    };
    const Execution run = execute(
        shipped(npu, network, {}, {"requests.list=[{}, {arrival: 5 us, priority: 1}, {deadline: 1 us}]", overridden}),
        out.path(), nullptr, policy);
    ASSERT_TRUE(run.result.ok) << run.result.failure;
    caps += run.summary().dispatch.caps;
    const TraceFile trace = read_trace(out / "trace.tsr");
    EXPECT_THAT(broken_laws(run, trace.header.units), IsEmpty());
    EXPECT_THAT(trace.violations, IsEmpty());
    EXPECT_TRUE(same_records(trace.records, run.records));
  }
  EXPECT_GT(caps, 10U) << "the adversary does something";
}

INSTANTIATE_TEST_SUITE_P(All, Capping,
                         testing::Combine(testing::Values("tiny_8x8", "edge_8tops", "edge_shared_sram"),
                                          testing::Values("tiny_cnn", "tiny_attention"),
                                          testing::Values("npu.scheduler.count=1", "npu.scheduler.count=3",
                                                          "npu.scheduler.dispatch_latency=0 cycles")));

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
