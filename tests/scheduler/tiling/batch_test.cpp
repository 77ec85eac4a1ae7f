// Weights that all images of a batch share.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

// Bytes that one core loads of an operand when it runs all tiles in the order of their ids, with two slots.
std::int64_t loaded(const TileGraph& graph, BlockId Tile::*operand) {
  std::vector<BlockId> slots;  // the one used last at the end
  std::int64_t bytes = 0;
  for (const Tile& tile : graph.tiles) {
    const BlockId block = tile.*operand;
    const auto found = std::ranges::find(slots, block);
    if (found != slots.end()) {
      slots.erase(found);
    } else {
      bytes += graph.blocks[block].bytes;
      if (slots.size() == 2) slots.erase(slots.begin());
    }
    slots.push_back(block);
  }
  return bytes;
}

TileGraph one_conv(arch::NpuSpec npu, const models::Shape& images, const NetworkMaker::Conv& conv) {
  NetworkMaker maker;
  maker.conv(maker.input(images), conv);
  npu.cores = 1;
  auto graph = tiled(maker.take(), npu, {}, {});
  EXPECT_TRUE(graph.ok());
  return std::move(graph).value();
}

// Eight images of 2 x 2 x 64 are 2 KiB, half a slot: they stay while the 16 KiB of weights pass once. Four positions
// would leave the array waiting for its next weights.
TEST(Batch, SmallImagesShareATileAndAllIsLoadedOnce) {
  const TileGraph graph = one_conv(small_npu(), {8, 2, 2, 64}, {.n = 256});
  EXPECT_EQ(loaded(graph, &Tile::weight), 16 * 1024);
  EXPECT_EQ(loaded(graph, &Tile::input), 2 * 1024);
  EXPECT_GT(graph.blocks[graph.tiles[0].input].box.extent(models::kN), 1);
}

// 2.25 MiB of weights against 196 KiB of images, slots of 128 KiB: the weights pass once.
TEST(Batch, LargeWeightsAreLoadedOnce) {
  arch::NpuSpec npu = small_npu(128 * 1024);
  npu.core.pe_array.rows = 32;
  npu.core.pe_array.columns = 64;
  const TileGraph graph = one_conv(npu, {8, 7, 7, 512}, {.n = 512, .kernel = 3, .pad = 1});
  EXPECT_EQ(loaded(graph, &Tile::weight), 512 * 512 * 9);
}

// A rule's sizes are those of one image.
TEST(Batch, ARuleKeepsImagesApart) {
  NetworkMaker maker;
  maker.conv(maker.input({8, 4, 4, 64}), {.n = 64});
  ScheduleSpec schedule;
  schedule.tiles.push_back({.pattern = "*", .m = 4});
  const auto graph = tiled(maker.take(), small_npu(), schedule, {});
  ASSERT_TRUE(graph.ok());
  for (const Tile& tile : graph->tiles) EXPECT_EQ(graph->blocks[tile.input].box.extent(models::kN), 1);
}

}  // namespace
}  // namespace tessera::scheduler::tests
