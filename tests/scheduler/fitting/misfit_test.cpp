// What still fits no slot says why, and what it says would do does.
#include <gtest/gtest.h>

#include <regex>

#include "fitted_networks.h"

namespace tessera::scheduler::tests {
namespace {

std::string refusal(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule = {}) {
  const auto graph = tiled(fit_network(network, npu, schedule), npu, schedule, {});
  return graph.ok() ? "" : graph.problems().to_string();
}

// Follows "core.sram.X.capacity: N B" for every region that the message names.
arch::NpuSpec with_capacities(arch::NpuSpec npu, const std::string& message) {
  const std::regex pattern(R"(core\.sram\.(\w+)\.capacity: (\d+) B)");
  for (std::sregex_iterator i(message.begin(), message.end(), pattern), end; i != end; ++i) {
    auto& sram = npu.core.sram;
    auto& region = (*i)[1] == "input" ? sram.input : (*i)[1] == "weight" ? sram.weight : sram.output;
    region.capacity = base::Bytes{std::stoll((*i)[2])};
  }
  return npu;
}

// Follows "buffers.X: N".
ScheduleSpec with_buffers(ScheduleSpec schedule, const std::string& message) {
  const std::regex pattern(R"(buffers\.(\w+): (\d+))");
  for (std::sregex_iterator i(message.begin(), message.end(), pattern), end; i != end; ++i) {
    const std::size_t operand = (*i)[1] == "input" ? 0 : (*i)[1] == "weight" ? 1 : 2;
    schedule.buffers[operand] = std::stoll((*i)[2]);
  }
  return schedule;
}

models::Network resized() {
  const auto network = OnnxBuilder()
                           .input("x", {1, 8, 6, 6})
                           .shape("sizes", {1, 8, 12, 12})
                           .output("y")
                           .node("Resize", {"x", "", "", "sizes"}, {"y"}, {{"@mode=linear", {}}})
                           .read();
  EXPECT_TRUE(network.ok()) << network.problems().to_string();
  return *network;
}

// One output needs up to 3 x 3 pixels of 8 bytes, which lie in 3 bursts.
TEST(Misfit, OfAVectorOperatorSaysWhatWouldDo) {
  const auto npu = small_npu(128);
  const std::string text = refusal(resized(), npu);
  EXPECT_NE(text.find("operator \"y\": the input of its smallest tile needs 192 bytes, but a slot of the input region "
                      "holds 128; core.sram.input.capacity: 384 B or buffers.input: 1 would do"),
            std::string::npos)
      << text;
  EXPECT_EQ(refusal(resized(), with_capacities(npu, text)), "");
  EXPECT_EQ(refusal(resized(), npu, with_buffers({}, text)), "");
}

TEST(Misfit, FewerBuffersAreNamedOnlyWhereTheyWouldDo) {
  const std::string text = refusal(resized(), small_npu(64));
  EXPECT_EQ(text.find("buffers"), std::string::npos) << text;
  EXPECT_EQ(refusal(resized(), with_capacities(small_npu(64), text)), "");
}

TEST(Misfit, OfAProductNamesEveryOperandThatDoesNotFit) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 64, 16, 64}), {.n = 128});
  const models::Network network = maker.take();
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 64, .w = 16, .n = 128, .k = 64});
  const std::string text = refusal(network, small_npu(4096), schedule);
  EXPECT_NE(text.find("the input of its smallest tile needs 65536 bytes"), std::string::npos) << text;
  EXPECT_NE(text.find(", and the weight of its smallest tile needs 8192 bytes"), std::string::npos) << text;
  EXPECT_NE(text.find(", and the output of its smallest tile needs 524288 bytes"), std::string::npos) << text;
  EXPECT_EQ(refusal(network, with_capacities(small_npu(4096), text), schedule), "");
}

TEST(Misfit, UnderARuleNamesTheSizesThatWouldDo) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 64, 16, 64}), {.n = 16});
  const models::Network network = maker.take();
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 32, .w = 16, .k = 64});
  const std::string text = refusal(network, small_npu(16384), schedule);
  EXPECT_NE(text.find("; so would m = 16 in the rule"), std::string::npos) << text;
  schedule.tiles[0].m = 16;
  EXPECT_EQ(refusal(network, small_npu(16384), schedule), "");
}

}  // namespace
}  // namespace tessera::scheduler::tests
