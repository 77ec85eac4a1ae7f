#include <gtest/gtest.h>

#include "arch/array/register_array.h"
#include "base/glob.h"
#include "graph_checks.h"
#include "scheduler/tiles/tile_graph_build.h"
#include "scheduler/tiling/pe_work.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using models::Shape;

ScheduleSpec with_rule(TileRule rule) {
  ScheduleSpec schedule;
  schedule.tiles.push_back(std::move(rule));
  return schedule;
}

models::Network one_conv(const Shape& in, const NetworkMaker::Conv& conv) {
  NetworkMaker maker;
  maker.conv(maker.input(in), conv);
  return maker.take();
}

const Block& output(const TileGraph& g, GroupId group) { return g.blocks[g.groups[group].output]; }

TEST(Glob, MatchesLikeFileNames) {
  EXPECT_TRUE(base::matches("*", ""));
  EXPECT_TRUE(base::matches("*conv?", "/model.0/conv1"));
  EXPECT_TRUE(base::matches("a*b*c", "axxbyybc"));
  EXPECT_FALSE(base::matches("a*b*c", "axxbyyb"));
  EXPECT_FALSE(base::matches("conv", "conv1"));
}

TEST(Tiling, ExplicitSizesGiveTheirLoopsInDefaultOrder) {
  const auto network = one_conv({1, 12, 10, 32}, {.n = 32, .kernel = 3, .pad = 1});
  auto schedule = with_rule({.m = 5, .n = 16, .k = 16});
  schedule.loop_order = "bgnm";
  const auto g = tiled(network, small_npu(16384), schedule, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  ASSERT_EQ(g->groups.size(), 6u);  // 2 of n x 3 of m
  ASSERT_EQ(g->tiles.size(), 12u);  // 2 slices of k each
  EXPECT_EQ(output(*g, 0).box, (models::Box{{0, 0, 0, 0}, {1, 5, 10, 16}}));
  EXPECT_EQ(output(*g, 1).box, (models::Box{{0, 5, 0, 0}, {1, 10, 10, 16}}));
  EXPECT_EQ(output(*g, 2).box, (models::Box{{0, 10, 0, 0}, {1, 12, 10, 16}}));
  EXPECT_EQ(output(*g, 3).box, (models::Box{{0, 0, 0, 16}, {1, 5, 10, 32}}));
  // Rows 5..9 with a 3x3 window read rows 4..10; the first block's upper halo is padding.
  EXPECT_EQ(g->blocks[g->tiles[2].input].box, (models::Box{{0, 4, 0, 0}, {1, 11, 10, 16}}));
  EXPECT_EQ(g->blocks[g->tiles[0].input].box, (models::Box{{0, 0, 0, 0}, {1, 6, 10, 16}}));
  EXPECT_EQ(g->blocks[g->tiles[3].weight].box, (models::Box{{0, 0, 0, 16}, {16, 3, 3, 32}}));
}

TEST(Tiling, ALineIsARowOfAnImageAndAllRowsOfAMatrix) {
  const auto rule = with_rule({.line = true, .n = 8});
  auto npu = small_npu();
  npu.cores = 1;
  const auto image = tiled(one_conv({1, 6, 4, 16}, {.n = 16}), npu, rule, {});
  NetworkMaker maker;
  maker.matmul(maker.input({1, 24, 1, 16}), 16);
  const auto matrix = tiled(maker.take(), npu, rule, {});
  ASSERT_TRUE(image.ok() && matrix.ok());
  ASSERT_EQ(image->groups.size(), 12u);  // 6 rows x 2 of n
  EXPECT_EQ(output(*image, 0).box.elements(), 4 * 8);
  ASSERT_EQ(matrix->groups.size(), 2u);
  EXPECT_EQ(output(*matrix, 0).box.elements(), 24 * 8);
}

std::int64_t loaded_bytes(const TileGraph& g) {
  std::int64_t bytes = 0;
  for (const Tile& tile : g.tiles) bytes += g.blocks[tile.input].bytes;
  return bytes;
}

// Four blocks for two cores would have 16 channels each: 16 B of every burst of 64 B, so four times the bytes.
TEST(Tiling, BlocksForAllCoresDoNotTearBursts) {
  NetworkMaker maker;
  maker.instance_norm(maker.input({1, 64, 64, 64}));
  auto npu = small_npu(512 * 1024);
  npu.layout.kind = arch::LayoutKind::nhwc;
  const auto g = tiled(maker.take(), npu, {}, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  EXPECT_EQ(loaded_bytes(*g), 64 * 64 * 64);
}

// out[h][w][c] = in[c][w][h]: whole runs of both need blocks with 64 of h and of c, cut along w. Cut along h first, a
// block would load a burst of 64 B for every element.
TEST(Tiling, TransposesAreCutWhereNoRunsLie) {
  NetworkMaker maker;
  maker.copy(maker.input({1, 64, 64, 64}));
  models::Network network = maker.take();
  std::swap(network.operators[0].maps[0][1].from, network.operators[0].maps[0][2].from);  // of the file's N, C, H, W
  auto npu = small_npu(16 * 1024);
  npu.layout.kind = arch::LayoutKind::nhwc;
  const auto g = tiled(network, npu, {}, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  EXPECT_EQ(loaded_bytes(*g), 64 * 64 * 64);
  EXPECT_EQ(output(*g, 0).box.end[models::kC] - output(*g, 0).box.begin[models::kC], 64);
}

TEST(Tiling, LoopOrderOfARuleGoesBeforeTheRuns) {
  const auto network = one_conv({1, 12, 10, 32}, {.n = 32});
  auto schedule = with_rule({.m = 6, .n = 16, .k = 32, .loop_order = "mnbg"});
  schedule.loop_order = "bgnm";
  const auto g = tiled(network, small_npu(16384), schedule, {});
  ASSERT_TRUE(g.ok());
  EXPECT_EQ(output(*g, 1).box.begin[models::kC], 16) << "n runs inside m";
}

TEST(Tiling, BiasBelongsToTheLastSlicesWeights) {
  const auto with =
      tiled(one_conv({1, 4, 4, 32}, {.n = 8, .bias = true}), small_npu(), with_rule({.m = 4, .k = 16}), {});
  const auto without = tiled(one_conv({1, 4, 4, 32}, {.n = 8}), small_npu(), with_rule({.m = 4, .k = 16}), {});
  ASSERT_TRUE(with.ok() && without.ok());
  const auto bytes = [](const TileGraph& g, TileId t) { return g.blocks[g.tiles[t].weight].useful_bytes; };
  ASSERT_EQ(with->groups[0].slices, 2u);
  EXPECT_EQ(bytes(*with, 0), bytes(*without, 0));
  EXPECT_EQ(bytes(*with, 1), bytes(*without, 1) + 8 * 4);  // one accumulator per channel
  EXPECT_EQ(with->tiles[0].vector_cycles, base::Cycles{0});
  EXPECT_EQ(with->tiles[1].vector_cycles, base::Cycles{4 * 4 * 8 / 8});  // 8 lanes
}

TEST(Tiling, GroupedConvolutionOnTheVectorUnit) {
  auto npu = small_npu();
  npu.core.pe_array.grouped = arch::Grouped::vector;
  const auto network = one_conv({1, 6, 6, 16}, {.n = 1, .kernel = 3, .pad = 1, .groups = 16});
  const auto g = tiled(network, npu, {}, {});
  ASSERT_TRUE(g.ok());
  std::int64_t cycles = 0;
  for (const Tile& t : g->tiles) {
    EXPECT_EQ(t.kind, TileKind::vector);
    cycles += t.vector_cycles.count();
  }
  EXPECT_EQ(cycles, 6 * 6 * 16 * 9 / 8);
}

// 4 x 4 inputs, 3 x 3 taps, stride 2: 8 x 8 outputs. Along an axis the 4 outputs on an input have the middle tap, the 4
// between two have the outer two; so 16 positions each have 1, 2, 2 and 4 taps, with 4 channels as many folds of 16
// cycles on 4 rows. With inserted zeros all 64 positions have 9 taps.
TEST(Tiling, TransposedConvolutionByHand) {
  models::PeGeometry g;
  g.transposed = true;
  g.n = g.channels = 4;
  g.in_h = g.in_w = 4, g.out_h = g.out_w = 8;
  g.kernel_h = g.kernel_w = 3, g.stride_h = g.stride_w = 2, g.pad_top = g.pad_left = 1;
  EXPECT_EQ(g.macs(), 4 * 4 * (4 * 3) * (4 * 3));
  auto npu = small_npu();
  npu.core.pe_array.rows = npu.core.pe_array.columns = 4;
  const PeBlock all{.g1 = 1, .n1 = 4, .h1 = 8, .w1 = 8, .c1 = 4};
  const auto phases = arch::array_work(npu.core.pe_array, pe_shape(npu, g, all));
  EXPECT_EQ(phases.folds, 1 + 2 + 2 + 4);
  EXPECT_EQ(phases.occupancy, base::Cycles{9 * 16});
  EXPECT_EQ(phases.macs, g.macs());
  npu.core.pe_array.transposed_convolution = arch::Transposed::zero_insertion;
  const auto zeros = arch::array_work(npu.core.pe_array, pe_shape(npu, g, all));
  EXPECT_EQ(zeros.occupancy, base::Cycles{9 * 64});
  EXPECT_EQ(zeros.macs, g.macs());
}

TEST(Tiling, PhasesOfATransposedConvolutionAreOneTile) {
  arch::PeArraySpec array;
  array.start_up = base::Cycles{7};
  const arch::ArrayShape two{.m = 48, .n = 20, .channels = 24, .taps = 3, .phases = {{32, 1}, {16, 2}}};
  const auto whole = arch::plan_folds(array, two);
  const auto first = arch::plan_folds(array, {.m = 32, .n = 20, .channels = 24, .taps = 1});
  const auto second = arch::plan_folds(array, {.m = 16, .n = 20, .channels = 24, .taps = 2});
  EXPECT_EQ(whole.occupancy, first.occupancy + second.occupancy - base::Cycles{7});
  EXPECT_EQ(whole.macs, first.macs + second.macs);
  EXPECT_EQ(whole, arch::joined(array, first, second));
  std::int64_t folds = 0;
  arch::for_each_fold(array, two, [&](const arch::Fold&) { ++folds; });
  EXPECT_EQ(folds, whole.folds);
}

TEST(Tiling, ElementwiseInheritsTheBlockOfItsFirstProducer) {
  NetworkMaker maker;
  const auto x = maker.conv(maker.input({1, 12, 8, 16}), {.n = 32});
  maker.elementwise(x, x, models::Function::mul);
  const auto network = maker.take();
  const auto g = tiled(network, small_npu(16384), with_rule({.pattern = "Conv*", .m = 4, .n = 16}), {});
  ASSERT_TRUE(g.ok());
  for (GroupId i = 0; i < g->groups.size(); ++i) {
    EXPECT_EQ(output(*g, i).box.extent(models::kH), 4);
    EXPECT_EQ(output(*g, i).box.extent(models::kC), 16);
    if (g->groups[i].op != 1) continue;
    const Tile& t = g->tiles[g->groups[i].first];
    EXPECT_EQ(t.input, t.weight) << "f(X, X) loads X into both regions";
    EXPECT_EQ(g->predecessors(i).size(), 1u);
  }
}

TEST(Tiling, SizesOfARuleAreUpperLimitsForAVectorOperator) {
  const auto blocks = [](std::int64_t slot) {
    NetworkMaker maker;
    const auto x = maker.input({1, 12, 8, 32});
    maker.elementwise(x, x);
    const auto network = maker.take();
    const auto g = tiled(network, small_npu(slot), with_rule({.m = 5, .w = 4, .n = 1000}), {});
    EXPECT_TRUE(g.ok()) << g.problems().to_string();
    return output(*g, 0).box;
  };
  EXPECT_EQ(blocks(4096), (models::Box{{0, 0, 0, 0}, {1, 5, 4, 32}})) << "20 pixels of 32 bytes";
  EXPECT_LT(blocks(512).elements(), 5 * 4 * 32) << "only 16 of them fit";
}

TEST(Tiling, ReducingOperatorKeepsItsAxesWhole) {
  NetworkMaker maker;
  maker.global_pool(maker.softmax(maker.input({1, 16, 4, 100})));
  const auto network = maker.take();
  const auto g = tiled(network, small_npu(8192), {}, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  for (const Group& group : g->groups) {
    const Block& in = g->blocks[g->tiles[group.first].input];
    if (group.op == 0) {
      EXPECT_EQ(in.box.extent(models::kC), 100);
    } else {
      EXPECT_EQ(in.box.extent(models::kH) * in.box.extent(models::kW), 64);
    }
  }
}

TEST(Tiling, PartsOfAConcatMeetInTheirReader) {
  NetworkMaker maker;
  const auto in = maker.input({1, 4, 4, 8});
  const auto root = maker.activation({1, 4, 4, 24});
  maker.conv(in, {.n = 16}, maker.window(root, {0, 0, 0, 0}, {1, 4, 4, 16}));
  maker.conv(in, {.n = 8}, maker.window(root, {0, 0, 0, 16}, {1, 4, 4, 8}));
  maker.conv(root, {.n = 8});
  const auto network = maker.take();
  const auto g = tiled(network, small_npu(), with_rule({.m = 4, .n = 16, .k = 24}), {});
  ASSERT_TRUE(g.ok());
  ASSERT_EQ(g->groups.size(), 3u);
  EXPECT_EQ(std::vector<GroupId>(g->predecessors(2).begin(), g->predecessors(2).end()), (std::vector<GroupId>{0, 1}));
}

TEST(Tiling, SecondOperandOfAMatrixProductMayBeAnActivation) {
  NetworkMaker maker;
  const auto a = maker.input({2, 16, 1, 24});
  const auto b = maker.conv(a, {.n = 24});
  const auto scores = maker.matmul(a, 16, b, true);
  maker.matmul(scores, 24, b);
  const auto network = maker.take();
  const auto g = tiled(network, small_npu(), {}, {});
  ASSERT_TRUE(g.ok());
  check_producers_cover(*g, network);
  check_edges_by_all_pairs(*g);
  for (const Tile& t : g->tiles)
    if (t.op > 0) {
      EXPECT_FALSE(g->producers(t.weight).empty()) << "waits for its second operand too";
    }
}

TEST(Tiling, RequestsShareConstantsAndNothingElse) {
  const auto network = one_conv({1, 8, 8, 16}, {.n = 16});
  const auto g = tiled(network, small_npu(), {}, {.count = 3, .interval = base::Ps{5000}});
  ASSERT_TRUE(g.ok());
  const std::size_t tiles = g->tiles.size() / 3;
  ASSERT_EQ(g->tiles.size(), 3 * tiles);
  ASSERT_EQ(g->requests.size(), 3U);
  for (std::uint32_t r = 0; r < 3; ++r) {
    const Request& request = g->requests[r];
    EXPECT_EQ(request.arrival, base::Ps{5000} * r);
    EXPECT_EQ(request.first_tile, r * request.tiles);
    EXPECT_EQ(g->operator_of(r, 0), r * request.operators);
  }
  EXPECT_EQ(g->requests[0].tiles * 3U, g->tiles.size());
  for (std::size_t t = 0; t < tiles; ++t) {
    const Tile &first = g->tiles[t], &last = g->tiles[2 * tiles + t];
    EXPECT_EQ(first.weight, last.weight);
    EXPECT_EQ(last.request, 2u);
    EXPECT_EQ(g->blocks[first.input].box, g->blocks[last.input].box);
    EXPECT_NE(g->blocks[first.input].where.base, g->blocks[last.input].where.base);
  }
  check_addresses(*g, 64);
}

TEST(Tiling, CoreSplitDealsBlocksByOneLoop) {
  const auto network = one_conv({1, 8, 8, 16}, {.n = 32});
  auto schedule = with_rule({.m = 2, .n = 8});
  schedule.core_split = CoreSplit::n;
  const auto g = tiled(network, small_npu(), schedule, {});
  ASSERT_TRUE(g.ok());
  for (GroupId i = 0; i < g->groups.size(); ++i)
    EXPECT_EQ(g->groups[i].core_hint, static_cast<std::uint32_t>(output(*g, i).box.begin[models::kC] / 8 % 2));
}

std::string error_of(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  const auto g = tiled(network, npu, schedule, {});
  return g.ok() ? "" : g.problems().to_string();
}

TEST(Tiling, TileThatFitsNoSlotNamesOperandBytesAndASizeThatFits) {
  const auto network = one_conv({1, 64, 16, 64}, {.n = 16});
  TileRule rule{.m = 32, .w = 16, .n = 0, .k = 64};
  rule.where = {"run.yaml", 7, 5};
  const std::string text = error_of(network, small_npu(16384), with_rule(rule));
  EXPECT_NE(text.find("run.yaml:7:5"), std::string::npos) << text;
  EXPECT_NE(text.find("\"Conv0\""), std::string::npos) << text;
  EXPECT_NE(text.find("input"), std::string::npos) << text;
  EXPECT_NE(text.find("holds 16384"), std::string::npos) << text;
  ASSERT_NE(text.find("m = "), std::string::npos) << text;
  // The size that it names does fit, and the next one does not.
  const std::int64_t m = std::stoll(text.substr(text.find("m = ") + 4));
  rule.m = m;
  EXPECT_EQ(error_of(network, small_npu(16384), with_rule(rule)), "");
  rule.m = m + 1;
  EXPECT_NE(error_of(network, small_npu(16384), with_rule(rule)), "");
}

TEST(Tiling, MisfitOfWeightsAndOutputsNamesThem) {
  const auto network = one_conv({1, 16, 16, 64}, {.n = 128, .kernel = 3, .pad = 1});
  const std::string weight = error_of(network, small_npu(16384), with_rule({.n = 128, .k = 64}));
  EXPECT_NE(weight.find("weight"), std::string::npos) << weight;
  EXPECT_NE(weight.find("n = "), std::string::npos) << weight;
  auto npu = small_npu(16384);
  npu.core.sram.output.capacity = base::Bytes{2048};
  const std::string out = error_of(network, npu, with_rule({.m = 4, .w = 16, .n = 64, .k = 8}));
  EXPECT_NE(out.find("output"), std::string::npos) << out;
}

TEST(Tiling, RegionTooSmallForAnyTileIsAnError) {
  NetworkMaker maker;
  maker.softmax(maker.input({1, 4, 4, 5000}));
  const std::string text = error_of(maker.take(), small_npu(2048), {});
  EXPECT_NE(text.find("\"Softmax0\""), std::string::npos) << text;
  EXPECT_NE(text.find("holds 2048"), std::string::npos) << text;
}

TEST(Tiling, LoopOrderMustBeAPermutation) {
  const std::string text = error_of(one_conv({1, 4, 4, 8}, {}), small_npu(), with_rule({.loop_order = "bgnk"}));
  EXPECT_NE(text.find("bgnk"), std::string::npos) << text;
}

TEST(TileGraph, CycleThroughControlEdgesIsNamed) {
  NetworkMaker maker;
  maker.conv(maker.conv(maker.input({1, 4, 4, 8}), {}), {});
  const auto network = maker.take();
  auto g = tiled(network, small_npu(), with_rule({.m = 4, .n = 8}), {});
  ASSERT_TRUE(g.ok());
  ASSERT_EQ(g->groups.size(), 2u);
  const auto same = link_tile_graph(*g, network, {{0, 1}});
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same->control(1).size(), 1u);
  EXPECT_EQ(same->predecessors(1).size(), 1u) << "a control edge beside a data edge is one predecessor";
  const auto cyclic = link_tile_graph(*g, network, {{1, 0}});
  ASSERT_FALSE(cyclic.ok());
  const std::string text = cyclic.problems().to_string();
  EXPECT_NE(text.find("\"Conv0\" tile 0"), std::string::npos) << text;
  EXPECT_NE(text.find("\"Conv1\" tile 1"), std::string::npos) << text;
}

TEST(TileGraph, ReadingWhatNobodyWritesIsAnError) {
  NetworkMaker maker;
  const auto root = maker.activation({1, 4, 4, 16});
  maker.conv(maker.input({1, 4, 4, 8}), {.n = 8}, maker.window(root, {0, 0, 0, 0}, {1, 4, 4, 8}));
  maker.conv(root, {});
  const std::string text = error_of(maker.take(), small_npu(), {});
  EXPECT_NE(text.find("\"t0\""), std::string::npos) << text;
}

}  // namespace
}  // namespace tessera::scheduler::tests
