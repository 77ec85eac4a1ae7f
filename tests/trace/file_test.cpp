#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/trace/synthetic.h"
#include "trace/file/crc32c.h"
#include "trace/file/reader.h"
#include "trace/file/writer.h"
#include "trace/record/host_ring.h"
#include "trace/record/level.h"

namespace tessera::trace {
namespace {

using test::difference;
using test::ScratchFolder;

TraceHeader header_for(const Lanes& lanes) {
  TraceHeader h;
  h.writer = "test";
  h.clocks = {{"core", {1000, 1}}, {"dram", {625, 2}}};
  h.units = lanes.units();
  h.meta = {{"network", "tiny"}, {"macs", "123"}};
  return h;
}

TileTable some_tiles(std::uint32_t count) {
  TileTable t;
  t.operators = {{"conv", "Conv"}, {"add", "Add"}};
  for (std::uint32_t i = 0; i < count; ++i) {
    t.tiles.push_back({i % 2, i % 3, i / 2, i % 2, static_cast<TileTable::Kind>(i % 3), i % 5 == 0,
                       i % 4 == 0 ? TileTable::kAnyCore : i % 4, i * 1000ull, i * 7ull, i, 64});
    if (i > 2) t.edges.push_back({i - 3, i, i % 2 == 0 ? TileTable::EdgeKind::input : TileTable::EdgeKind::control});
  }
  return t;
}

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_all(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);  // truncating a file in place makes some file systems wait for the disk at close
  std::ofstream(path, std::ios::binary) << bytes;
}

// Writes `count` random records to `path`; `direct` gets them too.
void write_trace(const std::filesystem::path& path, Collector& direct, std::size_t count, int zstd = 1,
                 Level level = Level::burst, std::uint32_t tiles = 10) {
  const Lanes lanes = test::small_lanes();
  auto writer = FileWriter::create(path, header_for(lanes), some_tiles(tiles), {zstd});
  ASSERT_TRUE(writer.ok());
  HostRing ring(**writer, HostRing::Drain::thread);
  LevelFilter filter(level, ring);
  LevelFilter same_level(level, direct);
  Sink sink;
  sink.add(same_level);
  sink.add(filter);
  test::emit_random(sink, lanes, count, 11);
  (*writer)->set_end_meta("wasted_bytes", "77");
  sink.finish(base::Ps{123'456'789'000});
  EXPECT_EQ((*writer)->failure(), "");
}

class RoundTrip : public ::testing::TestWithParam<std::tuple<std::size_t, int, std::string>> {};

TEST_P(RoundTrip, GivesEveryBitBack) {
  const auto& [count, zstd, level] = GetParam();
  ScratchFolder folder;
  Collector direct, back;
  write_trace(folder / "t.tsr", direct, count, zstd, level_of(level).value());
  auto reader = FileReader::open(folder / "t.tsr");
  ASSERT_TRUE(reader.ok()) << reader.problems().to_string();
  EXPECT_EQ(reader->header(), header_for(test::small_lanes()));
  EXPECT_EQ(reader->tiles(), some_tiles(10));
  EXPECT_TRUE(reader->warnings().empty());
  ASSERT_NE(reader->trailer(), nullptr);
  EXPECT_EQ(reader->trailer()->events, direct.items().size());
  EXPECT_EQ(reader->trailer()->meta.at("wasted_bytes"), "77");
  const auto end = reader->stream(back);
  ASSERT_TRUE(end.ok()) << end.problems().to_string();
  EXPECT_EQ(difference(direct, back), "");
  std::vector<std::uint64_t> by_unit(reader->header().units.size());
  for (const auto& i : direct.items()) ++by_unit[i.record.unit];
  for (std::size_t u = 0; u < by_unit.size(); ++u) {
    EXPECT_EQ(reader->trailer()->units[u].kept, by_unit[u]);
    EXPECT_EQ(reader->trailer()->units[u].emitted, by_unit[u]);
  }
  reader->rewind();
  Collector again;
  ASSERT_TRUE(reader->stream(again).ok());
  EXPECT_EQ(difference(direct, again), "");
}

INSTANTIATE_TEST_SUITE_P(Sizes, RoundTrip,
                         ::testing::Combine(::testing::Values<std::size_t>(0, 1, 1000, 16384, 16385, 50000),
                                            ::testing::Values(0, 1), ::testing::Values("operator", "tile", "burst")));

TEST(TraceFile, LargeTileTablesComeInParts) {
  ScratchFolder folder;
  Collector direct;
  write_trace(folder / "t.tsr", direct, 10, 1, Level::burst, 300'000);
  auto reader = FileReader::open(folder / "t.tsr");
  ASSERT_TRUE(reader.ok()) << reader.problems().to_string();
  EXPECT_EQ(reader->tiles(), some_tiles(300'000));
}

TEST(TraceFile, SameRecordsGiveTheSameBytes) {
  ScratchFolder folder;
  Collector a, b;
  write_trace(folder / "a.tsr", a, 40000);
  write_trace(folder / "b.tsr", b, 40000);
  EXPECT_EQ(read_all(folder / "a.tsr"), read_all(folder / "b.tsr"));
}

auto files_in(const ScratchFolder& folder) {
  return std::distance(std::filesystem::directory_iterator(folder / ""), std::filesystem::directory_iterator());
}

TEST(TraceFile, HasItsNameOnlyWhenComplete) {
  ScratchFolder folder;
  const Lanes lanes = test::small_lanes();
  {
    auto writer = FileWriter::create(folder / "t.tsr", header_for(lanes), {});
    ASSERT_TRUE(writer.ok());
    EXPECT_FALSE(std::filesystem::exists(folder / "t.tsr"));
    EXPECT_EQ(files_in(folder), 1);
  }
  EXPECT_EQ(files_in(folder), 0);
}

TEST(TraceFile, FolderThatIsMissingIsAnError) {
  ScratchFolder folder;
  auto writer = FileWriter::create(folder / "none/t.tsr", {}, {});
  ASSERT_FALSE(writer.ok());
  EXPECT_NE(writer.problems().to_string().find("none/t.tsr"), std::string::npos);
}

TEST(TraceFile, UnitOutsideTheTableIsAFailureAndLeavesNothing) {
  ScratchFolder folder;
  auto writer = FileWriter::create(folder / "t.tsr", header_for(test::small_lanes()), {});
  ASSERT_TRUE(writer.ok());
  Record r;
  r.unit = 5000;
  (*writer)->consume({&r, 1}, 1);
  (*writer)->finish(base::Ps{0});
  EXPECT_NE((*writer)->failure().find("unit 5000"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "t.tsr"));
  EXPECT_FALSE(std::filesystem::exists(folder / "t.tsr.partial"));
}

// Every length of a small file: unreadable, or read with a warning up to whole blocks; never taken for complete.
TEST(TraceFile, TruncationNeverGoesUnnoticed) {
  ScratchFolder folder;
  Collector direct;
  write_trace(folder / "t.tsr", direct, 300, 0);
  const std::string whole = read_all(folder / "t.tsr");
  std::size_t readable = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_all(folder / "cut.tsr", whole.substr(0, size));
    auto reader = FileReader::open(folder / "cut.tsr");
    if (!reader.ok()) continue;
    ++readable;
    EXPECT_EQ(reader->trailer(), nullptr) << size;
    EXPECT_FALSE(reader->warnings().empty()) << size;
    Collector back;
    const auto end = reader->stream(back);
    ASSERT_TRUE(end.ok()) << size << ": " << end.problems().to_string();
    EXPECT_TRUE(back.items().empty() || back.items().size() == direct.items().size());
  }
  EXPECT_GT(readable, 100u);
}

TEST(TraceFile, CutBetweenBlocksGivesThePrefix) {
  ScratchFolder folder;
  Collector direct, back;
  write_trace(folder / "t.tsr", direct, 40000);
  const std::string whole = read_all(folder / "t.tsr");
  write_all(folder / "cut.tsr", whole.substr(0, whole.size() * 6 / 10));
  auto reader = FileReader::open(folder / "cut.tsr");
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(reader->stream(back).ok());
  ASSERT_FALSE(back.items().empty());
  EXPECT_EQ(back.items().size() % kBlockRecords, 0u);
  for (std::size_t i = 0; i < back.items().size(); ++i) ASSERT_TRUE(back.items()[i].record == direct.items()[i].record);
}

// Any single changed byte: an error, or a file that no longer claims to be complete.
TEST(TraceFile, AChangedByteIsNoticed) {
  ScratchFolder folder;
  Collector direct;
  write_trace(folder / "t.tsr", direct, 200, 0);
  const std::string whole = read_all(folder / "t.tsr");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    write_all(folder / "x.tsr", bytes);
    auto reader = FileReader::open(folder / "x.tsr");
    if (!reader.ok()) continue;
    Collector back;
    const auto end = reader->stream(back);
    if (!end.ok()) continue;
    EXPECT_FALSE(reader->warnings().empty()) << "byte " << at;
  }
}

TEST(TraceFile, OtherFilesAreRefused) {
  ScratchFolder folder;
  for (const std::string& bytes : {std::string(), std::string("npu: edge\n"), std::string(5000, '\0'),
                                   std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11),
                                   std::string("\x0a\x05\x08\x01\x10\x00\x18", 7)}) {
    write_all(folder / "x.tsr", bytes);
    auto reader = FileReader::open(folder / "x.tsr");
    ASSERT_FALSE(reader.ok());
    EXPECT_NE(reader.problems().to_string().find("not a Tessera trace"), std::string::npos);
  }
  EXPECT_FALSE(FileReader::open(folder / "missing.tsr").ok());
}

// A frame that claims to unpack to 1 GiB, with a right checksum, must be refused before memory is taken.
TEST(TraceFile, HugeFrameIsRefused) {
  ScratchFolder folder;
  std::string payload = "x", frame = std::string("\x08\x01\x10\x01\x18\x80\x80\x80\x80\x04\x25", 11);
  const std::uint32_t crc = crc32c(std::string("\x01\x01\x80\x80\x80\x80\x04", 7) + payload);
  for (int i = 0; i < 4; ++i) frame.push_back(static_cast<char>(crc >> (8 * i)));
  frame += std::string("\x2a\x01", 2) + payload;
  write_all(folder / "x.tsr", std::string(1, '\x0a') + static_cast<char>(frame.size()) + frame);
  auto reader = FileReader::open(folder / "x.tsr");
  ASSERT_FALSE(reader.ok());
  EXPECT_NE(reader.problems().to_string().find("16 MiB"), std::string::npos) << reader.problems().to_string();
}

TEST(Crc32c, MatchesThePublishedCheckValueAndContinues) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c("456789", crc32c("123")), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
}

}  // namespace
}  // namespace tessera::trace
