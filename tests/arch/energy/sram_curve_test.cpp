#include "arch/energy/sram_curve.h"

#include <gtest/gtest.h>

namespace tessera::arch {
namespace {

EnergyFigure figure(std::int64_t pj, std::string row) {
  return {EnergyKind::byte, pj * 1'000'000, "tool", Confidence::computed, {std::move(row)}};
}

// Read 2, 4, 16 pJ at 1, 4, 64 KiB and 64 bits; half of that at 256 bits. Writes cost twice.
std::vector<SramPoint> points() {
  std::vector<SramPoint> list;
  for (const std::int64_t width : {64, 256}) {
    for (const auto& [kib, pj] : std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 2}, {4, 4}, {64, 16}}) {
      const std::int64_t read = width == 64 ? pj : pj / 2;
      list.push_back({kib * 1024, width, figure(read, "read"), figure(2 * read, "write")});
    }
  }
  return list;
}

std::int64_t read_pj(std::int64_t bytes, std::int64_t width) {
  return sram_energy(points(), bytes, width, SramDirection::read)->value;
}

TEST(SramCurve, MeetsItsPoints) {
  for (const SramPoint& p : points()) {
    EXPECT_EQ(sram_energy(points(), p.capacity, p.width, SramDirection::read), p.read);
    EXPECT_EQ(sram_energy(points(), p.capacity, p.width, SramDirection::write), p.write);
  }
}

TEST(SramCurve, IsAPowerLawBetweenPoints) {
  EXPECT_EQ(read_pj(16 * 1024, 64), 8'000'000);  // 4 KiB: 4, 64 KiB: 16, so the square root of capacity
  EXPECT_EQ(read_pj(4 * 1024, 128), 2'828'427);  // between 4 and 2: square root of 8
}

TEST(SramCurve, GoesOnWithTheSquareRootAboveAndStaysBelow) {
  EXPECT_EQ(read_pj(256 * 1024, 64), 32'000'000);
  EXPECT_EQ(read_pj(100, 64), 2'000'000);
  EXPECT_EQ(read_pj(4096, 8), 4'000'000);
  EXPECT_EQ(read_pj(4096, 4096), 2'000'000);
}

TEST(SramCurve, BetweenPointsIsDerivedAndNamesNoRow) {
  const auto f = *sram_energy(points(), 16 * 1024, 64, SramDirection::read);
  EXPECT_EQ(f.confidence, Confidence::derived);
  EXPECT_TRUE(f.rows.empty());
  EXPECT_EQ(f.source, "tool, between table points");
  EXPECT_EQ(sram_energy(points(), 16 * 1024, 128, SramDirection::read)->source, "tool, between table points");
}

TEST(SramCurve, KeepsTheWorstConfidence) {
  auto list = points();
  list[1].read.confidence = Confidence::recalled;
  EXPECT_EQ(sram_energy(list, 2048, 64, SramDirection::read)->confidence, Confidence::recalled);
}

TEST(SramCurve, NothingWithoutPoints) { EXPECT_FALSE(sram_energy({}, 1024, 64, SramDirection::read)); }

class ShippedCurve : public testing::TestWithParam<std::string> {};

TEST_P(ShippedCurve, RisesWithCapacity) {
  const auto table = find_energy_table(GetParam());
  ASSERT_TRUE(table.ok());
  for (const SramDirection d : {SramDirection::read, SramDirection::write}) {
    for (const std::int64_t width : {8, 64, 100, 256, 512, 4096}) {
      std::int64_t before = 0;
      for (std::int64_t bytes = 1024; bytes <= std::int64_t{64} << 20; bytes += bytes / 7) {
        const std::int64_t now = sram_energy(table->sram, bytes, width, d)->value;
        EXPECT_GE(now, before) << bytes << " B, " << width << " bit";
        before = now;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedCurve, testing::Values("generic_45nm", "generic_7nm"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace tessera::arch
