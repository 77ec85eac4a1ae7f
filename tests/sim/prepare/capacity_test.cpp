// What the DRAM can hold is known of a standard; a network that needs more is refused before the run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/execution.h"

namespace tessera::tests {
namespace {

// LPDDR4-3200: 8 banks of 65,536 rows of 2 KiB, 1 GiB a channel. The weights alone are 1.5 GiB.
std::string problems_of(std::int64_t channels) {
  sim::RunArguments a = shipped("edge_8tops", "tiny_cnn");
  a.model_file.clear();
  a.gemm = "32x49152x32768";
  a.overrides = {"dram.model=bank_state", "dram.standard=LPDDR4-3200", "dram.channels=" + std::to_string(channels)};
  const auto spec = sim::read_run(a);
  if (!spec) return spec.problems().to_string();
  const auto run = sim::prepare(*spec);
  return run ? "" : run.problems().to_string();
}

TEST(DramCapacity, IsNotPassed) {
  EXPECT_THAT(problems_of(1), testing::HasSubstr("dram.channels: 1 of LPDDR4-3200 hold"));
  EXPECT_THAT(problems_of(1), testing::HasSubstr("it takes 2 channels"));
  EXPECT_EQ(problems_of(2), "");
}

}  // namespace
}  // namespace tessera::tests
