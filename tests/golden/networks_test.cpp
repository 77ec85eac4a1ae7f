// Real networks, once each: the laws, run-ahead against stepping, and what a sweep of one knob must show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/whole_run_checks.h"
#include "tests/support/temp_folder.h"
#include "trace/analysis/measure_table.h"

namespace tessera::tests {
namespace {

using testing::IsEmpty;

struct Case {
  const char *npu, *network, *policy;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.npu << ' ' << c.network << ' ' << c.policy; }

class RealNetwork : public testing::TestWithParam<Case> {};

TEST_P(RealNetwork, KeepsTheLaws) {
  const TempFolder out;
  const Execution run = execute(shipped(GetParam().npu, GetParam().network, GetParam().policy), out.path());
  ASSERT_TRUE(run.result.ok) << run.result.failure;
  const TraceFile trace = read_trace(out / "trace.tsr");
  EXPECT_THAT(broken_laws(run, trace.header.units), IsEmpty());
  EXPECT_THAT(trace.violations, IsEmpty());
  EXPECT_TRUE(same_records(trace.records, run.records));
}

INSTANTIATE_TEST_SUITE_P(All, RealNetwork,
                         testing::Values(Case{"edge_8tops", "yolov5s_480x640", "lookahead"},
                                         Case{"edge_8tops", "resnet18", "depth_first"},
                                         Case{"tpu_4x128", "resnet18", "round_robin"},
                                         Case{"many_core_64", "mobilenetv2", "breadth_first"}),
                         [](const auto& one) { return std::string(one.param.npu) + "_" + one.param.network; });

TEST(RealNetworks, SteppingThroughEveryInstantGivesTheSameTrace) {
  const auto trace_of = [](const char* engine) {
    const TempFolder out;
    (void)execute(shipped("edge_8tops", "resnet18", "lookahead", {std::string("engine=") + engine}), out.path());
    return file_bytes(out / "trace.tsr");
  };
  EXPECT_TRUE(trace_of("run_ahead") == trace_of("stepwise"));
}

// The same tiles in the same order on the same core: a knob that only takes a restriction away may not cost time here.
// (No law for every graph: list scheduling has anomalies. These runs have one core and keep their order.)
TEST(RealNetworks, DoubleBuffersHideTransfersThatSingleBuffersExpose) {
  const auto run = [](const char* slots) {
    return execute(
        shipped("tiny_8x8", "tiny_cnn", "breadth_first",
                {std::string("buffers.input=") + slots, std::string("buffers.weight=") + slots,
                 std::string("buffers.output=") + slots, "tiles=[{pattern: \"*\", m: 2, n: 8}]", "loop_order=bgnm"}));
  };
  const Execution single = run("1"), twice = run("2");
  ASSERT_EQ(single.run.graph.tiles.size(), twice.run.graph.tiles.size());
  EXPECT_LT(twice.makespan(), single.makespan());
  const auto hidden = [](const Execution& e) {
    return base::number_of(trace::run_value(e.summary().measures, "hidden_transfer")).value();
  };
  EXPECT_GT(hidden(twice), hidden(single));
}

}  // namespace
}  // namespace tessera::tests
