// Pools whose window fits no slot, on the machine of hand_counts_test.cpp.
#include <gtest/gtest.h>

#include <set>

#include "fitted_networks.h"
#include "tests/scheduler/tiling/graph_checks.h"

namespace tessera::scheduler::tests {
namespace {

using Names = std::vector<std::string>;
using models::Box;

TEST(FittingWindows, OneWindowOverTheImageIsAGlobalPool) {
  const auto f = fitted(network_of({"AveragePool", {1, 64, 64, 64}, {{"kernel_shape", {64, 64}}}}), small_npu(4096));
  const auto global = fitted(network_of({"GlobalAveragePool", {1, 64, 64, 64}}), small_npu(4096));
  ASSERT_EQ(f.names(), global.names());
  EXPECT_EQ(f.op("y#partial").function, base::Function::average_pool);
  for (const std::string pass : {"y#partial", "y#combine"}) {
    EXPECT_EQ(f.cycles(pass), global.cycles(pass));
    EXPECT_EQ(f.input_bytes(pass), global.input_bytes(pass));
  }
}

// 2 x 2 windows of 32 x 32: rows of 32 first, two in each of 64 rows; then columns of 32 of these.
TEST(FittingWindows, RowsAndColumnsByHand) {
  const auto f = fitted(network_of({"MaxPool", {1, 64, 64, 64}, {{"kernel_shape", {32, 32}}, {"strides", {32, 32}}}}),
                        small_npu(4096));
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#combine"}));
  EXPECT_EQ(f.cycles("y#partial"), 64 * 2 * 64 * 32 / 8);
  EXPECT_EQ(f.stored_bytes("y#partial"), 64 * 2 * 64);
  EXPECT_EQ(f.cycles("y#combine"), 2 * 2 * 64 * 32 / 8);
}

// Windows of 100 pixels of 64 bytes, 50 apart: each 50 once, then two of these.
TEST(FittingWindows, PiecesThatWindowsShareByHand) {
  const auto f =
      fitted(network_of({"AveragePool", {1, 64, 4000, 1}, {{"kernel_shape", {100, 1}}, {"strides", {50, 1}}}}),
             small_npu(4096));
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#combine"}));
  EXPECT_EQ(f.cycles("y#partial"), 4000 * 64 / 8);
  EXPECT_EQ(f.input_bytes("y#partial"), 4000 * 64);
  EXPECT_EQ(f.stored_bytes("y#partial"), 80 * 64 * 4);
  EXPECT_EQ(f.cycles("y#combine"), 79 * 64 * 2 / 8);
}

// A column of 100 pixels of 64 bytes, 49 apart: halves of 50.
TEST(FittingWindows, HalvesByHand) {
  const auto f =
      fitted(network_of({"AveragePool", {1, 64, 4000, 1}, {{"kernel_shape", {100, 1}}, {"strides", {49, 1}}}}),
             small_npu(4096));
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#partial'2", "y#combine"}));
  constexpr std::int64_t kOut = 80;
  EXPECT_EQ(f.cycles("y#partial"), kOut * 64 * 50 / 8);
  EXPECT_EQ(f.cycles("y#partial'2"), kOut * 64 * 50 / 8);
  EXPECT_EQ(f.cycles("y#combine"), kOut * 64 / 8);
  EXPECT_EQ(f.op("y#combine").function, base::Function::add);
  EXPECT_EQ(f.stored_bytes("y#partial'2"), kOut * 64 * 4);
  const auto reads = [&](const std::string& name, std::int64_t row) {
    return models::source_box(f.network, f.op(name), 0, {{0, row, 0, 0}, {1, row + 1, 1, 64}});
  };
  EXPECT_EQ(reads("y#partial", 3), (Box{{0, 147, 0, 0}, {1, 197, 1, 64}}));
  EXPECT_EQ(reads("y#partial'2", 3), (Box{{0, 197, 0, 0}, {1, 247, 1, 64}}));
}

TEST(FittingWindows, AWindowManyTimesTheSlotIsHalvedUntilItFits) {
  const auto f = fitted(network_of({"MaxPool", {1, 64, 4000, 1}, {{"kernel_shape", {1000, 1}}, {"strides", {9, 1}}}}),
                        small_npu(4096));
  EXPECT_EQ(f.network.operators.size(), 31u) << "16 windows of 62 or 63 and 15 that join two";
  std::int64_t kernels = 0;
  for (const auto& op : f.network.operators)
    if (op.access == models::Operator::Access::geometry) kernels += op.vector.kernel_h;
  EXPECT_EQ(kernels, 1000);
}

// 31 x 31 taps on pixels of 64 bytes: two rows of the window fit. 15 pairs of rows and a single one, and 15 sums.
TEST(FittingWindows, AKernelThatFitsNoSlotIsCutByRows) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 40, 40, 64}), {.n = 8, .kernel = 31, .pad = 15, .bias = true});
  models::Network network = maker.take();
  network.operators[0].posts[0].function = base::Function::identity;
  network.operators[0].posts.push_back({base::Function::relu, models::kNone, "relu"});
  const auto f = fitted(network, small_npu(4096));
  ASSERT_TRUE(f.graph.ok());
  EXPECT_EQ(f.network.operators.size(), 31u);
  EXPECT_EQ(f.network.macs(), network.macs());
  EXPECT_EQ(f.graph->macs, network.macs());
  std::set<std::int64_t> rows;  // that the pixel in the middle is made of
  std::int64_t biases = 0;
  for (const auto& op : f.network.operators) {
    if (op.unit != models::Unit::pe) continue;
    EXPECT_LE(op.pe.kernel_h, 2);
    const Box reads = models::source_box(f.network, op, 0, {{0, 20, 20, 0}, {1, 21, 21, 8}});
    for (std::int64_t row = reads.begin[models::kH]; row < reads.end[models::kH]; ++row)
      EXPECT_TRUE(rows.insert(row).second) << row;
    biases += static_cast<std::int64_t>(op.posts.size());
  }
  EXPECT_EQ(rows.size(), 31u);
  EXPECT_EQ(biases, 1);
  EXPECT_EQ(f.network.operators.back().posts.at(0).function, base::Function::relu);
  check_operands_cover(*f.graph, f.network);
  check_slots(*f.graph, small_npu(4096));
}

// One group's weights are 3 x 3 x 64 x 64 bytes.
TEST(FittingWindows, AGroupThatFitsNoSlotIsCut) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 128}), {.n = 64, .kernel = 3, .pad = 1, .groups = 2});
  const auto f = fitted(maker.take(), small_npu(4096));
  ASSERT_TRUE(f.graph.ok());
  EXPECT_EQ(f.network.operators.size(), 1u);
  EXPECT_EQ(f.graph->macs, f.network.macs());
  check_outputs_written_once(*f.graph, f.network);
  check_operands_cover(*f.graph, f.network);
  check_slots(*f.graph, small_npu(4096));
}

}  // namespace
}  // namespace tessera::scheduler::tests
