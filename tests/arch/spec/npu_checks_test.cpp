#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config/parameter.h"
#include "tests/arch/spec/machine_text.h"

namespace tessera::arch {
namespace {

using testing::HasSubstr;

struct Case {
  std::vector<std::string> overrides;
  std::string says;  // empty: the machine is fine
};
void PrintTo(const Case& c, std::ostream* out) {
  for (const auto& o : c.overrides) *out << (&o == &c.overrides.front() ? "" : ", ") << o;
}

class NpuChecks : public testing::TestWithParam<Case> {};

TEST_P(NpuChecks, Say) {
  const auto npu = small_machine(GetParam().overrides);
  if (GetParam().says.empty()) {
    EXPECT_TRUE(npu) << (npu ? "" : npu.problems().to_string());
    return;
  }
  ASSERT_FALSE(npu);
  EXPECT_THAT(npu.problems().to_string(), HasSubstr(GetParam().says));
}

// Each rule with the last value that it refuses and the first that it takes.
INSTANTIATE_TEST_SUITE_P(
    All, NpuChecks,
    testing::Values(
        Case{{"core.sram.output.bytes_per_cycle=31 B/cycle"}, "streams 32 B/cycle: widen it to \"32 B/cycle\""},
        Case{{"core.sram.output.bytes_per_cycle=32 B/cycle"}, ""},
        Case{{"core.sram.output.bytes_per_cycle=31 B/cycle", "core.sram.allow_throttle=true"}, ""},
        Case{{"core.sram.input.bytes_per_cycle=7 B/cycle"}, "the array of 8 x 4 streams 8 B/cycle"},
        Case{{"precision=fp16", "core.sram.input.bytes_per_cycle=8 B/cycle"}, "streams 16 B/cycle"},
        Case{{"core.sram.input.banks=0"}, "core.sram.input.banks is 0: must be 1 to 1024"},
        Case{{"core.sram.input.banks=3"}, "capacity of 32 KiB does not divide into 3 banks"},
        Case{{"dma.max_packet=96 B"}, "dma.max_packet of 96 B must be a multiple of the DRAM's burst (64 B)"},
        Case{{"dma.max_packet=128 B"}, ""},
        Case{{"dram.interleave=96 B"}, "dram.interleave of 96 B must be a multiple"},
        Case{{"dma.channels=0"}, "dma.channels is 0: must be 1 to 64"}, Case{{"dma.channels=[]"}, "not a list of 0"},
        Case{{"dma.channels=[{rte: 1 B/cycle}]"}, "unknown key \"rte\" in dma.channels[0], did you mean \"rate\"?"},
        Case{{"dma.outstanding=0"}, "dma.outstanding is 0"},
        Case{{"shared_sram.capacity=8 KiB"}, "cannot hold the packets on their way: 64 of 256 B are 16 KiB"},
        Case{{"shared_sram.capacity=16 KiB"}, ""},
        Case{{"shared_sram.capacity=16447 B"}, "must be a multiple of shared_sram.line"},
        Case{{"shared_sram.capacity=1 MiB", "shared_sram.line=96 B"},
             "shared_sram.line of 96 B must be a multiple of the DRAM's burst"},
        Case{{"dram.standard=DDR4-3200"},
             "dram.standard belongs to dram.model: bank_state, and the model here is simple"},
        Case{{"dram.model=bank_state"}, "missing dram.standard"},
        Case{{"dram.model=bank_state", "dram.standard=DDR9"}, "no DRAM standards are known here"},
        Case{{"core.pe_array.load_rows_per_cycle=9"}, "the array has 8 rows"},
        Case{{"core.pe_array.load_rows_per_cycle=8"}, ""},
        Case{{"clocks.dram=1 GHz"}, "unknown key \"dram\" in clocks"},
        Case{{"shared_sram.latency=3 cycles"},
             "shared_sram.latency has no effect without shared_sram.capacity above 0 B"},
        Case{{"shared_sram.latency=3 cycles", "shared_sram.capacity=16 KiB"}, ""},
        Case{{"layout.channel_block=4"}, "layout.channel_block has no effect without layout.kind: nchw_c"},
        Case{{"layout.channel_block=4", "layout.kind=nchw_c"}, ""},
        Case{{"core.pe_array.output_drain=rows"}, "without core.pe_array.dataflow: output_stationary"},
        Case{{"core.pe_array.output_drain=rows", "core.pe_array.dataflow=os"}, ""},
        Case{{"core.pe_array.stationary_buffers=1", "core.pe_array.dataflow=os"},
             "core.pe_array.stationary_buffers has no effect without"},
        Case{{"core.pe_array.step_gap=1 cycle"}, "without core.pe_array.fold_order: reduction_major"},
        Case{{"energy.table=none", "energy.mac.int8=1 pJ/MAC"}, "energy.mac has no effect without an energy.table"},
        Case{{"energy.table=none", "energy.dram=HBM2"}, "energy.dram has no effect without an energy.table"},
        Case{{"dma.channels=[{weight: 2}]"}, "dma.channels[0].weight has no effect without dma.arbitration: weighted"},
        Case{{"dma.channels=[{weight: 2}]", "dma.arbitration=weighted"}, ""},
        Case{{"dma.channels=[{}, {priority: 2}]"}, "dma.channels[1].priority has no effect without"},
        Case{{"dma.channels=[{}, {priority: 2}]", "dma.arbitration=priority"}, ""},
        Case{{"trace_buffer.drain=0 B/cycle"}, ""},
        Case{{"trace_buffer.drain=0 B/cycle", "trace_buffer.overflow=stall"}, "never empties the ring"},
        Case{{"clocks.core=1"}, "--set #1: clocks.core needs a unit"}));

// A sweep that switches something off must not fail on what the file says of it.
TEST(NpuChecks, AnOverrideMaySwitchOffWhatTheFileDescribes) {
  const auto read = [](const std::string& more, const std::string& override_text) {
    auto root = base::parse_yaml(kSmallMachine + more, "small.yaml");
    base::Diagnostics problems;
    base::apply_override(*root, *base::parse_override(override_text, 1), problems);
    return read_npu(*root, "small", {});
  };
  const std::string shared = "shared_sram: {capacity: 64 KiB, latency: 3 cycles}\n";
  EXPECT_TRUE(read(shared, "shared_sram.capacity=0 B"));
  EXPECT_FALSE(read("shared_sram: {capacity: 0 B, latency: 3 cycles}\n", "cores=2"));
  EXPECT_TRUE(read("dma: {channels: [{weight: 3}], arbitration: weighted}\n", "dma.arbitration=round_robin"));
  EXPECT_TRUE(read("energy: {table: generic_7nm, dram: HBM2}\n", "energy.table=none"));
}

// What has no effect is not written either, so that a machine reads back.
TEST(NpuChecks, AWrittenMachineHasNoKeyWithoutEffect) {
  for (const std::vector<std::string>& overrides : {std::vector<std::string>{},
                                                    {"shared_sram.capacity=64 KiB"},
                                                    {"core.pe_array.dataflow=os"},
                                                    {"layout.kind=nchw_c"},
                                                    {"energy.table=none"},
                                                    {"dma.channels=[{rate: 1 B/cycle}, {}]"},
                                                    {"dma.channels=[{weight: 2}, {}]", "dma.arbitration=weighted"}}) {
    const auto npu = small_machine(overrides);
    ASSERT_TRUE(npu) << npu.problems().to_string();
    const auto again = base::parse_yaml(base::write_yaml(write_npu(*npu)), "written.yaml");
    ASSERT_TRUE(again);
    const auto back = read_npu(*again, "small", {});
    ASSERT_TRUE(back) << back.problems().to_string();
    EXPECT_EQ(*back, *npu);
  }
}

TEST(NpuChecks, AValueIsReportedWhereItStands) {
  EXPECT_EQ(small_machine({"core.sram.input.banks=3"}).problems().to_string(),
            "--set #1: core.sram.input.capacity of 32 KiB does not divide into 3 banks\n"
            "  core.sram.input.banks=3\n                        ^\n");
}

TEST(NpuChecks, ModelSimpleNeedsABandwidth) {
  auto root = base::parse_yaml(kSmallMachine, "small.yaml");
  std::erase_if(root->entries, [](const base::Entry& e) { return e.name() == "dram"; });
  const auto npu = read_npu(*root, "small", {});
  ASSERT_FALSE(npu);
  EXPECT_THAT(npu.problems().to_string(), HasSubstr("missing dram.bandwidth"));
}

}  // namespace
}  // namespace tessera::arch
