#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
        Case{{"clocks.core=1"}, "--set #1: clocks.core needs a unit"}));

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
