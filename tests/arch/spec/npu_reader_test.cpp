#include "arch/spec/npu_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "arch/spec/npu_parameters.h"
#include "base/config/parameter.h"
#include "tests/arch/spec/key_context.h"
#include "tests/arch/spec/machine_text.h"

namespace tessera::arch {
namespace {

const DramLookup kStandards = [](const std::string& name) -> base::Result<DramFacts> {
  if (name == "DDR4-3200") return DramFacts{name, name, Clock::from_hz(1'600'000'000), 64, 8192};
  return base::failure("unknown standard \"" + name + "\"");
};

void expect_round_trip(const NpuSpec& spec) {
  const std::string text = base::write_yaml(write_npu(spec));
  const auto root = base::parse_yaml(text, "resolved.yaml");
  ASSERT_TRUE(root) << root.problems().to_string();
  const auto back = read_npu(*root, "another name", kStandards);
  ASSERT_TRUE(back) << back.problems().to_string() << text;
  EXPECT_EQ(*back, spec) << text;
}

TEST(NpuReader, FillsInWhatFollowsFromOtherValues) {
  const auto npu = small_machine();
  ASSERT_TRUE(npu) << npu.problems().to_string();
  EXPECT_EQ(npu->name, "small");
  EXPECT_EQ(npu->interconnect_clock, Clock::from_hz(1'000'000'000));
  EXPECT_EQ(npu->core.sram.input.bytes_per_cycle, Bytes{8});
  EXPECT_EQ(npu->core.sram.output.bytes_per_cycle, Bytes{2 * 4 * 4});
  EXPECT_EQ(npu->layout.align, Bytes{64});
  EXPECT_EQ(npu->dma.channels.size(), 1u);
}

TEST(NpuReader, ReadsChannelsAsACountOrAList) {
  EXPECT_EQ(small_machine({"dma.channels=3"})->dma.channels.size(), 3u);
  const auto by_priority =
      small_machine({"dma.channels=[{rate: 16 B/cycle, priority: 2}, {}]", "dma.arbitration=priority"});
  ASSERT_TRUE(by_priority) << by_priority.problems().to_string();
  EXPECT_EQ(by_priority->dma.channels[0], (DmaChannelSpec{16, 2, 1}));
  EXPECT_EQ(by_priority->dma.channels[1], (DmaChannelSpec{0, 0, 1}));
  expect_round_trip(*by_priority);
  const auto by_weight = small_machine({"dma.channels=[{}, {weight: 3}]", "dma.arbitration=weighted"});
  ASSERT_TRUE(by_weight) << by_weight.problems().to_string();
  EXPECT_EQ(by_weight->dma.channels[1], (DmaChannelSpec{0, 0, 3}));
  expect_round_trip(*by_weight);
  const auto parts =
      small_machine({"dma.channels=[{rate: 13.6 B/cycle}, {rate: 0.001 B/cycle}]", "trace_buffer.drain=0.5 B/cycle"});
  ASSERT_TRUE(parts) << parts.problems().to_string();
  EXPECT_EQ(parts->dma.channels[0].bytes_per_cycle.thousandths, 13'600);
  EXPECT_EQ(parts->dma.channels[1].bytes_per_cycle.thousandths, 1);
  EXPECT_EQ(parts->trace_buffer.drain.thousandths, 500);
  expect_round_trip(*parts);
}

TEST(NpuReader, ReadsVectorFunctionsByName) {
  const auto npu = small_machine({"core.vector_unit.cycles_per_element.silu=7 cycles"});
  EXPECT_EQ(npu->core.vector_unit.cycles_per_element[static_cast<std::size_t>(base::Function::silu)], 7);
  EXPECT_EQ(npu->core.vector_unit.cycles_per_element[static_cast<std::size_t>(base::Function::identity)], 0);
}

TEST(NpuReader, PassesOfAFunctionFollowItsCyclesUnlessGiven) {
  const auto cycles = [](const NpuSpec& npu, base::Function f) {
    return npu.core.vector_unit.cycles_per_element[static_cast<std::size_t>(f)];
  };
  const auto plain = small_machine({});
  EXPECT_EQ(cycles(*plain, base::Function::softmax_partial), 5);
  EXPECT_EQ(cycles(*plain, base::Function::softmax_apply), 4);
  EXPECT_EQ(cycles(*plain, base::Function::layernorm_partial), 4);
  EXPECT_EQ(cycles(*plain, base::Function::layernorm_apply), 2);
  const auto slow = small_machine({"core.vector_unit.cycles_per_element.softmax=13 cycles",
                                   "core.vector_unit.cycles_per_element.softmax_apply=1 cycle"});
  EXPECT_EQ(cycles(*slow, base::Function::softmax_partial), 11) << "13 x 5 / 6, rounded up";
  EXPECT_EQ(cycles(*slow, base::Function::softmax_combine), 13);
  EXPECT_EQ(cycles(*slow, base::Function::softmax_apply), 1);
  expect_round_trip(*slow);
}

TEST(NpuReader, AStandardBringsItsBurstAndClock) {
  const auto root = base::parse_yaml(
      "clocks: {core: 1 GHz}\ncore: {pe_array: {rows: 8, columns: 4}, sram: {input: {capacity: 32 KiB}, "
      "weight: {capacity: 32 KiB}, output: {capacity: 32 KiB}}}\n"
      "dram: {model: bank_state, standard: DDR4-3200, channels: 2, mapping: rbc, drain_high: 0.7, refresh: false}\n",
      "t.yaml");
  const auto npu = read_npu(*root, "t", kStandards);
  ASSERT_TRUE(npu) << npu.problems().to_string();
  EXPECT_EQ(npu->dram.burst, Bytes{64});
  EXPECT_EQ(npu->dram_clock, Clock::from_hz(1'600'000'000));
  EXPECT_EQ(npu->dram.channels, 2);
  expect_round_trip(*npu);
}

TEST(NpuReader, AnOverrideOfTheMemoryModelTakesTheFilesKeysOfTheOtherWithIt) {
  const auto npu = small_machine({"dram.model=bank_state", "dram.standard=DDR4-3200", "dram.channels=2"}, kStandards);
  ASSERT_TRUE(npu) << npu.problems().to_string();
  EXPECT_EQ(npu->dram.kind, DramSpec::Kind::bank_state);
  expect_round_trip(*npu);
  // What an override itself says of the other model is still a mistake.
  const auto both =
      small_machine({"dram.model=bank_state", "dram.standard=DDR4-3200", "dram.latency=50 ns"}, kStandards);
  ASSERT_FALSE(both);
  EXPECT_THAT(both.problems().to_string(), testing::HasSubstr("dram.latency belongs to dram.model: simple"));
}

TEST(NpuReader, EveryParameterSurvivesTheRoundTrip) {
  // Each parameter in turn takes a value other than its default. dram.* of the other model cannot stand here.
  int changed = 0;
  for (const auto& p : npu_parameters().parameters()) {
    std::string value;
    const auto& info = p.info;
    if (info.kind == "whole number" || info.kind == "whole number or list") {
      value = info.default_text == "2" ? "1" : "2";
      if (info.path.ends_with("banks")) value = "4";
    } else if (info.kind == "flag") {
      value = info.default_text == "true" ? "false" : "true";
    } else if (info.path == "schedule") {
      continue;  // defaults of the run's keys, read with the run (tests/sim/run/machine_schedule_test.cpp)
    } else if (info.kind == "choice") {
      value = info.range.substr(info.range.rfind(' ') + 1);
      if (info.path == "core.pe_array.dataflow") value = "output_stationary";
      if (info.path == "dram.model") continue;
    } else if (info.kind == "number") {
      value = "0.5";
    } else if (info.kind == "text") {
      value = "other";
    } else if (info.unit.starts_with("B,")) {
      value = info.path.ends_with("capacity") ? "64 KiB" : info.path.starts_with("accumulator") ? "2 B" : "128 B";
    } else if (info.unit.starts_with("B/c")) {
      value = "512 B/cycle";
    } else if (info.unit.starts_with("B/s")) {
      value = "3 GB/s";
    } else if (info.unit.starts_with("Hz")) {
      value = "333 MHz";
    } else if (info.unit.starts_with("ps")) {
      value = "7 ns";
    } else if (info.unit.starts_with("cycles")) {
      value = "13 cycles";
    } else {
      value = "0.5 " + info.unit.substr(0, info.unit.find(','));
    }
    const bool other_model = info.text.find("model: bank_state") != std::string::npos;
    if (other_model) {
      EXPECT_FALSE(small_machine({info.path + "=" + value})) << info.path;
      continue;
    }
    const auto context = key_context(info.path);
    const auto without = small_machine(context);
    ASSERT_TRUE(without) << info.path << "\n" << without.problems().to_string();
    auto overrides = context;
    overrides.push_back(info.path + "=" + value);
    const auto npu = small_machine(overrides);
    ASSERT_TRUE(npu) << info.path << "=" << value << "\n" << npu.problems().to_string();
    EXPECT_FALSE(*npu == *without) << info.path << " changes nothing";
    if (!context.empty()) {
      EXPECT_FALSE(small_machine({info.path + "=" + value})) << info.path << " has no effect alone";
    }
    expect_round_trip(*npu);
    ++changed;
  }
  EXPECT_GT(changed, 90);
}

class ShippedMachines : public testing::TestWithParam<std::string> {};

TEST_P(ShippedMachines, ReadAndRoundTrip) {
  const auto npu = read_npu_file(std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu" / GetParam(), kStandards);
  ASSERT_TRUE(npu) << npu.problems().to_string();
  EXPECT_EQ(npu->name + ".yaml", GetParam());
  expect_round_trip(*npu);
}

std::vector<std::string> shipped_machines() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu")) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, ShippedMachines, testing::ValuesIn(shipped_machines()));

TEST(ShippedMachines, TheEdgeMachineHasItsEightTops) {
  const auto npu = read_npu_file(std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu/edge_8tops.yaml", {});
  ASSERT_TRUE(npu) << npu.problems().to_string();
  const double tops = 2.0 * static_cast<double>(npu->cores * npu->core.pe_array.rows * npu->core.pe_array.columns) *
                      npu->core_clock.hz() / 1e12;
  EXPECT_NEAR(tops, 8.192, 1e-9);
  EXPECT_EQ(npu->dma.channels.size(), 4u);
}

}  // namespace
}  // namespace tessera::arch
