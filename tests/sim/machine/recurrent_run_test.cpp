// Recurrent layers in whole runs: what a step takes, and that all steps read their weights once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

constexpr std::int64_t kCycle = 5000;  // ps, of tiny_8x8

// `layer` over so many steps of so many features, on tiny_8x8.
Execution run_steps(std::int64_t steps, std::int64_t features, const std::string& layer,
                    const std::vector<std::string>& overrides = {}) {
  const TempFolder folder;
  std::ofstream(folder / "net.yaml") << fmt::format("inputs: {{x: [1, {}, {}]}}\nlayers: [{{name: a, {}}}]\n", steps,
                                                    features, layer);
  sim::RunArguments arguments;
  arguments.npu_file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml";
  arguments.model_file = folder / "net.yaml";
  arguments.overrides = overrides;
  arguments.policy = "depth_first";
  return execute(arguments);
}

// A step of an RNN of 8 units, in cycles: two tiles, each after the store of the one before.
//   product  decision 16, load of the state 32, array 8 + 1 + 7 + 7 = 23 (weights, a row, through rows and columns),
//            store 32
//   sum      decision 16, two loads 36 (the second packet comes 4 later), sum and tanh of 8 on 8 lanes 1 + 2, store 32
// A load or store of a burst: interconnect 4, memory 16 + 4, interconnect 4, 32 bytes at 8 a cycle 4.
// Together 190. A step more is a row more of the first product (1) and of its store (32 bytes: 4).
TEST(RecurrentRun, AStepTakesWhatItsTwoTilesTake) {
  const std::string layer = "op: rnn, hidden: 8, bias: false";
  const std::int64_t longer = run_steps(8, 8, layer).makespan() - run_steps(7, 8, layer).makespan();
  EXPECT_EQ(longer, (190 + 5) * kCycle);
}

// R of an LSTM of 16 units is 64 x 16 bytes. What a step reads besides, in bursts of 32 bytes: the state 32; i, o, f
// of the product and of the inputs 64 + 64; the candidate's 32 + 32; f, C 64; i, candidate 64; both parts of C 64; C
// 32; o, tanh(C) 64: 512 at most, and 32 of the inputs.
TEST(RecurrentRun, AllStepsReadTheirWeightsOnce) {
  const std::string layer = "op: lstm, hidden: 16, bias: false";
  const auto reads = [&](std::int64_t steps) { return run_steps(steps, 16, layer).summary().dram.read_bytes; };
  const std::int64_t of_a_step = (reads(12) - reads(4)) / 8;
  EXPECT_LE(of_a_step, 544);
  EXPECT_GT(of_a_step, 0);
}

// Both directions have weights of their own: with two slots those of one stay, with three both.
TEST(RecurrentRun, BothDirectionsKeepTheirWeightsWhereThereAreSlotsForBoth) {
  const std::string layer = "op: lstm, hidden: 16, bias: false, direction: bidirectional";
  const auto of_a_step = [&](const std::string& slots) {
    const auto reads = [&](std::int64_t steps) {
      return run_steps(steps, 16, layer, {"buffers.weight=" + slots}).summary().dram.read_bytes;
    };
    return (reads(12) - reads(4)) / 8;
  };
  EXPECT_LE(of_a_step("2"), 2 * 544 + 1024);
  EXPECT_LE(of_a_step("3"), 2 * 544);
}

}  // namespace
}  // namespace tessera::tests
