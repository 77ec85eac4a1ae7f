#include "arch/dram/patterns.h"

#include <gtest/gtest.h>

#include <fstream>

#include "arch/dram/measure.h"
#include "tests/support/temp_folder.h"

namespace tessera::arch {
namespace {

const DramStandard& ddr4() {
  static const auto standard = find_dram_standard("DDR4-3200").value();
  return standard;
}

TEST(AccessPatterns, HaveTheBytesOfTheirNames) {
  const auto bytes = [](const char* name) { return make_access_pattern(name, ddr4(), 1).value().bursts() * 64; };
  EXPECT_EQ(bytes("seq16M"), 16 << 20);
  EXPECT_EQ(bytes("wr512K"), 512 << 10);
  EXPECT_EQ(bytes("str8_skew"), 4 << 20);
  EXPECT_EQ(bytes("copy"), 4 << 20);
  EXPECT_EQ(bytes("tile64k"), 16 << 10);
  EXPECT_EQ(bytes("tile16kx16"), 256 << 10);
  EXPECT_EQ(bytes("rand"), 65'536 * 64);
  EXPECT_EQ(bytes("chase"), 4'096 * 64);
}

TEST(AccessPatterns, UnknownNamesAreErrors) {
  for (const auto* name : {"", "seq", "seq0M", "seq16", "seqM", "seq16M_skew", "str0", "str65", "tile", "tilek",
                           "tile4", "tile4kx", "tile4kx17", "tile0k", "rw2", "random", "wr99999G"}) {
    EXPECT_FALSE(make_access_pattern(name, ddr4(), 1).ok()) << name;
  }
}

base::Result<std::vector<TimedRequest>> read_text(const std::string& text) {
  const tests::TempFolder folder;  // its own: tests run side by side
  const auto file = folder / "requests.txt";
  std::ofstream(file) << text;
  return read_request_file(file);
}

TEST(RequestFiles, AreReadAndServed) {
  const auto requests = read_text("# address direction cycle\n0x1000 R 0\n64 W 10  # a write\n\n4096 R 500\n");
  ASSERT_TRUE(requests.ok());
  ASSERT_EQ(requests->size(), 3u);
  EXPECT_EQ((*requests)[0].address, 4096);
  EXPECT_TRUE((*requests)[1].write);
  DramSpec spec;
  spec.kind = DramSpec::Kind::bank_state;
  spec.bank_state.standard = "DDR4-3200";
  const auto measured = measure_requests(spec, *requests);
  EXPECT_EQ(measured.bytes, 192);
  EXPECT_EQ(measured.reads, 2);
  // The last read arrives at cycle 500 and finds its row open: command at 501, data 22 + 4 cycles later.
  EXPECT_EQ(measured.time, ddr4().clock.edge(base::Cycles{501 + 22 + 4}));
}

TEST(RequestFiles, BadLinesAreNamedWithTheirPlace) {
  const auto requests = read_text("0 R 5\n0 X 6\nzero R 7\n64 R 4\n64 R\n");
  ASSERT_FALSE(requests.ok());
  const auto text = requests.problems().to_string();
  EXPECT_EQ(requests.problems().list().size(), 4u) << text;
  EXPECT_NE(text.find(":2:1: \"X\" is neither R nor W"), std::string::npos) << text;
  EXPECT_NE(text.find(":3:1: \"zero\" is no address"), std::string::npos) << text;
  EXPECT_NE(text.find(":4:1: cycle 4 lies before"), std::string::npos) << text;
  EXPECT_FALSE(read_text("# nothing\n").ok());
  EXPECT_FALSE(read_request_file("no/such/file").ok());
}

}  // namespace
}  // namespace tessera::arch
