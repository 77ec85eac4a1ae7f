#include "base/config/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tessera::base {
namespace {

using testing::HasSubstr;

std::int64_t value(std::string_view text, Dimension d) {
  const auto read = parse_quantity(text, d);
  EXPECT_TRUE(read.value) << text << " " << read.problem;
  return read.value.value_or(-1);
}

TEST(Quantity, EveryUnitIsExact) {
  EXPECT_EQ(value("32 KiB", Dimension::bytes), 32768);
  EXPECT_EQ(value("1.5 MiB", Dimension::bytes), 1'572'864);
  EXPECT_EQ(value("2 kB", Dimension::bytes), 2000);
  EXPECT_EQ(value("64 B/cycle", Dimension::bytes_per_cycle), 64);
  EXPECT_EQ(value("13.6 B/cycle", Dimension::rate), 13'600) << "thousandths";
  EXPECT_EQ(value("0.001 B/cycle", Dimension::rate), 1);
  EXPECT_EQ(format_quantity(13'600, Dimension::rate), "13.6 B/cycle");
  EXPECT_EQ(format_quantity(1, Dimension::rate), "0.001 B/cycle");
  EXPECT_EQ(format_quantity(64'000, Dimension::rate), "64 B/cycle");
  EXPECT_EQ(value("25.6 GB/s", Dimension::bandwidth), 25'600'000'000);
  EXPECT_EQ(value("1.6GHz", Dimension::frequency), 1'600'000'000);
  EXPECT_EQ(value("0.625 ns", Dimension::time), 625);
  EXPECT_EQ(value("1 cycle", Dimension::cycles), 1);
  EXPECT_EQ(value("16 cycles", Dimension::cycles), 16);
}

struct Wrong {
  std::string_view text;
  Dimension dimension;
  std::string_view says;
};
void PrintTo(const Wrong& w, std::ostream* out) { *out << '"' << w.text << '"'; }

class QuantityErrors : public testing::TestWithParam<Wrong> {};

TEST_P(QuantityErrors, SayWhatWouldBeRight) {
  const auto read = parse_quantity(GetParam().text, GetParam().dimension);
  EXPECT_FALSE(read.value);
  EXPECT_THAT(read.problem, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(All, QuantityErrors,
                         testing::Values(Wrong{"1", Dimension::frequency, "needs a unit (Hz, kHz, MHz, GHz)"},
                                         Wrong{"262144", Dimension::bytes, "needs a unit"},
                                         Wrong{"0", Dimension::cycles, "needs a unit"},
                                         Wrong{"1 ns", Dimension::frequency, "is a time, must be a frequency"},
                                         Wrong{"64 B", Dimension::bytes_per_cycle, "is a size, must be a width"},
                                         Wrong{"13.6 B/cycle", Dimension::bytes_per_cycle, "a whole number of B/cycle"},
                                         Wrong{"13.6001 B/cycle", Dimension::rate, "number of thousandths of B/cycle"},
                                         Wrong{"13.6 GB/s", Dimension::rate, "is a bandwidth, must be a rate"},
                                         Wrong{"13.6", Dimension::rate, "needs a unit (B/cycle)"},
                                         Wrong{"32 KB", Dimension::bytes, "KiB is 1024 B, kB is 1000 B"},
                                         Wrong{"32 kib", Dimension::bytes, "unknown unit \"kib\""},
                                         Wrong{"010 B", Dimension::bytes, "must be a size"},
                                         Wrong{"0.3 B", Dimension::bytes, "is not a whole number of B"},
                                         Wrong{"0.0001 ns", Dimension::time, "is not a whole number of ps"},
                                         Wrong{"1..5 GHz", Dimension::frequency, "must be a frequency"},
                                         Wrong{"fast", Dimension::frequency, "must be a frequency"},
                                         Wrong{"", Dimension::bytes, "must be a size"},
                                         Wrong{"999999999999 GiB", Dimension::bytes, "is too large"},
                                         Wrong{"99999999999999999999 B", Dimension::bytes, "must be a size"}));

TEST(Quantity, WhatIsWrittenReadsBack) {
  std::mt19937_64 random(7);
  for (const Dimension d : {Dimension::bytes, Dimension::bytes_per_cycle, Dimension::bandwidth, Dimension::frequency,
                            Dimension::time, Dimension::cycles}) {
    for (int i = 0; i < 5000; ++i) {
      std::int64_t v = static_cast<std::int64_t>(random() >> (1 + random() % 62));
      if (i % 3 == 0) v = v / 1000 * 1000;
      if (i % 3 == 1) v = v >> 10 << 10;
      // Digits beyond 18 are refused on reading; no quantity of a machine is that large.
      if (v > 900'000'000'000'000'000) continue;
      ASSERT_EQ(value(format_quantity(v, d), d), v) << format_quantity(v, d);
    }
  }
}

TEST(Quantity, IsWrittenAsPeopleWouldWriteIt) {
  EXPECT_EQ(format_quantity(262144, Dimension::bytes), "256 KiB");
  EXPECT_EQ(format_quantity(1000, Dimension::bytes), "1000 B");
  EXPECT_EQ(format_quantity(12'800'000'000, Dimension::bandwidth), "12.8 GB/s");
  EXPECT_EQ(format_quantity(940'000'000, Dimension::frequency), "940 MHz");
  EXPECT_EQ(format_quantity(0, Dimension::time), "0 ps");
  EXPECT_EQ(format_quantity(1, Dimension::cycles), "1 cycle");
}

TEST(Integer, IsDecimalOnly) {
  EXPECT_EQ(parse_integer("10"), 10);
  EXPECT_EQ(parse_integer("-3"), -3);
  EXPECT_EQ(parse_integer("0"), 0);
  for (const char* text : {"010", "0x10", "1e3", "1_000", "+1", "", "-", "1 ", "9223372036854775808"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

TEST(Real, RefusesWhatYamlWouldGuess) {
  EXPECT_EQ(parse_real("0.25"), 0.25);
  EXPECT_EQ(parse_real("1.5e-3"), 0.0015);
  for (const char* text : {".inf", "nan", "inf", "012.5", "0x1p3", "", "1,5"}) EXPECT_FALSE(parse_real(text)) << text;
}

}  // namespace
}  // namespace tessera::base
