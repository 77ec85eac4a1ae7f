// Pools whose window fits no slot, on the machine of hand_counts_test.cpp.
#include <gtest/gtest.h>

#include "fitted_networks.h"

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

}  // namespace
}  // namespace tessera::scheduler::tests
