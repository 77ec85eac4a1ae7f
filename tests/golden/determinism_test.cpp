// The same input gives the same trace, bit for bit: run again, or with the engine stepping through every instant.
// What is recorded never changes what happens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

class Repeated : public testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {
 protected:
  struct Traced {
    std::int64_t makespan = 0;
    std::string trace, schedule;
    std::uint64_t events = 0;
  };
  static Traced run(const std::vector<std::string>& overrides) {
    const auto& [npu, network, policy] = GetParam();
    const TempFolder out;
    const Execution e = execute(shipped(npu, network, policy, overrides), out.path());
    EXPECT_TRUE(e.result.ok) << e.result.failure;
    const bool traced = e.run.spec.trace.level != trace::Level::off;
    EXPECT_EQ(std::filesystem::exists(out / "trace.tsr"), traced);
    return {e.makespan(), traced ? file_bytes(out / "trace.tsr") : "", file_bytes(out / "schedule.csv"),
            e.summary().trace.events};
  }
};

TEST_P(Repeated, GivesTheSameBytes) {
  const Traced first = run({}), second = run({});
  EXPECT_EQ(first.makespan, second.makespan);
  EXPECT_TRUE(first.trace == second.trace);
  EXPECT_EQ(first.schedule, second.schedule);
}

TEST_P(Repeated, SteppingThroughEveryInstantGivesTheSameBytes) {
  const Traced ahead = run({"engine=run_ahead"}), stepwise = run({"engine=stepwise"});
  EXPECT_EQ(ahead.makespan, stepwise.makespan);
  EXPECT_TRUE(ahead.trace == stepwise.trace);
  EXPECT_EQ(ahead.schedule, stepwise.schedule);
}

// The machine waits for its trace buffer: the one place where recording is felt, and it is felt alike.
TEST_P(Repeated, SteppingWithAFullTraceBufferGivesTheSameBytes) {
  std::vector<std::string> overrides{"trace.device=true", "trace_buffer.overflow=stall", "trace_buffer.capacity=8",
                                     "trace_buffer.drain=1 B/cycle", "engine=run_ahead"};
  const Traced ahead = run(overrides);
  overrides.back() = "engine=stepwise";
  EXPECT_TRUE(ahead.trace == run(overrides).trace);
}

TEST_P(Repeated, EveryTraceLevelHasTheSameMakespan) {
  const Traced tile = run({"trace.level=tile"});
  std::uint64_t events = 0;
  for (const char* level : {"off", "operator", "tile", "fold", "burst"}) {
    const Traced traced = run({std::string("trace.level=") + level});
    EXPECT_EQ(traced.makespan, tile.makespan) << level;
    EXPECT_EQ(traced.schedule, tile.schedule) << level;
    EXPECT_GE(traced.events, events) << level << ": a level keeps what those below it keep";
    events = traced.events;
  }
  EXPECT_GT(tile.events, run({"trace.level=operator"}).events);
}

std::string case_name(const testing::TestParamInfo<Repeated::ParamType>& info) {
  return std::get<0>(info.param) + "_" + std::get<1>(info.param) + "_" + std::get<2>(info.param);
}

INSTANTIATE_TEST_SUITE_P(All, Repeated,
                         testing::Combine(testing::Values("tiny_8x8", "edge_8tops"),
                                          testing::Values("tiny_residual", "tiny_depthwise", "tiny_attention"),
                                          testing::Values("breadth_first", "lookahead")),
                         case_name);

// Several machines, one after another in one process, leave nothing behind for the next.
TEST(Repeated, RunsBetweenDoNotMatter) {
  const TempFolder out;
  const auto trace_of = [&](const std::string& npu) {
    (void)execute(shipped(npu, "tiny_cnn", "round_robin"), out.path());
    return file_bytes(out / "trace.tsr");
  };
  const std::string alone = trace_of("tiny_8x8");
  (void)trace_of("many_core_64");
  (void)trace_of("edge_8tops");
  EXPECT_TRUE(trace_of("tiny_8x8") == alone);
}

}  // namespace
}  // namespace tessera::tests
