// `tiles: {from: FILE}`: the tiles of a run, held, give that run again, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/config/parameter.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;

class HeldRun : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  [[nodiscard]] sim::RunArguments arguments(const std::string& tiles) const {
    const auto& [npu, network] = GetParam();
    std::vector<std::string> overrides{"buffers={input: 8, weight: 4, output: 4}"};
    if (!tiles.empty()) overrides.push_back("tiles={from: " + tiles + "}");
    return shipped(npu, network, "", overrides);
  }
};

TEST_P(HeldRun, IsTheSameRun) {
  const TempFolder temp;
  const Execution chosen = execute(arguments(""), temp / "auto");
  for (const auto& [from, to] : {std::pair{"auto/summary.json", "held"}, std::pair{"held/resolved.yaml", "again"}}) {
    const Execution held = execute(arguments(temp / from), temp / to);
    EXPECT_EQ(held.makespan(), chosen.makespan());
    EXPECT_EQ(file_bytes(temp / to / "schedule.csv"), file_bytes(temp / "auto/schedule.csv"));
    EXPECT_EQ(held.run.spec.schedule.tiles.size(), chosen.summary().tiling.operators.size());
  }
  // What a run says of itself runs again.
  sim::RunArguments resolved;
  resolved.run_file = temp / "held/resolved.yaml";
  EXPECT_EQ(execute(resolved).makespan(), chosen.makespan());
}

INSTANTIATE_TEST_SUITE_P(Machines, HeldRun,
                         testing::Combine(testing::Values("tiny_8x8", "edge_shared_sram", "many_core_64"),
                                          testing::Values("tiny_cnn", "tiny_residual", "tiny_attention",
                                                          "tiny_depthwise")));

// Another machine would choose other tiles; held ones stay, or are refused.
TEST(HeldRunElsewhere, KeepsItsTiles) {
  const TempFolder temp;
  const Execution chosen = execute(shipped("tiny_8x8", "tiny_cnn"), temp / "auto");
  const std::string tiles = "tiles={from: " + std::string(temp / "auto/summary.json") + "}";
  const Execution larger =
      execute(shipped("tiny_8x8", "tiny_cnn", "", {tiles, "core.sram.input.capacity=1 MiB", "dma.channels=4"}));
  EXPECT_EQ(larger.summary().tiles, chosen.summary().tiles);
  const auto smaller = sim::read_run(shipped("tiny_8x8", "tiny_cnn", "", {tiles, "core.sram.weight.capacity=64 B"}));
  ASSERT_TRUE(smaller) << smaller.problems().to_string();
  const auto run = sim::prepare(*smaller);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.problems().to_string(), HasSubstr("of a held tile needs"));
}

TEST(HeldRunElsewhere, OfAnotherNetworkIsRefusedByName) {
  const TempFolder temp;
  (void)execute(shipped("tiny_8x8", "tiny_cnn"), temp / "auto");
  const std::string tiles = "tiles={from: " + std::string(temp / "auto/summary.json") + "}";
  const auto spec = sim::read_run(shipped("tiny_8x8", "tiny_mlp", "", {tiles}));
  ASSERT_TRUE(spec) << spec.problems().to_string();
  const auto run = sim::prepare(*spec);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.problems().to_string(), HasSubstr("tiles are held of \""));
  EXPECT_THAT(run.problems().to_string(), HasSubstr("but network tiny_mlp has no such operator"));
}

}  // namespace
}  // namespace tessera::tests
