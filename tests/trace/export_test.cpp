#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "tests/trace/foreign_readers.h"
#include "tests/trace/known_trace.h"
#include "tests/trace/perfetto_reader.h"
#include "trace/export/formats.h"
#include "trace/export/timeline.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using base::Ps;
using test::chrome_faults;
using test::csv_rows;
using test::KnownTrace;
using test::PerfettoTrace;
using test::read_perfetto;
using test::ScratchFolder;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The known trace with folds inside its computes and a tile edge, as file; `random` more transfers that overlap.
void write_known(const std::filesystem::path& path, int transfers = 0,
                 std::map<std::string, std::string> meta = {{"network", "known"}}) {
  KnownTrace known;
  known.tiles.edges = {{0, 1, TileTable::EdgeKind::input}};
  known.tiles.operators[1].name = "second \"quoted\", with comma";
  TraceHeader header;
  header.level = Level::fold;
  header.units = known.lanes.units();
  header.meta = std::move(meta);
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

const PerfettoTrace::Slice& slice_of(const PerfettoTrace& trace, const std::string& record) {
  for (const auto& s : trace.slices) {
    if (s.args.at("record") == record) return s;
  }
  throw std::runtime_error("no slice of record " + record);
}

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

using Sampled = std::vector<std::pair<std::int64_t, std::int64_t>>;
Sampled samples_of(const Timeline& timeline, const std::string& name) {
  Sampled out;
  for (const auto& c : timeline.counters) {
    if (c.name != name) continue;
    for (const auto& s : c.samples) out.emplace_back(s.at.count(), s.value);
  }
  return out;
}

TEST(Counters, OfTheKnownTrace) {
  ScratchFolder folder;
  write_known(folder / "t.tsr");
  auto reader = FileReader::open(folder / "t.tsr");
  const auto timeline = build_timeline(*reader);
  ASSERT_TRUE(timeline.ok());
  // 1000 MACs in [110, 310), 2000 in [310, 400): 5 and 22.2 a picosecond.
  EXPECT_EQ(samples_of(*timeline, "core[0] MAC rate"),
            (Sampled{{110, 5'000'000'000'000}, {310, 22'222'222'222'222}, {400, 0}}));
  EXPECT_EQ(samples_of(*timeline, "MAC rate"), samples_of(*timeline, "core[0] MAC rate"));
  // Fills [0, 110) and [10, 150).
  EXPECT_EQ(samples_of(*timeline, "core[0].sram.input slots"), (Sampled{{0, 1}, {10, 2}, {110, 1}, {150, 0}}));
  // Transfers [10, 110), [20, 150), [310, 350), [410, 500), each 1 ps in the queue.
  EXPECT_EQ(samples_of(*timeline, "dma.channel[0] queue depth"),
            (Sampled{{10, 1}, {11, 0}, {20, 1}, {21, 0}, {310, 1}, {311, 0}, {410, 1}, {411, 0}}));
  EXPECT_EQ(samples_of(*timeline, "dma.channel[0] in flight"),
            (Sampled{{11, 1}, {21, 2}, {110, 1}, {150, 0}, {311, 1}, {350, 0}, {411, 1}, {500, 0}}));
  // 64 bytes in [11, 110) and 128 in [21, 150): 64 at most by 21 and at least by 110, so 192 / 139 all along. Then 32
  // in [311, 350) and 32 in [411, 500).
  const Sampled rates{{11, 1'381'294'964'028}, {150, 0}, {311, 820'512'820'512}, {350, 0},
                      {411, 359'550'561'797},  {500, 0}};
  EXPECT_EQ(samples_of(*timeline, "dma.channel[0] bandwidth"), rates);
  EXPECT_EQ(samples_of(*timeline, "dma bandwidth"), rates);
  EXPECT_EQ(samples_of(*timeline, "dram bandwidth"), rates);
}

// Behind a shared SRAM nobody can tell from transfers what the DRAM moves.
TEST(Counters, HaveNoDramBandwidthBehindASharedSram) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", 0, {{"shared_sram_bytes", "1024"}});
  auto reader = FileReader::open(folder / "t.tsr");
  const auto timeline = build_timeline(*reader);
  EXPECT_TRUE(samples_of(*timeline, "dram bandwidth").empty());
  EXPECT_FALSE(samples_of(*timeline, "dma bandwidth").empty());
}

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

// Where several begin at one time, those without length come first, on the wire too.
TEST(Timeline, SlicesStandInTheOrderOfTheirBegins) {
  ScratchFolder folder;
  KnownTrace known;
  TraceHeader header;
  header.units = known.lanes.units();
  {
    auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
    Sink sink;
    sink.add(**writer);
    sink.emit(known.span(Name::compute, known.lanes.pe_array(0), 10, 20, 0, Link::none, 0));
    sink.emit(known.span(Name::post, known.lanes.vector_unit(0), 10, 10, 0, Link::none, 0));
    sink.emit(known.span(Name::fold, known.lanes.pe_array(0), 10, 20, 0, Link::none, 0));
    sink.finish(Ps{20});
  }
  auto reader = FileReader::open(folder / "t.tsr");
  const auto timeline = build_timeline(*reader);
  std::vector<std::uint64_t> ids;
  for (const Edge& e : edges_in_order(*timeline)) {
    if (e.begin) ids.push_back(timeline->slices[e.slice].id);
  }
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{2, 1, 3}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(timeline->slices[i].id, ids[i]);
}

// 64 bursts on their way at one time: one lane, each shown while it is the next to be answered.
TEST(Timeline, BurstsOfAChannelShareOneLane) {
  ScratchFolder folder;
  const Lanes lanes({.dram_channels = 2});
  TraceHeader header;
  header.level = Level::burst;
  header.units = lanes.units();
  auto writer = FileWriter::create(folder / "t.tsr", header, {});
  Sink sink;
  sink.add(**writer);
  for (std::int64_t i = 0; i < 128; ++i) {
    Record r;
    r.name = Name::burst;
    r.unit = lanes.dram_channel(static_cast<std::uint32_t>(i % 2));
    r.start = Ps{i / 2};
    r.end = Ps{1000 + i / 2 * 10};
    r.set_bytes(64);
    r.set_write(i % 4 == 0);
    sink.emit(r);
  }
  sink.finish(Ps{2000});
  auto reader = FileReader::open(folder / "t.tsr");
  const auto timeline = build_timeline(*reader);
  std::vector<std::string> lanes_of_dram;
  for (const auto& t : timeline->tracks) {
    if (!t.group) lanes_of_dram.push_back(t.name);
  }
  EXPECT_EQ(lanes_of_dram, (std::vector<std::string>{"dram.channel[0] bursts", "dram.channel[1] bursts"}));
  const auto& first = timeline->slices[0];
  EXPECT_EQ(std::pair(first.start, first.end), std::pair(Ps{0}, Ps{1000}));
  const auto& last = timeline->slices.back();
  EXPECT_EQ(std::pair(last.start, last.end), std::pair(Ps{1620}, Ps{1630}));
  EXPECT_EQ(last.record.start, Ps{63});
  EXPECT_EQ(slice_name(first.record, {}), "write");
  EXPECT_EQ(slice_name(last.record, {}), "read");
  EXPECT_EQ(samples_of(*timeline, "dram.channel[0] in flight")[63], (Sampled::value_type{63, 64}));
  EXPECT_FALSE(samples_of(*timeline, "dram bandwidth").empty());
}

// A decision without length leads to a load that begins with it: on the wire the decision comes first.
TEST(Timeline, TasksWithoutLengthComeBeforeWhatWaitedForThem) {
  Timeline timeline;
  timeline.tracks.resize(2);
  const auto slice = [&](std::uint32_t track, std::int64_t start, std::int64_t end) {
    timeline.slices.push_back({0, track, Ps{start}, Ps{end}, {}, {}});
  };
  slice(1, 0, 10);
  slice(1, 10, 10);
  slice(0, 10, 20);
  std::string order;
  for (const Edge& e : edges_in_order(timeline)) order += (e.begin ? "+" : "-") + std::to_string(e.slice);
  EXPECT_EQ(order, "+0-0+1-1+2-2");
}

TEST(Chrome, IsJsonWithEverySpanAndNoPartialOverlap) {
  ScratchFolder folder;
  write_known(folder / "t.tsr", 200);
  exported(folder / "t.tsr", "chrome", folder / "t.json");
  const auto json = nlohmann::json::parse(read_all(folder / "t.json"));
  EXPECT_EQ(json["otherData"]["network"], "known");
  EXPECT_EQ(chrome_faults(json), std::vector<std::string>{});
  std::map<std::string, int> count;
  for (const auto& e : json["traceEvents"]) ++count[e["ph"]];
  EXPECT_EQ(count["X"], 220);
  EXPECT_EQ(count["i"], 1);
  EXPECT_EQ(count["s"], 5);
  EXPECT_EQ(count["f"], 5);
  for (const auto& e : json["traceEvents"]) {
    if (e["ph"] != "X" || e["args"]["record"] != 207) continue;
    EXPECT_EQ(e["args"].dump(),
              R"({"address":0,"bytes":64,"cause":205,"channel":0,"core":0,"length_ps":100,"operand":"input",)"
              R"("operator":"first","record":207,"request":0,"slot":0,"start_ps":10,"tile":0,"wait_channel_ps":1,)"
              R"("wait_dram_ps":3,"wait_noc_ps":2})");
    ++count["seen"];
  }
  EXPECT_EQ(count["seen"], 1);
}

TEST(Chrome, RoundsBothEndsOfASpan) {
  ScratchFolder folder;
  KnownTrace known;
  TraceHeader header;
  header.units = known.lanes.units();
  auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
  Sink sink;
  sink.add(**writer);
  // A clock of 940 MHz: edges at 1063, 2127 and 3191 ps. The length of the first, 1064 ps, rounded apart would end it
  // at 2.128 us beyond the next one's start of 2.127.
  sink.emit(known.span(Name::compute, known.lanes.pe_array(0), 1'063'829, 2'127'659, 0, Link::none, 0));
  sink.emit(known.span(Name::compute, known.lanes.pe_array(0), 2'127'659, 3'191'489, 0, Link::none, 1));
  sink.emit(known.span(Name::vector, known.lanes.vector_unit(0), 999, 1'000, 0, Link::none, 1));
  sink.finish(Ps{4'000'000});
  exported(folder / "t.tsr", "chrome", folder / "t.json");
  const std::string text = read_all(folder / "t.json");
  EXPECT_NE(text.find(R"("ts":1.063,"dur":1.064,"args":{"record":1,"start_ps":1063829,"length_ps":1063830,)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("ts":2.127,"dur":1.064,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("ts":0.000,"dur":0.001,)"), std::string::npos) << text;
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

// Byte for byte: a row of each kind that used to lack a column or to share one.
TEST(Csv, HasAColumnForEveryField) {
  ScratchFolder folder;
  KnownTrace known;
  TraceHeader header;
  header.units = known.lanes.units();
  auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
  Sink sink;
  sink.add(**writer);
  Record decision = known.span(Name::decision, known.lanes.scheduler(0), 0, 10, 0, Link::none, 0);
  decision.set_core(3);
  sink.emit(decision);
  Record compute = known.span(Name::compute, known.lanes.pe_array(0), 10, 20, 1, Link::array, 0);
  compute.set_rows(300);
  compute.set_columns(513);
  compute.set_macs(77);
  sink.emit(compute);
  Record vector = known.span(Name::vector, known.lanes.vector_unit(0), 20, 30, 2, Link::none, 1);
  vector.set_macs(5);
  sink.emit(vector);
  Record counter;
  counter.name = Name::counter;
  counter.unit = known.lanes.power();
  counter.set_value(-4);
  sink.emit(counter);
  Record stall = known.span(Name::stall, known.lanes.pe_array(0), 20, 40, 0, Link::none, kNoTile);
  stall.set_reason(Reason::operand_slot);
  stall.set_lack(SlotLack::queue);
  sink.emit(stall);
  sink.finish(Ps{50});
  exported(folder / "t.tsr", "csv", folder / "t.csv");
  EXPECT_EQ(read_all(folder / "t.csv"),
            "id,name,unit,start_ps,end_ps,request,operator,tile,task,cause,reason,link,bytes,address,macs,channel,slot,"
            "operand,rows,columns,core,write,lack,moved_bytes,value,wait_channel_ps,wait_noc_ps,wait_dram_ps\n"
            "1,decision,scheduler[0],0,10,0,first,0,,,,,,,,,,,,,3,,,,,,,\n"
            "2,compute,core[0].pe_array,10,20,0,first,0,,1,,array,,,77,,,,300,513,,,,,,,,\n"
            "3,vector,core[0].vector_unit,20,30,0,second,1,,2,,,,,5,,,,,,,,,,,,,\n"
            "4,counter,power_uw,0,0,,,,,,,,,,,,,,,,,,,,-4,,,\n"
            "5,stall,core[0].pe_array,20,40,0,,,,,operand_slot,,,,,,,,,,,,queue,,,,,\n");
}

// Names of all kinds: each output is well-formed and shows the same name.
TEST(Export, IsWellFormedWhateverBytesANameHas) {
  const std::vector<std::pair<std::string, std::string>> names{{"\xff\xfe\x80"
                                                                "bad",
                                                                "\\xFF\\xFE\\x80"
                                                                "bad"},
                                                               {"a\"b\\c,d\ne", "a\"b\\c,d\ne"},
                                                               {"back\\", "back\\"},
                                                               {"=cmd|'/C calc'!A0", "=cmd|'/C calc'!A0"},
                                                               {"caf\xc3\xa9", "caf\xc3\xa9"},
                                                               {std::string("n\0l", 3), std::string("n\0l", 3)},
                                                               {"\x1b[31m\r\n", "\x1b[31m\r\n"}};
  for (const auto& [name, shown] : names) {
    ScratchFolder folder;
    KnownTrace known;
    known.tiles.operators[0].name = name;
    TraceHeader header;
    header.units = known.lanes.units();
    header.units[known.lanes.pe_array(0)].path = "core[0]." + name;
    header.meta = {{"network", name}};
    {
      auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
      Sink sink;
      sink.add(**writer);
      known.emit(sink);
    }
    for (const ExportFormat& format : export_formats()) {
      if (format.name != "dram" && format.name != "dramsim3" && format.name != "ramulator")  // without names
        exported(folder / "t.tsr", std::string(format.name).c_str(), folder / std::string(format.name));
    }
    const auto trace = read_perfetto(read_all(folder / "perfetto"));
    EXPECT_EQ(slice_of(trace, "10").name, shown + " #0");
    EXPECT_EQ(slice_of(trace, "10").args.at("operator"), shown);
    EXPECT_EQ(trace.tracks.at(slice_of(trace, "10").track).name, "core[0]." + shown);
    const auto json = nlohmann::json::parse(read_all(folder / "chrome"));
    EXPECT_EQ(json["otherData"]["network"], shown);
    EXPECT_TRUE(std::any_of(json["traceEvents"].begin(), json["traceEvents"].end(),
                            [&, n = shown](const auto& e) { return e["name"] == n + " #0"; }));
    const auto rows = csv_rows(read_all(folder / "csv"));
    for (const auto& row : rows) ASSERT_EQ(row.size(), 28u);
    const std::string cell = base::csv_cell(name);
    const std::string plain = csv_rows(cell + "\n").at(0).at(0);
    EXPECT_EQ(rows.at(2).at(6), plain);
    EXPECT_EQ(std::string("=+-@\t\r\n").find(plain[0]), std::string::npos) << plain;
    const std::string dot = read_all(folder / "dot");
    EXPECT_NE(dot.find("t0 [shape=box,label=" + base::dot_text(name + " #0") + "];\n"), std::string::npos) << dot;
  }
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

// A run that failed: some records are missing, ends are cut off, and the trace says so.
TEST(Export, OfAFailedRunIsWholeAllTheSame) {
  ScratchFolder folder;
  KnownTrace known;
  TraceHeader header;
  header.units = known.lanes.units();
  {
    auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
    (*writer)->set_failed();
    Sink sink;
    sink.add(**writer);
    sink.emit(known.span(Name::compute, known.lanes.pe_array(0), 0, 10, 0, Link::none, 1));
    sink.emit(known.span(Name::store, known.lanes.channel(0), 10, 10, 1, Link::none, 1));  // cut off as it began
    sink.finish(Ps{10});
  }
  exported(folder / "t.tsr", "perfetto", folder / "p");
  const PerfettoTrace trace = read_perfetto(read_all(folder / "p"));
  EXPECT_EQ(trace.slices.size(), 2u);
  EXPECT_EQ(trace.flows, (std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}}));
  exported(folder / "t.tsr", "chrome", folder / "c");
  EXPECT_EQ(chrome_faults(nlohmann::json::parse(read_all(folder / "c"))), std::vector<std::string>{});
}

TEST(Export, RefusesTimesThatGoBack) {
  for (const auto& [start, end] : {std::pair{20, 10}, std::pair{-5, 10}}) {
    ScratchFolder folder;
    KnownTrace known;
    TraceHeader header;
    header.units = known.lanes.units();
    {
      auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
      Sink sink;
      sink.add(**writer);
      sink.emit(known.span(Name::compute, known.lanes.pe_array(0), start, end, 0, Link::none, 0));
      sink.finish(Ps{10});
    }
    auto reader = FileReader::open(folder / "t.tsr");
    ASSERT_TRUE(reader.ok());
    for (const char* format : {"perfetto", "chrome"}) {
      reader->rewind();
      const auto problem = export_trace(*reader, *export_format(format), folder / "x");
      ASSERT_TRUE(problem.has_value()) << format;
      EXPECT_NE(problem->to_string().find("record 1 "), std::string::npos) << problem->to_string();
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
