// Passes of reductions and normalizations, counted by hand. The machine: two cores, slots of `slot` bytes for inputs
// and four times that for outputs, 8 lanes, bursts of 64 bytes, bytes as elements, 4 bytes an accumulator; every
// function takes a cycle unless a test says otherwise.
#include <gtest/gtest.h>

#include "fitted_networks.h"

namespace tessera::scheduler::tests {
namespace {

using base::Function;
using Names = std::vector<std::string>;

void set_cycles(arch::NpuSpec& npu, Function f, std::int64_t cycles) {
  npu.core.vector_unit.cycles_per_element[static_cast<std::size_t>(f)] = cycles;
}

// 64 rows of 64 pixels of 64 channels: a row fills a slot of 4096 bytes, so a piece is one row.
TEST(Fitting, GlobalPoolByHand) {
  const auto f = fitted(network_of({"GlobalAveragePool", {1, 64, 64, 64}}), small_npu(4096));
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#combine"}));
  EXPECT_EQ(f.tiles("y#partial"), 64);
  EXPECT_EQ(f.cycles("y#partial"), 64 * 64 * 64 / 8);
  EXPECT_EQ(f.input_bytes("y#partial"), 64 * 64 * 64) << "the input is read once";
  EXPECT_EQ(f.stored_bytes("y#partial"), 64 * 64 * 4) << "a sum of four bytes for each row and channel";
  // 64 sums of 16 channels are 64 bursts: the slot.
  EXPECT_EQ(f.tiles("y#combine"), 4);
  EXPECT_EQ(f.input_bytes("y#combine"), 64 * 64 * 4);
  EXPECT_EQ(f.cycles("y#combine"), 64 * 64 / 8);
  EXPECT_EQ(f.stored_bytes("y#combine"), 64);
  EXPECT_EQ(f.op("y#partial").type, "GlobalAveragePool");
  EXPECT_EQ(f.op("y#combine").part_of, "y");
  ASSERT_EQ(f.network.notes.size(), 1u);
  EXPECT_EQ(f.network.notes[0].what, "fits no slot whole: runs as y#partial, y#combine");
}

TEST(Fitting, MaximaNeedNoMoreDigitsThanTheirInput) {
  const auto f = fitted(network_of({"GlobalMaxPool", {1, 64, 64, 64}}), small_npu(4096));
  EXPECT_EQ(f.stored_bytes("y#partial"), 64 * 64);
  const auto places = fitted(network_of({"ReduceMin", {20000, 64}, {{"axes", {0}}}}), small_npu(4096));
  EXPECT_EQ(places.network.tensors[places.op("y#partial").output].accumulators, 0);
}

TEST(Fitting, AReductionOfAnyAxesIsOneOfItsElements) {
  for (const std::vector<std::int64_t>& axes :
       {std::vector<std::int64_t>{1}, {2}, {3}, {1, 2}, {1, 3}, {0, 1, 3}, {0, 1, 2, 3}})
    for (const std::int64_t keep : {0, 1}) {
      SCOPED_TRACE(testing::PrintToString(axes));
      const auto f =
          fitted(network_of({"ReduceMean", {12, 40, 30, 50}, {{"axes", axes}, {"=keepdims", {keep}}}}), small_npu(512));
      // y itself may be a view of what the last operator makes.
      const std::string& made = f.network.tensors[f.network.operators.back().output].name;
      EXPECT_TRUE(made == "y" || made == "y#axes") << made;
      if (f.network.operators.size() == 1) continue;
      EXPECT_EQ(f.input_bytes("y#partial"), 12 * 40 * 30 * 50);
    }
}

// 5 pieces: 4 of 4032 elements, whole bursts that a slot holds, and one of 3872.
TEST(Fitting, SoftmaxByHand) {
  auto npu = small_npu(4096);
  set_cycles(npu, Function::softmax_partial, 5);
  set_cycles(npu, Function::softmax_combine, 6);
  set_cycles(npu, Function::softmax_apply, 4);
  const auto f = fitted(network_of({"Softmax", {1, 20000}, {{"=axis", {1}}}}), npu);
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#combine", "y#apply"}));
  EXPECT_EQ(f.tiles("y#partial"), 5);
  EXPECT_EQ(f.cycles("y#partial"), 20000 / 8 * 5);
  EXPECT_EQ(f.stored_bytes("y#partial"), 5 * 2 * 4) << "maximum and sum of each piece";
  EXPECT_EQ(f.input_bytes("y#combine"), 5 * 2 * 4);
  EXPECT_EQ(f.cycles("y#combine"), 6) << "five pairs in eight lanes";
  EXPECT_EQ(f.stored_bytes("y#combine"), 2 * 4);
  EXPECT_EQ(f.tiles("y#apply"), 5);
  EXPECT_EQ(f.cycles("y#apply"), 20000 / 8 * 4);
  EXPECT_EQ(f.input_bytes("y#apply"), 20000) << "read again";
  EXPECT_EQ(f.weight_bytes("y#apply"), 5 * 2 * 4) << "with the statistics";
  EXPECT_EQ(f.stored_bytes("y#apply"), 20000);
}

// Scale and shift go along the axis that is cut, so they come after the statistics, in a pass of their own.
TEST(Fitting, LayerNormalizationByHand) {
  auto npu = small_npu(4096);
  set_cycles(npu, Function::layernorm_partial, 4);
  set_cycles(npu, Function::layernorm_apply, 3);
  set_cycles(npu, Function::batchnorm, 2);
  const auto f = fitted(network_of({"LayerNormalization", {2, 20000}, {{"=axis", {-1}}}, {{20000}, {20000}}, 17}), npu);
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#combine", "y#apply", "y#scale"}));
  EXPECT_EQ(f.cycles("y#partial"), 2 * 20000 / 8 * 4);
  EXPECT_EQ(f.stored_bytes("y#partial"), 2 * 5 * 2 * 4);
  EXPECT_EQ(f.cycles("y#apply"), 2 * 20000 / 8 * 3);
  EXPECT_EQ(f.cycles("y#scale"), 2 * 20000 / 8 * 2);
  EXPECT_EQ(f.input_bytes("y#scale"), 2 * 20000);
  EXPECT_EQ(f.op("y#scale").parameter_elements, 2 * 20000);
}

// Scale and shift for each channel of an image: the statistics take them up, and one pass reads the input again.
TEST(Fitting, ParametersOfAxesThatStayJoinTheStatistics) {
  NetworkMaker maker;
  maker.softmax(maker.input({1, 64, 64, 64}));
  models::Network network = maker.take();
  const auto parameters = static_cast<models::TensorId>(network.tensors.size());
  network.tensors.push_back(network.tensors[0]);
  network.tensors.back().role = models::TensorRole::constant;
  network.tensors.back().root = parameters;
  network.tensors.back().dims = {1, 64, 1, 1};
  network.tensors.back().shape = {1, 1, 1, 64};
  auto& op = network.operators[0];
  op.name = "norm";
  op.function = Function::layernorm;
  op.inputs.push_back(parameters);
  constexpr int kWhole = models::AxisMap::kWhole;
  op.maps = {{{.from = 0}, {.from = 1}, {.from = kWhole}, {.from = kWhole}},
             {{.from = kWhole}, {.from = 1}, {.from = kWhole}, {.from = kWhole}}};
  op.vector.reduced = {false, true, true, false};
  const auto f = fitted(network, small_npu(4096));
  ASSERT_EQ(f.names(), (Names{"norm#partial", "norm#combine", "norm#apply"}));
  EXPECT_EQ(f.weight_bytes("norm#combine"), 64);
  EXPECT_EQ(f.stored_bytes("norm#combine"), 64 * 2 * 4);
  EXPECT_EQ(f.input_bytes("norm#apply"), 64 * 64 * 64);
}

// 391 pieces of 512 elements leave 1564 bytes, which fit no slot either: 4 pieces of these, then one.
TEST(Fitting, PartialResultsThatDoNotFitAreCutAgain) {
  const auto f = fitted(network_of({"ReduceSum", {1, 200'000}, {{"axes", {1}}}, {}, 11}), small_npu(512));
  ASSERT_EQ(f.names(), (Names{"y#partial", "y#combine#partial", "y#combine#combine"}));
  EXPECT_EQ(f.tiles("y#partial"), 391);
  EXPECT_EQ(f.cycles("y#partial"), 25'000);
  EXPECT_EQ(f.tiles("y#combine#partial"), 4);
  EXPECT_EQ(f.input_bytes("y#combine#partial"), 391 * 4);
  EXPECT_EQ(f.cycles("y#combine#partial"), 3 * 112 / 8 + 7) << "112 sums are 7 bursts; 55 are left";
  EXPECT_EQ(f.input_bytes("y#combine#combine"), 4 * 4);
  EXPECT_EQ(f.cycles("y#combine#combine"), 1);
}

TEST(Fitting, WhatFitsStaysAsItIs) {
  for (const OneNode& node : {OneNode{"GlobalAveragePool", {1, 64, 8, 8}}, OneNode{"Softmax", {1, 4096}},
                              OneNode{"MaxPool", {1, 8, 64, 64}, {{"kernel_shape", {3, 3}}}}}) {
    const auto f = fitted(network_of(node), small_npu(4096));
    EXPECT_EQ(f.names(), Names{"y"});
    EXPECT_TRUE(f.network.notes.empty());
  }
}

// Batches share an axis with what is reduced: the operator fits once its batches are not kept together.
TEST(Fitting, BatchesOfAReductionNeedNotStayTogether) {
  const auto f = fitted(network_of({"ReduceMean", {16, 60, 32}, {{"axes", {1}}, {"=keepdims", {0}}}}), small_npu(4096));
  ASSERT_EQ(f.names(), Names{"y"});
  EXPECT_EQ(f.input_bytes("y"), 16 * 60 * 32);
}

TEST(Fitting, ARuleForAnOperatorIsOneForItsPasses) {
  ScheduleSpec schedule;
  schedule.tiles.push_back({.pattern = "y", .n = 16});
  const auto f = fitted(network_of({"GlobalAveragePool", {1, 64, 64, 64}}), small_npu(4096), schedule);
  ASSERT_TRUE(f.graph.ok());
  EXPECT_EQ(f.tiles("y#partial"), 64 * 4);
}

// Neighbouring channels: each block reads two more on either side.
TEST(Fitting, LocalResponsesReadTheirNeighbours) {
  const auto f = fitted(network_of({"LRN", {1, 10'000, 1, 1}, {{"=size", {5}}}}), small_npu(4096));
  ASSERT_EQ(f.names(), Names{"y"});
  const std::int64_t tiles = f.tiles("y");
  EXPECT_GE(tiles, 3);
  EXPECT_EQ(f.input_bytes("y"), 10'000 + (tiles - 1) * 4);
}

}  // namespace
}  // namespace tessera::scheduler::tests
