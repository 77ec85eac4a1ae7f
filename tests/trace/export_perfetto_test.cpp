// What a Perfetto importer reads of an export, on the wire.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/trace/exported_file.h"
#include "tests/trace/perfetto_reader.h"

namespace tessera::trace {
namespace {

using test::exported;
using test::PerfettoTrace;
using test::read_all;
using test::read_perfetto;
using test::ScratchFolder;
using test::slice_of;
using test::write_known;

class Perfetto : public ::testing::TestWithParam<int> {};

TEST_P(Perfetto, HoldsOnTheWireWhatAnImporterReads) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", GetParam());
  exported(folder / "t.tsr", "perfetto", folder / "t.pftrace");
  const PerfettoTrace trace = read_perfetto(read_all(folder / "t.pftrace"));
  const auto instants =
      std::count_if(trace.slices.begin(), trace.slices.end(), [](const auto& s) { return s.instant; });
  EXPECT_EQ(instants, 1);
  EXPECT_EQ(trace.slices.size(), 21u + static_cast<std::size_t>(GetParam()));  // 18 records, 3 folds, transfers
  // Two loads, the drain, two stores. Tile 1 was loaded before tile 0 was stored: no arrow back.
  EXPECT_EQ(trace.flows.size(), 5u);
}
INSTANTIATE_TEST_SUITE_P(Transfers, Perfetto, ::testing::Values(0, 1, 400));

// Records of the known trace count from 4: three folds stand before them.
TEST(PerfettoSlices, SayWhatTheRecordSays) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "perfetto", folder / "t.pftrace");
  const PerfettoTrace trace = read_perfetto(read_all(folder / "t.pftrace"));
  const auto& load = slice_of(trace, "7");
  EXPECT_EQ(load.name, "load input first #0");
  EXPECT_EQ(load.category, "dma");
  EXPECT_EQ(trace.tracks.at(load.track).name, "dma.channel[0] transfers 1");
  const std::map<std::string, std::string> of_load{
      {"record", "7"},      {"start_ps", "10"},   {"length_ps", "100"}, {"request", "0"},         {"operator", "first"},
      {"tile", "0"},        {"cause", "5"},       {"bytes", "64"},      {"address", "0"},         {"channel", "0"},
      {"slot", "0"},        {"operand", "input"}, {"core", "0"},        {"wait_channel_ps", "1"}, {"wait_noc_ps", "2"},
      {"wait_dram_ps", "3"}};
  EXPECT_EQ(load.args, of_load);
  EXPECT_EQ(slice_of(trace, "13").name, "first #0");  // a compute
  EXPECT_EQ(slice_of(trace, "16").name, "drain second \"quoted\", with comma #1");
  EXPECT_EQ(slice_of(trace, "5").name, "dispatch first #0");
  EXPECT_EQ(slice_of(trace, "1").name, "fold first #0");
  EXPECT_EQ(slice_of(trace, "10").name, "stall: load");
  EXPECT_EQ(slice_of(trace, "10").args.at("reason"), "load");
  EXPECT_EQ(slice_of(trace, "18").name, "request 0");
  EXPECT_EQ(slice_of(trace, "18").begin, 0) << "a time of 0 is on the wire";
  EXPECT_EQ(slice_of(trace, "4").name, "arrival 0");
  EXPECT_TRUE(slice_of(trace, "4").instant);
}

std::vector<std::string> children(const PerfettoTrace& trace, std::uint64_t parent) {
  std::map<std::int64_t, std::string> by_rank;
  for (const auto& [uuid, t] : trace.tracks) {
    if (t.parent != parent) continue;
    EXPECT_TRUE(by_rank.emplace(t.rank, t.name).second) << t.name;
  }
  std::vector<std::string> out;
  for (const auto& [rank, name] : by_rank) out.push_back(name);
  return out;
}

TEST(PerfettoTracks, StandInTheOrderOfTheMachineWithTheirCounters) {
  using Names = std::vector<std::string>;
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "perfetto", folder / "t.pftrace");
  const PerfettoTrace trace = read_perfetto(read_all(folder / "t.pftrace"));
  EXPECT_EQ(children(trace, trace.track("tessera")),
            (Names{"host", "scheduler[0]", "core[0]", "dma", "MAC rate", "dram"}));
  EXPECT_EQ(children(trace, trace.track("core[0]")),
            (Names{"core[0].pe_array", "core[0].pe_array.drain", "core[0].vector_unit", "core[0].sram.input[0]",
                   "core[0].sram.input[1]", "core[0] MAC rate", "core[0].sram.input slots"}));
  EXPECT_EQ(children(trace, trace.track("dma")), (Names{"dma.channel[0]", "dma bandwidth"}));
  EXPECT_EQ(children(trace, trace.track("dma.channel[0]")),
            (Names{"dma.channel[0] transfers 1", "dma.channel[0] transfers 2", "dma.channel[0] queue depth",
                   "dma.channel[0] in flight", "dma.channel[0] bandwidth"}));
  EXPECT_EQ(children(trace, trace.track("host")), (Names{"host requests"}));
  EXPECT_NE(trace.tracks.at(trace.track("tessera")).description.find("network: known"), std::string::npos);
}

}  // namespace
}  // namespace tessera::trace
