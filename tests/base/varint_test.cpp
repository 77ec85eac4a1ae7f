#include "base/varint.h"

#include <gtest/gtest.h>

#include <limits>

namespace tessera::base {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::string written(std::uint64_t v) {
  std::string out;
  put_varint(out, v);
  return out;
}

std::optional<std::uint64_t> read(std::string_view bytes) { return take_varint(bytes); }

TEST(Varint, TheBytesAreProtobufs) {
  EXPECT_EQ(written(0), "\0"s);
  EXPECT_EQ(written(1), "\x01");
  EXPECT_EQ(written(127), "\x7f");
  EXPECT_EQ(written(128), "\x80\x01");
  EXPECT_EQ(written(150), "\x96\x01");  // the example of protobuf's documentation
  EXPECT_EQ(written(300), "\xac\x02");
  EXPECT_EQ(written(16383), "\xff\x7f");
  EXPECT_EQ(written(16384), "\x80\x80\x01");
  EXPECT_EQ(written(kMost), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(Varint, ReadsBackAroundEveryPowerOfTwo) {
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t v : {power - 1, power, power + 1}) {
      const std::string bytes = written(v);
      EXPECT_EQ(read(bytes), v);
      // Seven bits a byte: 2^7 is the first of two bytes, 2^63 the first of ten.
      if (v == power) {
        EXPECT_EQ(bytes.size(), static_cast<std::size_t>(bit / 7 + 1));
      }
    }
  }
  EXPECT_EQ(read(written(kMost)), kMost);
}

TEST(Varint, TakesItsBytesOnly) {
  std::string_view in = "\xac\x02\x07";
  EXPECT_EQ(take_varint(in), 300u);
  EXPECT_EQ(in, "\x07");
}

TEST(Varint, BytesThatEndWithinANumberAreLeftAlone) {
  EXPECT_EQ(read(""), std::nullopt);
  std::string_view in = "\xff\xff";
  EXPECT_EQ(take_varint(in), std::nullopt);
  EXPECT_EQ(in, "\xff\xff");
}

TEST(Varint, NoNumberTakesElevenBytes) {
  const std::string nine(9, '\x80');
  EXPECT_EQ(read(nine + "\x01"), std::uint64_t{1} << 63);
  EXPECT_EQ(read(nine + "\x80\x01"), std::nullopt);
}

TEST(Varint, ALongerWayToWriteANumberIsRead) { EXPECT_EQ(read("\x81\x80\x00"s), 1u); }

TEST(Varint, BitsBeyondThe64thAreDropped) {
  const std::string nine(9, '\x80');
  EXPECT_EQ(read(nine + "\x03"), std::uint64_t{1} << 63);  // 2^63 + 2^64
}

}  // namespace
}  // namespace tessera::base
