#include "arch/dram/patterns.h"

#include <gtest/gtest.h>

#include <algorithm>
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

base::Result<RequestList> read_text(const std::string& text) {
  const tests::TempFolder folder;  // its own: tests run side by side
  const auto file = folder / "requests.txt";
  std::ofstream(file) << text;
  return read_request_file(file);
}

TEST(RequestFiles, AreReadAndServed) {
  const auto requests = read_text("# address direction cycle\n0x1000 R 0\n64 W 10  # a write\n\n4096 R 500\n");
  ASSERT_TRUE(requests.ok());
  EXPECT_FALSE(requests->head.has_value());
  ASSERT_EQ(requests->requests.size(), 3u);
  EXPECT_EQ(requests->requests[0].address, 4096);
  EXPECT_TRUE(requests->requests[1].write);
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
  const auto requests = read_text("0 R 5\n0 X 6\nzero R 7\n64 R 4\n64 R\n64 R 2000000000000\n");
  ASSERT_FALSE(requests.ok());
  const auto text = requests.problems().to_string();
  EXPECT_EQ(requests.problems().list().size(), 5u) << text;
  EXPECT_NE(text.find(":2:1: \"X\" is neither R nor W"), std::string::npos) << text;
  EXPECT_NE(text.find(":3:1: \"zero\" is no address"), std::string::npos) << text;
  EXPECT_NE(text.find(":4:1: cycle 4 lies before"), std::string::npos) << text;
  EXPECT_NE(text.find(":6:1: \"2000000000000\" is no cycle: write 0 to 2^40"), std::string::npos) << text;
  EXPECT_FALSE(read_text("# nothing\n").ok());
  EXPECT_FALSE(read_request_file("no/such/file").ok());
}

DramSpec spec_of(const char* standard, std::int64_t channels = 1) {
  DramSpec spec;
  spec.kind = DramSpec::Kind::bank_state;
  spec.bank_state.standard = standard;
  spec.channels = channels;
  spec.interleave = spec.burst = Bytes{find_dram_standard(standard).value().burst_bytes};
  return spec;
}

// 5 ns a cycle: cycle 100 is 500 ns, whatever the standard's own clock of 625 ps.
TEST(RequestFiles, KeepTheirOwnClock) {
  const auto list = read_text("# tessera.dram_requests/1 burst_bytes=64 period_ps=5000/1\n0x1000 R 0\n4096 R 100\n");
  ASSERT_TRUE(list.ok()) << list.problems().to_string();
  ASSERT_TRUE(list->head.has_value());
  EXPECT_EQ(list->head->clock, base::Clock(5000, 1));
  const auto measured = measure_requests(spec_of("DDR4-3200"), *list);
  // Edge 800 lies at 500 ns; the command follows at 801, the data 22 + 4 cycles later.
  EXPECT_EQ(measured.time, ddr4().clock.edge(base::Cycles{801 + 22 + 4}));
}

// A request of 128 B is four bursts of 32 B, at the start of its own 128 B.
TEST(RequestFiles, AreReplayedInTheBurstsOfTheStandard) {
  const auto list = read_text("# tessera.dram_requests/1 burst_bytes=128 period_ps=1250/1\n200 R 0\n");
  ASSERT_TRUE(list.ok());
  const auto lpddr5 = find_dram_standard("LPDDR5-6400").value();
  EXPECT_TRUE(check_requests(*list, lpddr5).empty());
  const auto measured = measure_requests(spec_of("LPDDR5-6400"), *list);
  EXPECT_EQ(measured.reads, 4);
  EXPECT_EQ(measured.bytes, 128);
  const auto small = read_text("# tessera.dram_requests/1 burst_bytes=32 period_ps=1250/1\n0 R 0\n");
  ASSERT_TRUE(small.ok());
  EXPECT_NE(check_requests(*small, ddr4()).to_string().find("requests of 32 B, and a burst of DDR4-3200 is 64 B"),
            std::string::npos);
}

TEST(RequestFiles, BadHeadsAreNamed) {
  const std::string head = "# tessera.dram_requests/1 burst_bytes=64 period_ps=625/1\n";
  for (const std::string& text :
       {std::string("# tessera.dram_requests/2 burst_bytes=64 period_ps=625/1\n0 R 0\n"),
        std::string("# tessera.dram_requests/1 burst_bytes=0 period_ps=625/1\n0 R 0\n"),
        std::string("# tessera.dram_requests/1 burst_bytes=64 period_ps=625/0\n0 R 0\n"),
        std::string("# tessera.dram_requests/1 burst_bytes=64 period_ps=625/1 more\n0 R 0\n"),
        std::string("# tessera.dram_requests/1\n0 R 0\n"), head + head + "0 R 0\n", "0 R 0\n" + head + "64 R 1\n"}) {
    const auto list = read_text(text);
    ASSERT_FALSE(list.ok()) << text;
    EXPECT_NE(list.problems().to_string().find("head of "), std::string::npos) << list.problems().to_string();
  }
  EXPECT_TRUE(read_text("# any other comment\n" + head + "0 R 0\n").ok());
}

// By hand: three reads of one burst at once. The bus moves the burst once for LPDDR4's bank queues.
TEST(Measurements, CountWhatTheBusMovesAndWhatWasMergedApart) {
  const auto list = read_text("0 R 0\n0 R 0\n0 R 0\n64 W 0\n64 R 0\n").value();
  const auto merged = measure_requests(spec_of("LPDDR4-3200"), list);
  EXPECT_EQ(merged.requested_reads, 4);
  EXPECT_EQ(merged.reads, 1);
  EXPECT_EQ(merged.writes, 1);
  EXPECT_EQ(merged.bytes, 2 * 32);
  EXPECT_EQ(merged.statistics.merged, 2);
  EXPECT_EQ(merged.statistics.forwarded, 1) << "out of the write that waits";
  const auto ready = measure_requests(spec_of("DDR4-3200"), list);
  EXPECT_EQ(ready.reads, 3) << "the oldest ready command knows no merging";
  EXPECT_EQ(ready.statistics.merged, 0);
  EXPECT_EQ(ready.statistics.forwarded, 1);
  EXPECT_EQ(ready.bytes, 4 * 64);
}

// 32 bursts are in LPDDR4's write buffer two cycles later, and none has moved. Of 8,192 all but what the buffer (32)
// and the queues of eight banks (8 each) can hold have.
TEST(Measurements, PostedWritesCountWhenTheyMove) {
  const auto lpddr4 = find_dram_standard("LPDDR4-3200").value();
  const auto few = measure_pattern(spec_of("LPDDR4-3200"), make_access_pattern("wr1K", lpddr4, 1).value());
  EXPECT_EQ(few.writes, 0);
  EXPECT_EQ(few.buffered_writes(), 32);
  const auto many = measure_pattern(spec_of("LPDDR4-3200"), make_access_pattern("wr256K", lpddr4, 1).value());
  EXPECT_GE(many.writes, 8192 - 32 - 8 * 8);
  EXPECT_EQ(many.writes + many.buffered_writes(), 8192);
}

// No bus moves more than its peak, whatever the controller answers without it.
TEST(Measurements, NeverExceedThePeak) {
  for (const auto& name : dram_standard_names()) {
    const auto standard = find_dram_standard(name).value();
    for (const char* kind : {"wr1K", "wr256K", "seq1K", "copy", "str64"}) {
      for (const std::int64_t channels : {1, 2, 3}) {
        const auto pattern = make_access_pattern(kind, standard, channels).value();
        const auto m = measure_pattern(spec_of(name.c_str(), channels), pattern);
        const auto at_peak = static_cast<double>(standard.peak_bytes_per_second() * channels) *
                             static_cast<double>(m.time.count()) * 1e-12;
        EXPECT_LE(static_cast<double>(m.bytes), at_peak) << name << " " << kind << " x" << channels;
        EXPECT_EQ(m.requested_reads, m.reads + m.statistics.merged + m.statistics.forwarded) << name << " " << kind;
        EXPECT_GE(m.buffered_writes(), 0);
        EXPECT_EQ(m.requested_reads + m.requested_writes, pattern.bursts());
      }
    }
  }
}

TEST(PerChannelStreams, DealEveryElementToItsChannelInOrder) {
  const auto pattern = make_access_pattern("rw", ddr4(), 3).value();
  const AddressMap map(ddr4(), 3, 256, BankMapping::bgi);
  const auto dealt = dealt_to_channels(pattern, map, 3).value();
  ASSERT_EQ(dealt.streams.size(), 6u);
  EXPECT_EQ(dealt.bursts(), pattern.bursts());
  for (std::size_t s = 0; s < 6; ++s) {
    EXPECT_EQ(dealt.streams[s].write, s >= 3);
    EXPECT_TRUE(std::is_sorted(dealt.streams[s].addresses.begin(), dealt.streams[s].addresses.end()));
    for (const auto a : dealt.streams[s].addresses) ASSERT_EQ(map.locate(a).channel, static_cast<int>(s % 3));
  }
}

TEST(PerChannelStreams, CopyWaitsWithinAChannelOrIsRefused) {
  const auto copy = make_access_pattern("copy", ddr4(), 3).value();
  const auto two = dealt_to_channels(copy, AddressMap(ddr4(), 2, 64, BankMapping::bgi), 2).value();
  EXPECT_EQ(two.streams[2].after, 0);
  EXPECT_EQ(two.streams[3].after, 1);
  const auto three = dealt_to_channels(copy, AddressMap(ddr4(), 3, 64, BankMapping::bgi), 3);
  ASSERT_FALSE(three.ok());
  EXPECT_NE(three.problems().to_string().find("waits from channel to channel"), std::string::npos);
}

// One stream over eight channels stands still while any of them refreshes; a stream for each does not.
TEST(PerChannelStreams, DoNotWaitForTheRefreshesOfOthers) {
  const auto hbm = find_dram_standard("HBM2-2000").value();
  const auto spec = spec_of("HBM2-2000", 8);
  const auto pattern = make_access_pattern("seq16M", hbm, 8).value();
  const AddressMap map(hbm, 8, hbm.burst_bytes, BankMapping::bgi);
  const auto one = measure_pattern(spec, pattern).time;
  const auto each = measure_pattern(spec, dealt_to_channels(pattern, map, 8).value()).time;
  EXPECT_GT(one, each * 2);
  auto together = spec;
  together.bank_state.stagger_refresh = false;
  EXPECT_LT(each * 100, measure_pattern(together, pattern).time * 105);
}

}  // namespace
}  // namespace tessera::arch
