// Trace levels below tile: folds and DRAM packets in the file, nothing of them in the makespan.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "arch/dram/measure.h"
#include "tests/sim/support/small_run.h"
#include "tests/support/temp_folder.h"
#include "trace/analysis/check.h"
#include "trace/export/formats.h"
#include "trace/file/reader.h"

namespace tessera::tests {
namespace {

using base::Ps;
using testing::IsEmpty;
using trace::Name;
using Words = std::vector<std::string>;

Words with(Words words, const std::string& more) {
  words.push_back(more);
  return words;
}

SmallExecution written(const Words& overrides, const TempFolder& out) {
  sim::SimulationOptions options;
  options.out = out.path();
  return execute_small(overrides, std::move(options));
}

std::vector<trace::Collector::Item> checked_records(const std::filesystem::path& file) {
  auto reader = wanted(trace::FileReader::open(file));
  trace::InvariantCheck check(reader.header(), reader.tiles(), reader.trailer());
  (void)wanted(reader.stream(check));
  EXPECT_THAT(check.violations(), IsEmpty());
  trace::Collector collector;
  reader.rewind();
  (void)wanted(reader.stream(collector));
  return collector.items();
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class DetailLevels : public testing::TestWithParam<Words> {};

TEST_P(DetailLevels, NoLevelChangesTheMakespan) {
  const Ps tile = execute_small(GetParam()).makespan();
  for (const char* level : {"off", "operator", "fold", "burst"}) {
    EXPECT_EQ(execute_small(with(GetParam(), std::string("trace.level=") + level)).makespan(), tile) << level;
  }
}

TEST_P(DetailLevels, FoldsFillTheirTileAndAddUpToItsMacs) {
  const TempFolder out;
  const auto run = small_run(GetParam());
  written(with(GetParam(), "trace.level=fold"), out);
  struct Sum {
    std::int64_t folds = 0, macs = 0;
    Ps start{0}, end{0};
    std::uint16_t rows = 0, columns = 0;
  };
  std::map<std::uint32_t, Sum> folds;
  std::size_t computes = 0;
  const auto records = checked_records(out / "trace.tsr");
  for (const auto& i : records) {
    const auto& r = i.record;
    if (r.name != Name::fold) continue;
    Sum& s = folds[r.tile];
    if (s.folds++ == 0) s.start = r.start;
    else EXPECT_EQ(r.start, s.end) << "a hole between folds of tile " << r.tile;
    s.end = r.end;
    s.macs += r.macs();
    s.rows = std::max(s.rows, r.rows());
    s.columns = std::max(s.columns, r.columns());
  }
  for (const auto& i : records) {
    const auto& r = i.record;
    if (r.name != Name::compute) continue;
    ++computes;
    const Sum& s = folds[r.tile];
    const auto& work = run.graph.works[run.graph.tiles[r.tile].work];
    EXPECT_EQ(s.folds, work.folds);
    EXPECT_EQ(s.macs, r.macs());
    EXPECT_EQ(s.rows, r.rows());
    EXPECT_EQ(s.columns, r.columns());
    EXPECT_GE(s.start, r.start);
    const auto edge = run.spec.npu.core_clock.first_edge(r.start);
    EXPECT_EQ(s.end, run.spec.npu.core_clock.edge(edge + work.occupancy));
  }
  EXPECT_GT(computes, 1u);
}

TEST_P(DetailLevels, PacketsAtDramAddUpToItsTraffic) {
  const TempFolder out;
  const auto done = written(with(GetParam(), "trace.level=burst"), out);
  const auto end = small_run(GetParam()).graph.dram_bytes_end;
  std::int64_t bytes[2] = {0, 0};
  Ps before{0};
  for (const auto& i : checked_records(out / "trace.tsr")) {
    const auto& r = i.record;
    if (r.name != Name::burst) continue;
    bytes[r.write() ? 1 : 0] += r.bytes();
    EXPECT_GT(r.end, r.start);
    EXPECT_GE(r.end, before);
    before = r.end;
    EXPECT_GE(r.address(), 0);
    EXPECT_LE(r.address() + r.bytes(), end);
  }
  EXPECT_EQ(bytes[0], done.result.summary.dram.read_bytes);
  EXPECT_EQ(bytes[1], done.result.summary.dram.write_bytes);
  EXPECT_GT(bytes[0], 0);
}

TEST_P(DetailLevels, SteppingWritesTheSameFile) {
  const TempFolder ahead, stepping;
  const auto words = with(with(GetParam(), "trace.level=burst"), "energy.table=none");
  written(words, ahead);
  written(with(words, "engine=stepwise"), stepping);
  EXPECT_EQ(bytes_of(ahead / "trace.tsr"), bytes_of(stepping / "trace.tsr"));
}

// What DRAM was asked for, as another DRAM simulator would get it: through the reader of tessera dram.
TEST_P(DetailLevels, RequestListReadsBack) {
  const TempFolder out;
  const auto done = written(with(GetParam(), "trace.level=burst"), out);
  auto reader = wanted(trace::FileReader::open(out / "trace.tsr"));
  ASSERT_FALSE(trace::export_trace(reader, *trace::export_format("dram"), out / "requests.txt").has_value());
  const auto list = wanted(arch::read_request_file(out / "requests.txt"));
  std::int64_t count[2] = {0, 0};
  for (const auto& r : list.requests) ++count[r.write ? 1 : 0];
  ASSERT_TRUE(list.head.has_value());
  EXPECT_EQ(list.head->burst_bytes, 32);
  EXPECT_EQ(list.head->clock, wanted(trace::FileReader::open(out / "trace.tsr")).header().clocks[2].clock);
  EXPECT_EQ(count[0], done.result.summary.dram.reads);
  EXPECT_EQ(count[1], done.result.summary.dram.writes);
}

INSTANTIATE_TEST_SUITE_P(Small, DetailLevels,
                         testing::Values(Words{}, Words{"shared_sram.capacity=16 KiB", "shared_sram.line=64 B"},
                                         Words{"core.pe_array.dataflow=output_stationary", "dram.channels=2"},
                                         Words{"core.pe_array.start_up=7 cycles", "clocks.core=333 MHz"}));

// A trace buffer that stalls holds vector units as it holds arrays; the identity of busy and stalls stays whole.
TEST(TraceBuffer, HoldsVectorUnitsToo) {
  const auto run_of = [](const TempFolder& out, const Words& overrides) {
    sim::RunArguments arguments;
    arguments.npu_file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml";
    arguments.model_file = std::filesystem::path(TESSERA_SOURCE_DIR) / "models/zoo/tiny_residual.yaml";
    arguments.overrides = overrides;
    sim::SimulationOptions options;
    options.out = out.path();
    return wanted(sim::simulate(wanted(sim::prepare(wanted(sim::read_run(arguments)))), options));
  };
  const TempFolder free, stalled;
  const auto without = run_of(free, {});
  const auto with_stall = run_of(stalled, {"trace.device=true", "trace_buffer.capacity=12", "trace_buffer.record=64 B",
                                           "trace_buffer.drain=1 B/cycle", "trace_buffer.overflow=stall"});
  EXPECT_GT(with_stall.summary.makespan, without.summary.makespan);
  const auto& unit = with_stall.summary.measures.cores[0].vector;
  EXPECT_GT(unit.stall[static_cast<std::size_t>(trace::Reason::trace_buffer)], Ps{0});
  EXPECT_EQ(unit.sum(), with_stall.summary.makespan);
  checked_records(stalled / "trace.tsr");
}

TEST(RequestList, NeedsLevelBurst) {
  const TempFolder out;
  written({}, out);
  auto reader = wanted(trace::FileReader::open(out / "trace.tsr"));
  const auto problem = trace::export_trace(reader, *trace::export_format("dram"), out / "requests.txt");
  ASSERT_TRUE(problem.has_value());
  EXPECT_THAT(problem->to_string(), testing::HasSubstr("needs level burst"));
  EXPECT_FALSE(std::filesystem::exists(out / "requests.txt"));
}

}  // namespace
}  // namespace tessera::tests
