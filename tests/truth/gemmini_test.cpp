// Gemmini 16 x 16: whole GEMMs of its RTL.
#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "tests/truth/layer_run.h"

namespace tessera::tests {
namespace {

class GemminiTruth : public testing::TestWithParam<Truth> {};

TEST_P(GemminiTruth, CyclesAreWithinTenPercent) {
  TESSERA_NEED_TRUTH(GetParam());
  const auto rows = read_csv(truth_table(GetParam(), "gemmini.csv"));
  EXPECT_GE(rows.size(), GetParam() == Truth::whole_table ? 3u : 2u);
  for (const Row& row : rows) {
    sim::RunArguments arguments;
    arguments.npu_file = machine_file("gemmini_16x16.yaml");
    arguments.gemm = fmt::format("{}x{}x{}", row.at("M"), row.at("K"), row.at("N"));
    const sim::RunSummary ours = run_layer(arguments);
    const std::int64_t truth = number(row, "cycles");
    const double error = percent(ours.makespan_cycles.count(), truth);
    std::cout << fmt::format("gemmini {:12} truth {:6} cycles, ours {:6}, error {:+6.2f} %\n", arguments.gemm, truth,
                             ours.makespan_cycles.count(), error);
    EXPECT_LE(std::fabs(error), 10) << arguments.gemm;
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, GemminiTruth, both_truths(), testing::PrintToStringParamName());

// The host's work on a layer is paid once, before its first tile.
TEST(Gemmini, LaunchLatencyIsPaidOncePerLayer) {
  sim::RunArguments arguments;
  arguments.npu_file = machine_file("gemmini_16x16.yaml");
  arguments.gemm = "128x128x128";
  const auto with = run_layer(arguments);
  ASSERT_GT(with.tiles, 1u);
  arguments.overrides = {"scheduler.launch_latency=0 cycles"};
  const auto without = run_layer(arguments);
  EXPECT_EQ(with.makespan - without.makespan, base::Ps{1650 * 1000});
  EXPECT_GE(with.makespan, with.bound.time());
}

}  // namespace
}  // namespace tessera::tests
