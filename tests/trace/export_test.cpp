#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/trace/known_trace.h"
#include "tests/trace/perfetto_rules.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using base::Ps;
using test::check_perfetto_rules;
using test::KnownTrace;
using test::PerfettoCounts;
using test::ScratchFolder;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The known trace with folds inside its computes and a tile edge, as file; `random` more transfers that overlap.
void write_known(const std::filesystem::path& path, int transfers = 0) {
  KnownTrace known;
  known.tiles.edges = {{0, 1, TileTable::EdgeKind::data}};
  known.tiles.operators[1].name = "second \"quoted\", with comma";
  TraceHeader header;
  header.level = Level::fold;
  header.units = known.lanes.units();
  header.meta = {{"network", "known"}};
  auto writer = FileWriter::create(path, header, known.tiles);
  Sink sink;
  sink.add(**writer);
  std::mt19937 random(3);
  for (int i = 0; i < transfers; ++i) {
    const auto start = static_cast<std::int64_t>(random() % 50'000);
    Record r = known.span(Name::load, known.lanes.channel(0), start, start + static_cast<std::int64_t>(random() % 4000),
                          0, Link::none, kNoTile);
    r.set_bytes(64);
    sink.emit(r);
  }
  for (const auto& [from, to] : {std::pair{110, 200}, std::pair{200, 310}, std::pair{310, 400}}) {
    sink.emit(known.span(Name::fold, known.lanes.pe_array(0), from, to, 0, Link::none, from < 310 ? 0 : 1));
  }
  known.emit(sink);
  ASSERT_EQ((*writer)->failure(), "");
}

void exported(const std::filesystem::path& trace, const char* format, const std::filesystem::path& to) {
  auto reader = FileReader::open(trace);
  ASSERT_TRUE(reader.ok());
  const auto problem = export_trace(*reader, *export_format(format), to);
  ASSERT_FALSE(problem.has_value()) << problem->to_string();
  EXPECT_FALSE(std::filesystem::exists(to.string() + ".partial"));
}

class Perfetto : public ::testing::TestWithParam<int> {};

TEST_P(Perfetto, ObeysTheImportersRules) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", GetParam());
  exported(folder / "t.tsr", "perfetto", folder / "t.pftrace");
  PerfettoCounts counts;
  check_perfetto_rules(read_all(folder / "t.pftrace"), counts);
  EXPECT_EQ(counts.instants, 1u);
  EXPECT_EQ(counts.begins, 20u + static_cast<std::size_t>(GetParam()));  // 18 records, 3 folds, less the arrival
  EXPECT_EQ(counts.flows, 4u);  // two loads, two stores; tile 1 was loaded before tile 0 was stored: no arrow back
  EXPECT_EQ(counts.counters, 2u);
}
INSTANTIATE_TEST_SUITE_P(Transfers, Perfetto, ::testing::Values(0, 1, 400));

// Pairs of begin and end give back every span with its length, whatever shares its track.
TEST(Timeline, EdgesOfATrackAreAStackWithTheRightLengths) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", 1000);
  auto reader = FileReader::open(folder / "t.tsr");
  const auto timeline = build_timeline(*reader);
  ASSERT_TRUE(timeline.ok());
  std::map<std::uint32_t, std::vector<std::size_t>> open;
  std::size_t closed = 0;
  for (const Edge& e : edges_in_order(*timeline)) {
    const auto& s = timeline->slices[e.slice];
    if (s.instant()) continue;
    if (e.begin) {
      open[s.track].push_back(e.slice);
    } else {
      ASSERT_EQ(open[s.track].back(), e.slice);
      EXPECT_EQ(e.at, s.record.end);
      open[s.track].pop_back();
      ++closed;
    }
  }
  EXPECT_EQ(closed + 1, timeline->slices.size());
}

TEST(Chrome, IsJsonWithEverySpanAndNoPartialOverlap) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", 200);
  exported(folder / "t.tsr", "chrome", folder / "t.json");
  const auto json = nlohmann::json::parse(read_all(folder / "t.json"));
  EXPECT_EQ(json["otherData"]["network"], "known");
  std::size_t spans = 0, starts = 0, finishes = 0;
  std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> by_thread;
  for (const auto& e : json["traceEvents"]) {
    const std::string ph = e["ph"];
    if (ph == "s") ++starts;
    if (ph == "f") ++finishes;
    if (ph != "X") continue;
    ++spans;
    by_thread[{e["pid"], e["tid"]}].push_back({e["ts"], e["ts"].get<double>() + e["dur"].get<double>()});
  }
  EXPECT_EQ(spans, 220u);
  EXPECT_EQ(starts, 4u);
  EXPECT_EQ(finishes, 4u);
  for (auto& [thread, list] : by_thread) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (std::size_t j = i + 1; j < list.size(); ++j) {
        const auto& [a, b] = list[i];
        const auto& [c, d] = list[j];
        constexpr double kSlack = 1e-9;
        EXPECT_TRUE(b <= c + kSlack || d <= a + kSlack || (a <= c + kSlack && d <= b + kSlack) ||
                    (c <= a + kSlack && b <= d + kSlack));
      }
    }
  }
}

TEST(Csv, HasALineForEveryRecordAndQuotesNames) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "csv", folder / "t.csv");
  const std::string text = read_all(folder / "t.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 22);
  EXPECT_NE(text.find("\"second \"\"quoted\"\", with comma\""), std::string::npos);
  EXPECT_NE(text.find("7,load,dma.channel[0],10,110,0,first,0,,5,,,64,0,,0,0,input,,,0,,,,,1,2,3\n"), std::string::npos)
      << text;
}

TEST(Dot, HasEveryTileAndEdge) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "dot", folder / "t.dot");
  const std::string text = read_all(folder / "t.dot");
  EXPECT_NE(text.find("t0 -> t1;"), std::string::npos) << text;
  EXPECT_NE(text.find("label=\"second \\\"quoted\\\", with comma #1\""), std::string::npos) << text;
}

TEST(Export, EveryFormatWritesAFileOrSaysWhyNot) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  for (const ExportFormat& format : export_formats()) {
    auto reader = FileReader::open(folder / "t.tsr");
    ASSERT_TRUE(reader.ok());
    const auto to = folder / std::string(format.name);
    const auto problem = export_trace(*reader, format, to);
    EXPECT_EQ(std::filesystem::exists(to), !problem.has_value()) << format.name;
    if (!problem) {
      EXPECT_GT(std::filesystem::file_size(to), 0u) << format.name;
    } else {
      EXPECT_FALSE(problem->to_string().empty()) << format.name;
    }
  }
}

TEST(Export, LeavesNothingBehindOnFailure) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  auto reader = FileReader::open(folder / "t.tsr");
  EXPECT_TRUE(export_trace(*reader, *export_format("csv"), folder / "none/t.csv").has_value());
  EXPECT_EQ(export_format("vcd"), nullptr);
  // A trace that turns out corrupt in its blocks.
  std::string bytes = read_all(folder / "t.tsr");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(folder / "bad.tsr", std::ios::binary) << bytes;
  auto bad = FileReader::open(folder / "bad.tsr");
  if (bad.ok()) {
    EXPECT_TRUE(export_trace(*bad, *export_format("csv"), folder / "bad.csv").has_value());
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "bad.csv"));
  EXPECT_FALSE(std::filesystem::exists(folder / "bad.csv.partial"));
}

}  // namespace
}  // namespace tessera::trace
