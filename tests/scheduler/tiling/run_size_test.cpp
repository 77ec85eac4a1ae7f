// The size of a run before it is built: never more than it has, and a refusal where it would be too large.
#include "scheduler/tiling/run_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/tiling/small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

base::Result<TileGraph> built(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule,
                              const RequestSpec& requests, const SizeLimits& limits) {
  return build_tile_graph(network, npu, arch::machine_limits(npu), schedule, requests, {.limits = limits});
}

models::Network product(std::int64_t rows, std::int64_t cols, std::int64_t n) {
  NetworkMaker maker;
  maker.matmul(maker.input({1, rows, 1, cols}), n);
  return maker.take();
}

// Single slots of 8192 input elements, 8192 weights and 8192 sums of 4 bytes: at most 2^19.5 products in a tile.
TEST(RunSize, OfAProductByHand) {
  const arch::NpuSpec npu = small_npu(4096);
  EXPECT_NEAR(least_size(product(1024, 1024, 1024), npu, {}, {}).tiles, 1448.15, 0.01);
  EXPECT_NEAR(least_size(product(1024, 1024, 1024), npu, {}, {.count = 10}).tiles, 14481.5, 0.1);
  EXPECT_DOUBLE_EQ(least_size(product(8, 8, 8), npu, {}, {}).tiles, 1);
  ScheduleSpec rule;
  rule.tiles.push_back({.pattern = "*", .m = 4, .n = 2, .k = 8});
  EXPECT_DOUBLE_EQ(least_size(product(8, 32, 8), npu, rule, {}).tiles, 2 * 4 * 4);
}

TEST(RunSize, IsNeverMoreThanTheRunHas) {
  std::mt19937 random(8);
  int judged = 0, refusals = 0;
  for (int i = 0; i < 300; ++i) {
    const models::Network network = random_network(random);
    const arch::NpuSpec npu = random_npu(random);
    const ScheduleSpec schedule = random_schedule(random);
    const RequestSpec requests{.count = 1 + i % 3};
    const auto graph = tiled(network, npu, schedule, requests);
    if (!graph) continue;
    ++judged;
    const double tiles = static_cast<double>(graph->tiles.size());
    EXPECT_LE(least_size(network, npu, schedule, requests).tiles, tiles) << i;
    // The limit is judged by the tiles that there would be: that many may be, one less may not, unless fewer and larger
    // slots make do with less.
    const auto limit = static_cast<std::int64_t>(graph->tiles.size());
    EXPECT_TRUE(built(network, npu, schedule, requests, {.tiles = limit}).ok()) << i;
    const auto refused = built(network, npu, schedule, requests, {.tiles = limit - 1});
    if (refused) {
      EXPECT_LT(refused->tiles.size(), graph->tiles.size()) << i;
      continue;
    }
    ++refusals;
    EXPECT_EQ(refused.problems().list().size(), 1u);
    EXPECT_THAT(refused.problems().to_string(), HasSubstr("limits.tiles is "));
  }
  EXPECT_GT(judged, 100);
  EXPECT_GT(refusals, 100);
}

// What is said of a run over a limit; nothing of one that is not.
std::string refusal(const RunSize& size, const SizeLimits& limits) { return over_limit(size, limits).value_or(""); }

TEST(RunSize, MessagesNameTheKeyThatRaisesTheLimit) {
  const RunSize size{2'000'000};
  EXPECT_EQ(size_text(size), "2,000,000 tiles or more, some 3.5 GB of memory and 1.7 min");
  EXPECT_FALSE(over_limit(size, {.tiles = 2'000'000}));
  EXPECT_THAT(refusal(size, {.tiles = 1'999'999}), HasSubstr("limits.tiles is 1,999,999: --set limits.tiles=2200000"));
  EXPECT_THAT(refusal(size, {.tiles = 2'000'000, .memory = 1 << 30}),
              HasSubstr("limits.memory is 1.1 GB: --set limits.memory=\"4 GiB\""));
  EXPECT_FALSE(over_limit(size, {.tiles = 2'000'000, .memory = std::int64_t{4} << 30}));
  const std::string hopeless = refusal({1e9}, {.tiles = 2'000'000});
  EXPECT_THAT(hopeless, HasSubstr("no run may have more than 536,870,912 tiles"));
  EXPECT_THAT(hopeless, Not(HasSubstr("--set")));
  EXPECT_THAT(size_text({1e18}), HasSubstr("1,000,000,000,000,000,000 tiles"));
}

TEST(RunSize, IsToldBeforeAnythingIsBuilt) {
  double told = 0;
  std::vector<std::string> steps;
  Building building;
  building.on_size = [&](const RunSize& size) {
    told = size.tiles;
    EXPECT_TRUE(steps.empty());
  };
  building.on_progress = [&](std::string_view what, std::uint64_t, std::uint64_t) { steps.emplace_back(what); };
  const arch::NpuSpec npu = small_npu();
  ASSERT_TRUE(build_tile_graph(product(64, 64, 64), npu, arch::machine_limits(npu), {}, {.count = 3}, building).ok());
  EXPECT_EQ(told, 3);
  EXPECT_EQ(steps, (std::vector<std::string>{"operators tiled", "requests made", "tiles linked"}));
}

}  // namespace
}  // namespace tessera::scheduler::tests
