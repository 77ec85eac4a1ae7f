// The known trace as a file, and what the exporters make of it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "tests/trace/known_trace.h"
#include "trace/export/formats.h"
#include "trace/file/writer.h"

namespace tessera::trace::test {

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The known trace with folds inside its computes and a tile edge, as file; `random` more transfers that overlap.
inline void write_known(const std::filesystem::path& path, int transfers = 0,
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

inline void exported(const std::filesystem::path& trace, const char* format, const std::filesystem::path& to) {
  auto reader = FileReader::open(trace);
  ASSERT_TRUE(reader.ok());
  const auto problem = export_trace(*reader, *export_format(format), to);
  ASSERT_FALSE(problem.has_value()) << problem->to_string();
  EXPECT_FALSE(std::filesystem::exists(to.string() + ".partial"));
}

}  // namespace tessera::trace::test
