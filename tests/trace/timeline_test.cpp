// Slices, lanes and counters of a trace, before a format writes them.
#include "trace/export/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/trace/exported_file.h"

namespace tessera::trace {
namespace {

using base::Ps;
using test::KnownTrace;
using test::ScratchFolder;
using test::write_known;

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

}  // namespace
}  // namespace tessera::trace
