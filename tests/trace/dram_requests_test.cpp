// DRAM request lists, byte by byte, as the programs that read them want them.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/trace/synthetic.h"
#include "trace/export/formats.h"
#include "trace/file/run_facts.h"
#include "trace/file/writer.h"

namespace tessera::trace {
namespace {

using base::Ps;
using test::ScratchFolder;

struct Packet {
  std::int64_t arrival, answer, address, bytes;
  bool write;
};

// Three packets, in the order of their answers: a read of two bursts at 2.5 ns, a write at 0, a read between two edges.
void write_trace(const std::filesystem::path& path) {
  Lanes lanes(Lanes::Shape{.cores = 1, .schedulers = 1, .channels = 1, .dram_channels = 1});
  RunFacts facts;
  facts.dram_burst_bytes = 32;
  TraceHeader header;
  header.level = Level::burst;
  header.units = lanes.units();
  header.clocks = {{"core", base::Clock{1000, 1}}, {"dram", base::Clock{2500, 2}}};
  header.meta = meta_of(facts, FactPlace::head);
  auto writer = FileWriter::create(path, header, TileTable{});
  ASSERT_TRUE(writer.ok());
  Sink sink;
  sink.add(**writer);
  for (const Packet& p : {Packet{2500, 30'000, 0x1fc0, 64, false}, Packet{0, 40'000, 0x20, 32, true},
                          Packet{2501, 50'000, 0xabc000, 32, false}}) {
    Record r;
    r.name = Name::burst;
    r.unit = lanes.dram_channel(0);
    r.start = Ps{p.arrival};
    r.end = Ps{p.answer};
    r.set_address(p.address);
    r.set_bytes(p.bytes);
    r.set_write(p.write);
    r.set_moved(p.bytes);
    sink.emit(r);
  }
  sink.finish(Ps{60'000});
  ASSERT_EQ((*writer)->failure(), "");
}

std::string exported(const char* format) {
  ScratchFolder folder;
  write_trace(folder / "t.tsr");
  auto reader = FileReader::open(folder / "t.tsr");
  EXPECT_TRUE(reader.ok());
  const auto problem = export_trace(*reader, *export_format(format), folder / "list");
  EXPECT_FALSE(problem.has_value()) << problem->to_string();
  std::ifstream in(folder / "list", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(DramRequests, OwnFormSaysBurstAndClock) {
  EXPECT_EQ(exported("dram"),
            "# tessera.dram_requests/1 burst_bytes=32 period_ps=1250/1\n"
            "0x20 W 0\n"
            "0x1fc0 R 2\n"
            "0x1fe0 R 2\n"
            "0xabc000 R 3\n");
}

// `0x.. READ|WRITE cycle`, and nothing that is no request.
TEST(DramRequests, AsDramsim3ReadsThem) {
  EXPECT_EQ(exported("dramsim3"),
            "0x20 WRITE 0\n"
            "0x1fc0 READ 2\n"
            "0x1fe0 READ 2\n"
            "0xabc000 READ 3\n");
}

// `LD|ST addr`: two words a line.
TEST(DramRequests, AsRamulatorReadsThem) {
  EXPECT_EQ(exported("ramulator"),
            "ST 0x20\n"
            "LD 0x1fc0\n"
            "LD 0x1fe0\n"
            "LD 0xabc000\n");
}

}  // namespace
}  // namespace tessera::trace
