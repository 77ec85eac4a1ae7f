// What `auto` looks at when it chooses the sizes of a PE operator's tiles.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "arch/spec/npu_reader.h"
#include "scheduler/tiling/pe_sizes.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

models::Network one_conv(const models::Shape& in, const NetworkMaker::Conv& conv) {
  NetworkMaker maker;
  maker.conv(maker.input(in), conv);
  return maker.take();
}

// Bytes of the distinct input blocks of a graph.
std::int64_t input_bytes(const TileGraph& g) {
  std::set<BlockId> inputs;
  for (const Tile& t : g.tiles) inputs.insert(t.input);
  std::int64_t bytes = 0;
  for (const BlockId b : inputs) bytes += g.blocks[b].bytes;
  return bytes;
}

// A slot holds three rows: blocks of one whole row would read every row three times.
TEST(AutoSizes, WidthIsCutWhereWholeRowsReadTheirHaloTooOften) {
  const auto network = one_conv({1, 40, 40, 64}, {.n = 16, .kernel = 3, .pad = 1});
  const auto g = tiled(network, small_npu(8192), {}, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  EXPECT_LT(input_bytes(*g), 2 * 40 * 40 * 64);
}

TEST(AutoSizes, RowsOfARuleStayWholeWhereTheyFit) {
  const auto network = one_conv({1, 40, 40, 64}, {.n = 16, .kernel = 3, .pad = 1});
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 1});
  const auto g = tiled(network, small_npu(8192), schedule, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  for (const Group& group : g->groups) EXPECT_EQ(g->blocks[group.output].box.extent(models::kW), 40);
}

// Pixels of 2048 bytes over 8 channels of 256: a slice of 256 channels lies on one of them, two slices on two.
TEST(AutoSizes, SlicesThatFallOnFewMemoryChannelsCostMore) {
  const auto network = one_conv({1, 8, 8, 2048}, {.n = 16});
  arch::NpuSpec npu = small_npu();
  npu.dram.channels = 8;
  AddressPlan addresses(network, npu, 1);
  const PeNeeds needs(network, npu, addresses, network.operators[0]);
  PeSizes slice{.m = 8, .w = 8, .n = 16, .k = 256};
  EXPECT_EQ(needs.crowded_inputs(slice, 1).of(1000), 8000);
  EXPECT_EQ(needs.crowded_inputs(slice, 2).of(1000), 4000);
  EXPECT_EQ(needs.crowded_inputs(slice, 8).of(1000), 1000);
  slice.k = 2048;
  EXPECT_EQ(needs.crowded_inputs(slice, 1).of(1000), 1000);
  EXPECT_EQ(needs.crowded_stores(slice).of(1000), 1000) << "pixels of 64 bytes lie side by side";

  npu.dram.channels = 1;
  slice.k = 256;
  EXPECT_EQ(needs.crowded_inputs(slice, 1).of(1000), 1000) << "one channel moves all whatever its stride";
}

// An Add takes the block over and moves it again; a pool does not.
TEST(AutoSizes, ElementwiseHeirsCountAmongTheCost) {
  const auto build = [](bool heir) {
    NetworkMaker maker;
    const auto x = maker.conv(maker.input({1, 16, 16, 32}), {.n = 64});
    if (heir) maker.elementwise(x, x);
    else maker.global_pool(x);
    return maker.take();
  };
  for (const bool heir : {false, true}) {
    const auto network = build(heir);
    const arch::NpuSpec npu = small_npu();
    AddressPlan addresses(network, npu, 1);
    EXPECT_EQ(PeNeeds(network, npu, addresses, network.operators[0]).heirs(), heir ? 1 : 0);
  }
}

// By operator, on a machine of the project.
std::vector<std::int64_t> tile_counts(const models::Network& network, const std::string& machine) {
  const std::filesystem::path source = TESSERA_SOURCE_DIR;
  const auto npu = arch::read_npu_file(source / "configs/npu" / (machine + ".yaml"), {});
  std::vector<std::int64_t> counts(network.operators.size(), 0);
  if (!npu) ADD_FAILURE() << npu.problems().to_string();
  if (!npu) return counts;
  const auto g = tiled(network, *npu, {}, {});
  if (!g) ADD_FAILURE() << g.problems().to_string();
  if (!g) return counts;
  for (const Tile& t : g->tiles) ++counts[t.op];
  return counts;
}

// A sum takes over the blocks of the convolution before it, whose sizes are chosen with an eye on that: also where it
// reads all that the convolution makes as a view.
TEST(AutoSizes, AViewOfTheWholeIsTheWhole) {
  const auto counts = [&](bool view) {
    NetworkMaker maker;
    const models::TensorId made = maker.conv(maker.input({1, 28, 28, 64}), {.n = 64, .kernel = 3, .pad = 1});
    const models::TensorId read = view ? maker.window(made, {0, 0, 0, 0}, {1, 28, 28, 64}) : made;
    maker.elementwise(read, read);
    return tile_counts(maker.take(), "many_core_64");
  };
  EXPECT_EQ(counts(true), counts(false));
}

// Behind a shared SRAM what enters the network comes from DRAM, what an operator makes stays on the chip: the same
// product wants other tiles for the one than for the other.
TEST(AutoSizes, AnOperatorOnTheNetworksInputDoesNotDecideForOthers) {
  const auto second = [&](bool same_before) {
    NetworkMaker maker;
    models::TensorId t = maker.input({1, 128, 1, 256});
    if (same_before) t = maker.matmul(t, 256);
    t = maker.elementwise(t, t);
    t = maker.matmul(t, 256);
    maker.elementwise(t, t);
    const auto counts = tile_counts(maker.take(), "edge_shared_sram");
    return counts[counts.size() - 2];
  };
  EXPECT_EQ(second(true), second(false));
}

}  // namespace
}  // namespace tessera::scheduler::tests
