// What every format keeps: names of any bytes, failed runs, no half-written files.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "tests/trace/exported_file.h"
#include "tests/trace/foreign_readers.h"
#include "tests/trace/perfetto_reader.h"

namespace tessera::trace {
namespace {

using test::chrome_faults;
using test::csv_rows;
using test::exported;
using test::KnownTrace;
using test::PerfettoTrace;
using test::read_all;
using test::read_perfetto;
using test::ScratchFolder;
using test::slice_of;
using test::write_known;

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
    for (const auto& row : rows) ASSERT_EQ(row.size(), 40u);
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
