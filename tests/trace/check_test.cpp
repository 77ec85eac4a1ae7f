#include "trace/analysis/check.h"

#include <gtest/gtest.h>

#include "tests/trace/known_trace.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using base::Ps;
using test::KnownTrace;

// Writes the known trace with one thing changed, reads it back and returns what the check says.
template <class Change>
std::vector<std::string> check(Change change, Level level = Level::tile, const std::string& macs = "3000") {
  test::ScratchFolder folder;
  const KnownTrace known;
  TraceHeader header;
  header.level = level;
  header.units = known.lanes.units();
  header.meta = {{"macs", macs}};
  auto writer = FileWriter::create(folder / "t.tsr", header, known.tiles);
  LevelFilter filter(level, **writer);
  Sink sink;
  sink.add(filter);
  (*writer)->set_end_meta("makespan_ps", "500");
  known.emit(sink, change);
  auto reader = FileReader::open(folder / "t.tsr");
  InvariantCheck check(reader->header(), reader->tiles(), reader->trailer());
  const auto end = reader->stream(check);
  if (!end.ok()) return {end.problems().to_string()};
  return check.violations();
}

TEST(InvariantCheck, ASoundTraceHasNoViolations) {
  EXPECT_EQ(check([](std::uint64_t, Record&) {}), std::vector<std::string>{});
  EXPECT_EQ(check([](std::uint64_t, Record&) {}, Level::op), std::vector<std::string>{});
}

struct Fault {
  const char* name;
  std::function<void(std::uint64_t, Record&)> change;
  const char* expected;
};
void PrintTo(const Fault& f, std::ostream* out) { *out << f.name; }

class InvariantCheckFault : public ::testing::TestWithParam<Fault> {};

TEST_P(InvariantCheckFault, IsNamed) {
  const auto found = check(GetParam().change);
  std::string text;
  for (const auto& line : found) text += line + "\n";
  EXPECT_NE(text.find(GetParam().expected), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Each, InvariantCheckFault,
    ::testing::Values(Fault{"overlap",
                            [](std::uint64_t id, Record& r) {
                              if (id == 12) r.start = Ps{300};
                            },
                            "core[0].pe_array: record 12 at 300 ps overlaps record 10"},
                      Fault{"hole",
                            [](std::uint64_t id, Record& r) {
                              if (id == 7) r.start = Ps{15};
                            },
                            "core[0].pe_array: neither busy nor stalled from 10 ps to record 7"},
                      Fault{"short",
                            [](std::uint64_t id, Record& r) {
                              if (id == 17) r.end = Ps{499};
                            },
                            "core[0].vector_unit: busy and stalls end at 499 ps"},
                      Fault{"cause",
                            [](std::uint64_t id, Record& r) {
                              if (id == 10) r.cause = 8;
                            },
                            "cause 8 had not ended"},
                      Fault{"macs",
                            [](std::uint64_t id, Record& r) {
                              if (id == 12) r.set_macs(1999);
                            },
                            "tile 1 (second): 1999 MACs instead of 2000"},
                      Fault{"total",
                            [](std::uint64_t id, Record& r) {
                              if (id == 12) r.set_macs(1999);
                            },
                            "MACs of all computes are 2999, of the network 3000"},
                      Fault{"bytes",
                            [](std::uint64_t id, Record& r) {
                              if (id == 4) r.set_bytes(63);
                            },
                            "tile 0 (first): loads 63 bytes of input instead of 64 or none"},
                      Fault{"store",
                            [](std::uint64_t id, Record& r) {
                              if (id == 11) r.set_bytes(33);
                            },
                            "tile 0 (first): stores 33 bytes instead of 32"},
                      Fault{"twice",
                            [](std::uint64_t id, Record& r) {
                              if (id == 12) r.tile = 0;
                            },
                            "tile 0 (first): runs 2 times instead of 1"},
                      Fault{"tile",
                            [](std::uint64_t id, Record& r) {
                              if (id == 12) r.tile = 77;
                            },
                            "record 12 (compute [310, 400) ps, tile 77): its tile is not in the tile table"},
                      Fault{"late",
                            [](std::uint64_t id, Record& r) {
                              if (id == 14) r.end = Ps{501};
                            },
                            "a span ends at 501 ps, after the run at 500 ps"},
                      Fault{"path",
                            [](std::uint64_t id, Record& r) {
                              if (id == 14) r.start = Ps{411};
                            },
                            "critical path: record 14"},
                      Fault{"makespan",
                            [](std::uint64_t id, Record& r) {
                              if (id == 14) r.end = Ps{499};
                            },
                            "the makespan is given as 500 ps"}),
    [](const auto& i) { return std::string(i.param.name); });

TEST(InvariantCheck, EdgesHoldAgainstStores) {
  KnownTrace known;
  known.tiles.edges = {
      {0, 1, TileTable::EdgeKind::input}};  // tile 1 was dispatched at 10, long before the store at 350
  TraceHeader header;
  header.units = known.lanes.units();
  Trailer trailer;
  trailer.units.resize(header.units.size());
  InvariantCheck c(header, known.tiles, &trailer);
  Sink sink;
  sink.add(c);
  known.emit(sink);
  std::string text;
  for (const auto& line : c.violations()) text += line + "\n";
  EXPECT_NE(text.find("tile 1 is dispatched at 10 ps, before tile 0 is stored at 350 ps"), std::string::npos) << text;
}

}  // namespace
}  // namespace tessera::trace
