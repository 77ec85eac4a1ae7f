// What exports hold of real runs, whatever the machine, the clock and the level: slices that nest, arrows that go
// forward, rates below the peaks, every byte and every record once; and that readers of the formats can read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"
#include "tests/trace/foreign_readers.h"
#include "tests/trace/perfetto_reader.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"
#include "trace/file/run_facts.h"

namespace tessera::tests {
namespace {

using base::Ps;
using testing::IsEmpty;
using trace::Name;
using trace::Timeline;

struct Case {
  std::string name, npu, network;
  std::vector<std::string> overrides;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const std::vector<Case> kCases{
    {"fold", "tiny_8x8", "tiny_cnn", {"trace.level=fold"}},
    {"burst", "tiny_8x8", "tiny_residual", {"trace.level=burst"}},
    {"burst_of_banks", "tpu_4x128", "tiny_attention", {"trace.level=burst"}},
    {"only_operators", "tiny_8x8", "tiny_cnn", {"trace.level=operator"}},
    {"movements", "tiny_8x8", "tiny_attention", {}},
    {"mhz_940", "edge_8tops", "tiny_attention", {"clocks.core=940 MHz", "clocks.interconnect=937 MHz"}},
    {"ghz_1_7", "tiny_8x8", "tiny_depthwise", {"clocks.core=1.7 GHz", "trace.level=fold"}},
    {"mhz_333", "tiny_8x8", "tiny_residual", {"clocks.core=333 MHz"}},
    {"parts", "edge_8tops", "tiny_cnn", {"dma.split=2"}},
    {"k_slices", "tiny_8x8", "tiny_mlp", {"tiles=[{pattern: '*', k: 8}]"}},
    {"shared_sram", "edge_shared_sram", "tiny_residual", {}},
    {"shared_sram_burst", "edge_shared_sram", "tiny_attention", {"trace.level=burst"}},
    {"two_requests", "tiny_8x8", "tiny_cnn", {"requests.count=2", "requests.interval=20 us"}},
    {"many_cores", "many_core_64", "tiny_depthwise", {}},
    {"overwritten_ring",
     "tiny_8x8",
     "tiny_residual",
     {"trace.device=true", "trace_buffer.capacity=12", "trace_buffer.record=64 B", "trace_buffer.drain=1 B/cycle",
      "trace_buffer.overflow=overwrite_oldest"}},
};

Timeline timeline_of(const std::filesystem::path& file) {
  auto reader = trace::FileReader::open(file);
  if (!reader) throw std::runtime_error(reader.problems().to_string());
  auto timeline = trace::build_timeline(*reader);
  if (!timeline) throw std::runtime_error(timeline.problems().to_string());
  return std::move(timeline).value();
}

std::string exported(const std::filesystem::path& file, const std::string& format) {
  auto reader = trace::FileReader::open(file);
  const std::filesystem::path to = file.string() + "." + format;
  const auto problem = trace::export_trace(*reader, *trace::export_format(format), to);
  if (problem) throw std::runtime_error(problem->to_string());
  return file_bytes(to);
}

// In picoseconds and in the nanoseconds of viewers.
void expect_nesting(const Timeline& timeline) {
  for (const std::int64_t unit : {1, 1000}) {
    std::vector<std::vector<std::int64_t>> open(timeline.tracks.size());
    for (const auto& s : timeline.slices) {
      auto& stack = open[s.track];
      const std::int64_t start = s.start.count() / unit, end = s.end.count() / unit;
      while (!stack.empty() && stack.back() <= start) stack.pop_back();
      ASSERT_TRUE(stack.empty() || end <= stack.back()) << timeline.tracks[s.track].name << " at " << s.start.count();
      if (!s.instant()) stack.push_back(end);
    }
  }
}

void expect_forward_flows(const Timeline& timeline) {
  for (const auto& f : timeline.flows) {
    ASSERT_LT(f.from, f.to);
    ASSERT_LT(f.to, timeline.slices.size());
    const auto &from = timeline.slices[f.from], &to = timeline.slices[f.to];
    ASSERT_LE(from.start, to.start);
    if (to.record.name != Name::post) {
      ASSERT_LE(from.end, to.start);
    }
  }
}

const Timeline::Counter* counter(const Timeline& timeline, const std::string& name) {
  for (const auto& c : timeline.counters) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

// The area under a rate, and its highest value.
struct Area {
  double sum = 0;
  std::int64_t most = 0;
};
Area area(const Timeline::Counter* c) {
  Area a;
  if (c == nullptr) return a;
  for (std::size_t i = 0; i < c->samples.size(); ++i) {
    EXPECT_GE(c->samples[i].value, 0) << c->name;
    a.most = std::max(a.most, c->samples[i].value);
    if (i + 1 == c->samples.size()) break;
    EXPECT_LT(c->samples[i].at, c->samples[i + 1].at) << c->name;
    const Ps time = c->samples[i + 1].at - c->samples[i].at;
    a.sum += static_cast<double>(c->samples[i].value) * static_cast<double>(time.count()) * 1e-12;
  }
  EXPECT_TRUE(c->samples.empty() || c->samples.back().value == 0 || c->unit == "uW") << c->name;
  return a;
}

double sum_of(const Timeline& timeline, trace::Scope scope, const trace::TraceHeader& head,
              std::int64_t (*amount)(const trace::Record&)) {
  double sum = 0;
  for (const auto& s : timeline.slices) {
    if (head.units[s.record.unit].scope == scope) sum += static_cast<double>(amount(s.record));
  }
  return sum;
}

void expect_rates(const Timeline& timeline, const trace::TraceHeader& head, std::int64_t dma_peak) {
  const trace::RunFacts facts = trace::facts_of(head, nullptr);
  const auto bytes = [](const trace::Record& r) { return r.bytes(); };
  const double transfers = sum_of(timeline, trace::Scope::dma, head, bytes);
  const double bursts = sum_of(timeline, trace::Scope::dram, head, bytes);
  const Area dma = area(counter(timeline, "dma bandwidth")), dram = area(counter(timeline, "dram bandwidth"));
  EXPECT_NEAR(dma.sum, transfers, 1);
  EXPECT_LE(dma.most, dma_peak);
  EXPECT_LE(dram.most, facts.dram_peak_bytes_per_second);
  const bool hidden = facts.shared_sram_bytes > 0;
  EXPECT_NEAR(dram.sum, bursts > 0 ? bursts : hidden ? 0 : transfers, 1);

  const double clock = 1e12 * static_cast<double>(facts.clock_den) / static_cast<double>(facts.clock_num_ps);
  const Area macs = area(counter(timeline, "MAC rate"));
  const auto of_compute = [](const trace::Record& r) { return r.name == Name::compute ? r.macs() : 0; };
  EXPECT_NEAR(macs.sum, sum_of(timeline, trace::Scope::pe, head, of_compute), 1);
  // Clock edges are whole picoseconds: a compute may be short of one.
  EXPECT_LE(static_cast<double>(macs.most),
            static_cast<double>(facts.macs_per_1000_cycles * facts.cores) / 1000 * clock * 1.001);

  double of_channels = 0;
  for (const auto& c : timeline.counters) {
    if (c.name.starts_with("dma.channel") && c.name.ends_with(" bandwidth")) {
      of_channels += area(&c).sum;
      EXPECT_LE(area(&c).most, hidden ? dma_peak : facts.channel_bytes_per_second) << c.name;
    }
    if (!c.name.ends_with(" slots")) continue;
    const auto of_region = [&c](const trace::UnitInfo& u) {
      return u.path.starts_with(c.name.substr(0, c.name.size() - 6));
    };
    EXPECT_LE(area(&c).most, std::count_if(head.units.begin(), head.units.end(), of_region)) << c.name;
  }
  EXPECT_NEAR(of_channels, transfers, 1);
}

void expect_tree(const Timeline& timeline) {
  std::set<std::pair<std::uint32_t, std::int32_t>> places;
  for (std::uint32_t i = 0; i < timeline.tracks.size(); ++i) {
    const auto& t = timeline.tracks[i];
    EXPECT_TRUE(places.emplace(t.parent, t.rank).second) << t.name;
    EXPECT_TRUE(t.parent == Timeline::kNoParent || (t.parent < i && timeline.tracks[t.parent].group)) << t.name;
  }
  for (const auto& c : timeline.counters) EXPECT_TRUE(places.emplace(c.parent, c.rank).second) << c.name;
  for (const auto& s : timeline.slices) ASSERT_FALSE(timeline.tracks[s.track].group);
}

// The file on the wire has what the timeline has.
void expect_perfetto(const std::string& file, const Timeline& timeline) {
  const trace::test::PerfettoTrace read = trace::test::read_perfetto(file);
  ASSERT_EQ(read.slices.size(), timeline.slices.size());
  for (std::size_t i = 0; i < read.slices.size(); ++i) {
    const auto& s = timeline.slices[i];
    ASSERT_EQ(read.slices[i].args.at("record"), std::to_string(s.id));
    ASSERT_EQ(read.slices[i].begin, s.start.count() / 1000);
    ASSERT_EQ(read.slices[i].end, s.end.count() / 1000);
    ASSERT_EQ(read.tracks.at(read.slices[i].track).name, timeline.tracks[s.track].name);
  }
  std::vector<std::pair<std::size_t, std::size_t>> flows;
  for (const auto& f : timeline.flows) flows.emplace_back(f.from, f.to);
  std::vector<std::pair<std::size_t, std::size_t>> of_file = read.flows;
  std::sort(of_file.begin(), of_file.end());
  EXPECT_EQ(of_file, flows);
  for (const auto& c : timeline.counters) {
    const auto& samples = read.samples(c.name);
    ASSERT_EQ(samples.size(), c.samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(samples[i].value, c.samples[i].value);
  }
}

void expect_sound(const std::filesystem::path& file, std::int64_t dma_peak) {
  const Timeline timeline = timeline_of(file);
  auto reader = trace::FileReader::open(file);
  expect_tree(timeline);
  expect_nesting(timeline);
  expect_forward_flows(timeline);
  expect_rates(timeline, reader->header(), dma_peak);
  expect_perfetto(exported(file, "perfetto"), timeline);
  const auto json = nlohmann::json::parse(exported(file, "chrome"));
  EXPECT_THAT(trace::test::chrome_faults(json), IsEmpty());
  const auto rows = trace::test::csv_rows(exported(file, "csv"));
  std::size_t samples = 0;
  trace::RecordBatch batch;
  while (*reader->next(batch)) {
    trace::for_each_span(batch, [&](const trace::SpanView& s) { samples += s.record.name == Name::counter; });
  }
  EXPECT_EQ(rows.size(), 1 + timeline.slices.size() + samples);
  for (const auto& row : rows) ASSERT_EQ(row.size(), rows.front().size());
  EXPECT_EQ(exported(file, "dot").back(), '\n');
}

// One grant an interconnect cycle, where no DRAM is slower.
std::int64_t dma_peak(const sim::PreparedRun& run) {
  const auto& npu = run.spec.npu;
  const std::int64_t grants = npu.interconnect.bytes_per_cycle * 1'000'000'000'000 *
                              npu.interconnect_clock.period_den() / npu.interconnect_clock.period_num();
  return npu.shared_sram.capacity.count() > 0 ? grants : std::min(grants, run.limits.dram.peak_bytes_per_second);
}

class Export : public testing::TestWithParam<Case> {};

TEST_P(Export, IsSound) {
  const TempFolder out;
  const auto& c = GetParam();
  const Execution run = execute(shipped(c.npu, c.network, "lookahead", c.overrides), out.path());
  ASSERT_TRUE(run.result.ok) << run.result.failure;
  const std::int64_t peak = dma_peak(run.run);
  expect_sound(out / "trace.tsr", peak);
  if (std::filesystem::exists(out / "device.tsr")) expect_sound(out / "device.tsr", peak);
}

INSTANTIATE_TEST_SUITE_P(All, Export, testing::ValuesIn(kCases), [](const auto& one) { return one.param.name; });

// A run that failed or was killed leaves the first part of a trace.
TEST(ExportOfATruncatedTrace, IsSound) {
  const TempFolder out;
  const auto run = execute(
      shipped("tiny_8x8", "tiny_residual", "lookahead", {"trace.compression=0", "trace.level=fold"}), out.path());
  const std::string bytes = file_bytes(out / "trace.tsr");
  for (const double part : {0.5, 0.9}) {
    const auto file = out / "cut.tsr";
    std::ofstream(file, std::ios::binary) << bytes.substr(0, static_cast<std::size_t>(part * bytes.size()));
    ASSERT_TRUE(trace::FileReader::open(file).ok());
    expect_sound(file, dma_peak(run.run));
  }
}

// How many arrows lead from records of one name to those of another.
std::map<std::pair<Name, Name>, int> arrows(const Timeline& timeline) {
  std::map<std::pair<Name, Name>, int> count;
  for (const auto& f : timeline.flows)
    ++count[{timeline.slices[f.from].record.name, timeline.slices[f.to].record.name}];
  return count;
}

// Each kind of arrow occurs, and none is missing: what a tile's task was loaded for leads to it, and its result on.
TEST(ArrowsOfARun, AreComplete) {
  const TempFolder out;
  const auto run =
      execute(shipped("tiny_8x8", "tiny_attention", "depth_first", {"tiles=[{pattern: '*', k: 8}]"}), out.path());
  const Timeline timeline = timeline_of(out / "trace.tsr");
  std::map<std::pair<Name, Name>, int> expected;
  const auto& graph = run.run.graph;
  std::map<std::uint32_t, bool> drains;
  for (const auto& item : run.records) {
    const auto& r = item.record;
    if (r.name == Name::drain) drains[r.tile] = true;
  }
  for (const auto& item : run.records) {
    const auto& r = item.record;
    if (r.name != Name::load && r.name != Name::store && r.name != Name::compute) continue;
    const auto& tile = graph.tiles[r.tile];
    const bool post = tile.kind == scheduler::TileKind::pe && tile.last() && tile.vector_cycles.count() > 0;
    const Name task = tile.kind == scheduler::TileKind::pe       ? Name::compute
                      : tile.kind == scheduler::TileKind::vector ? Name::vector
                                                                 : Name::store;
    if (r.name == Name::load) ++expected[{Name::load, task}];
    if (r.name == Name::store && task != Name::store)
      ++expected[{post ? Name::post : drains[r.tile] ? Name::drain : task, Name::store}];
    if (r.name == Name::compute && post) ++expected[{Name::compute, Name::post}];
    if (r.name == Name::compute && drains[r.tile]) ++expected[{Name::compute, Name::drain}];
    if (r.name == Name::compute && !tile.last()) ++expected[{Name::compute, Name::compute}];
  }
  auto found = arrows(timeline);
  EXPECT_GT((expected[{Name::load, Name::store}]), 0) << "no movement";
  EXPECT_GT((expected[{Name::compute, Name::compute}]), 0) << "no slices";
  EXPECT_GT((expected[{Name::compute, Name::post}]), 0) << "no posts";
  for (const auto& [kind, count] : expected) {
    // A store may also lead to the store of a movement whose input was in a slot.
    EXPECT_EQ(found[kind], count) << to_string(kind.first) << " -> " << to_string(kind.second);
  }
  // Every edge of the graph is an arrow from a store: to a load, a task, or the store of such a movement.
  int edges = 0, of_stores = 0;
  auto reader = trace::FileReader::open(out / "trace.tsr");
  std::set<std::pair<std::uint32_t, std::uint32_t>> distinct;
  for (const auto& e : reader->tiles().edges) distinct.emplace(e.from, e.to);
  edges = static_cast<int>(distinct.size());
  for (const auto& [kind, count] : found) of_stores += kind.first == Name::store ? count : 0;
  EXPECT_GE(of_stores, edges);
  for (const auto& f : timeline.flows) {
    const auto &from = timeline.slices[f.from].record, &to = timeline.slices[f.to].record;
    if (from.name != Name::store || to.name != Name::load) continue;
    // The load reads the buffer that the store wrote, so it is the operand that waited for it.
    const auto& output = graph.blocks[graph.groups[graph.tiles[from.tile].group].output];
    const auto& tile = graph.tiles[to.tile];
    const auto& read = graph.blocks[to.operand() == trace::Operand::weight ? tile.weight : tile.input];
    EXPECT_EQ(output.buffer, read.buffer) << "tile " << from.tile << " -> " << to.tile;
  }
}

}  // namespace
}  // namespace tessera::tests
