#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "perfetto.pb.h"
#include "tests/trace/known_trace.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using base::Ps;
using perfetto::TrackEvent;
using test::KnownTrace;
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
  header.units = units_of(known.lanes);
  header.meta = {{"network", "known"}};
  auto writer = FileWriter::create(path, header, known.tiles);
  Sink sink;
  sink.add(**writer);
  std::mt19937 random(3);
  for (int i = 0; i < transfers; ++i) {
    const auto start = static_cast<std::int64_t>(random() % 50'000);
    Record r = known.span(Name::load, known.lanes.channel(0), start, start + static_cast<std::int64_t>(random() % 4000), 0, Link::none, kNoTile);
    r.bytes = 64;
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

// The rules that importers break on silently (notes on Perfetto), checked on the file itself.
TEST_P(Perfetto, ObeysTheImportersRules) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", GetParam());
  exported(folder / "t.tsr", "perfetto", folder / "t.pftrace");
  perfetto::Trace trace;
  ASSERT_TRUE(trace.ParseFromString(read_all(folder / "t.pftrace")));
  std::map<std::uint64_t, std::vector<std::uint64_t>> open;  // begin times, by track
  std::map<std::uint64_t, std::uint64_t> last_time;          // by track
  std::set<std::uint64_t> described, counters, names, categories, keys, values, begun_flows, ended_flows;
  std::size_t begins = 0, ends = 0, instants = 0, index = 0;
  for (const auto& p : trace.packet()) {
    ASSERT_EQ(p.trusted_packet_sequence_id(), 1u);
    ASSERT_EQ(p.sequence_flags(), index == 0 ? 3u : 2u);
    ASSERT_EQ(p.first_packet_on_sequence(), index == 0);
    ++index;
    for (const auto& e : p.interned_data().event_names()) ASSERT_TRUE(names.insert(e.iid()).second);
    for (const auto& e : p.interned_data().event_categories()) ASSERT_TRUE(categories.insert(e.iid()).second);
    for (const auto& e : p.interned_data().debug_annotation_names()) ASSERT_TRUE(keys.insert(e.iid()).second);
    for (const auto& e : p.interned_data().debug_annotation_string_values()) ASSERT_TRUE(values.insert(e.iid()).second);
    if (p.has_track_descriptor()) {
      const auto& d = p.track_descriptor();
      ASSERT_TRUE(described.insert(d.uuid()).second);
      if (d.uuid() != 1) {
        EXPECT_EQ(d.sibling_merge_behavior(), 2u);
        EXPECT_TRUE(described.count(d.parent_uuid())) << d.name();
      }
      if (d.has_counter()) counters.insert(d.uuid());
      continue;
    }
    ASSERT_TRUE(p.has_track_event());
    const auto& e = p.track_event();
    ASSERT_TRUE(described.count(e.track_uuid()));
    ASSERT_GE(p.timestamp(), last_time[e.track_uuid()]);
    last_time[e.track_uuid()] = p.timestamp();
    ASSERT_EQ(counters.count(e.track_uuid()) == 1, e.type() == TrackEvent::TYPE_COUNTER);
    if (e.type() == TrackEvent::TYPE_SLICE_BEGIN || e.type() == TrackEvent::TYPE_INSTANT) {
      ASSERT_TRUE(names.count(e.name_iid()));
      for (const auto c : e.category_iids()) ASSERT_TRUE(categories.count(c));
      for (const auto& a : e.debug_annotations()) {
        ASSERT_TRUE(keys.count(a.name_iid()));
        const bool text = a.value_case() == perfetto::DebugAnnotation::kStringValueIid;
        ASSERT_TRUE(!text || values.count(a.string_value_iid()));
      }
      for (const auto f : e.flow_ids()) ASSERT_TRUE(begun_flows.insert(f).second);
      for (const auto f : e.terminating_flow_ids()) {
        ASSERT_TRUE(begun_flows.count(f));  // the producer came first
        ASSERT_TRUE(ended_flows.insert(f).second);
      }
    }
    if (e.type() == TrackEvent::TYPE_INSTANT) ++instants;
    if (e.type() == TrackEvent::TYPE_SLICE_BEGIN) {
      ++begins;
      open[e.track_uuid()].push_back(p.timestamp());
    } else if (e.type() == TrackEvent::TYPE_SLICE_END) {
      ++ends;
      ASSERT_FALSE(open[e.track_uuid()].empty()) << "an end without a begin";
      ASSERT_LE(open[e.track_uuid()].back(), p.timestamp());
      open[e.track_uuid()].pop_back();
    }
  }
  for (const auto& [track, list] : open) EXPECT_TRUE(list.empty()) << "no end on track " << track;
  EXPECT_EQ(instants, 1u);
  EXPECT_EQ(begins, ends);
  EXPECT_EQ(begins, 19u + static_cast<std::size_t>(GetParam()));  // 17 records, 3 folds, less the arrival
  EXPECT_EQ(begun_flows, ended_flows);
  EXPECT_EQ(begun_flows.size(), 4u);  // two loads, two stores; tile 1 was loaded before tile 0 was stored: no arrow back
  EXPECT_EQ(counters.size(), 2u);
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
  EXPECT_EQ(spans, 219u);
  EXPECT_EQ(starts, 4u);
  EXPECT_EQ(finishes, 4u);
  for (auto& [thread, list] : by_thread) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (std::size_t j = i + 1; j < list.size(); ++j) {
        const auto &[a, b] = list[i];
        const auto &[c, d] = list[j];
        constexpr double kSlack = 1e-9;
        EXPECT_TRUE(b <= c + kSlack || d <= a + kSlack || (a <= c + kSlack && d <= b + kSlack) || (c <= a + kSlack && b <= d + kSlack));
      }
    }
  }
}

TEST(Csv, HasALineForEveryRecordAndQuotesNames) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "csv", folder / "t.csv");
  const std::string text = read_all(folder / "t.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 21);
  EXPECT_NE(text.find("\"second \"\"quoted\"\", with comma\""), std::string::npos);
  EXPECT_NE(text.find("7,load,dma.channel[0],10,110,0,first,0,0,5,,,64,0,,0,0,input,0,0,1,2,3,4\n"), std::string::npos) << text;
}

TEST(Dot, HasEveryTileAndEdge) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  exported(folder / "t.tsr", "dot", folder / "t.dot");
  const std::string text = read_all(folder / "t.dot");
  EXPECT_NE(text.find("t0 -> t1;"), std::string::npos) << text;
  EXPECT_NE(text.find("label=\"second \\\"quoted\\\", with comma #1\""), std::string::npos) << text;
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
