// Bank and port conflicts between array and DMA in whole runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using trace::Name;
using trace::Reason;

constexpr auto kConflict = static_cast<std::size_t>(Reason::sram_conflict);

Execution run(const std::vector<std::string>& overrides, const std::filesystem::path& out = {}) {
  return execute(shipped("tiny_8x8", "tiny_cnn", "depth_first", overrides), out);
}

// Every slot over the same bank, one access per cycle: what the DMA writes, the array waits for.
const std::vector<std::string> kOneBank{"core.sram.input.banks=1", "core.sram.weight.banks=1",
                                        "core.sram.output.banks=1", "core.sram.output.ports=1",
                                        "core.sram.allow_throttle=true"};

TEST(SramConflicts, OneBankStallsTheArrayAndSaysWhy) {
  const TempFolder out;
  const Execution e = run(kOneBank, out.path());
  const auto& core = e.summary().measures.cores[0];
  EXPECT_GT(core.array.stall[kConflict], base::Ps{0});
  base::Ps records{0};
  for (const auto& item : e.records)
    if (item.record.name == Name::stall && item.record.reason() == Reason::sram_conflict)
      records += item.record.end - item.record.start;
  EXPECT_EQ(records, core.array.stall[kConflict]);
  EXPECT_THAT(read_trace(out / "trace.tsr").violations, testing::IsEmpty());
}

TEST(SramConflicts, SeparateBanksOfADoubleBufferHaveNone) {
  const Execution e = run({});
  EXPECT_EQ(e.summary().measures.cores[0].array.stall[kConflict], base::Ps{0});
}

TEST(SramConflicts, BusyAndStallsFillTheWindow) {
  for (const auto& overrides : {kOneBank, std::vector<std::string>{}}) {
    const Execution e = run(overrides);
    const auto& array = e.summary().measures.cores[0].array;
    base::Ps sum = array.busy;
    for (const auto stall : array.stall) sum += stall;
    EXPECT_EQ(sum, e.summary().makespan);
  }
}

TEST(SramConflicts, CostTimeOnlyWhereTheyAre) {
  const auto with = run(kOneBank), without = run({});
  EXPECT_GT(with.makespan(), without.makespan());
  EXPECT_EQ(with.summary().macs, without.summary().macs);
  EXPECT_EQ(with.summary().dram.read_bytes, without.summary().dram.read_bytes);
}

}  // namespace
}  // namespace tessera::tests
