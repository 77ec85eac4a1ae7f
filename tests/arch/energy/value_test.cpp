#include <gtest/gtest.h>

#include "arch/spec/energy_value.h"

namespace tessera::arch {
namespace {

std::int64_t value(std::string_view text, EnergyKind kind) {
  const EnergyText read = parse_energy(text, kind);
  EXPECT_TRUE(read.value) << text << ": " << read.problem;
  return read.value.value_or(-1);
}

TEST(EnergyValue, IsWholeMillionths) {
  EXPECT_EQ(value("0.3 pJ/MAC", EnergyKind::mac), 300'000);
  EXPECT_EQ(value("0 pJ/op", EnergyKind::op), 0);
  EXPECT_EQ(value("0.000001 pJ", EnergyKind::event), 1);
  EXPECT_EQ(value("12 pJ/byte", EnergyKind::byte), 12'000'000);
  EXPECT_EQ(value("37.05 mW", EnergyKind::power), 37'050'000);
}

TEST(EnergyValue, ConvertsExactly) {
  EXPECT_EQ(value("5.26 pJ/bit", EnergyKind::byte), 42'080'000);
  EXPECT_EQ(value("1.205 nJ", EnergyKind::event), 1'205'000'000);
}

TEST(EnergyValue, ReadsBackWhatItWrites) {
  for (const EnergyKind kind :
       {EnergyKind::mac, EnergyKind::op, EnergyKind::byte, EnergyKind::event, EnergyKind::power}) {
    for (const std::int64_t v : {0LL, 1LL, 300'000LL, 42'080'000LL, 999'999'999'999LL}) {
      EXPECT_EQ(value(format_energy(v, kind), kind), v);
    }
  }
  EXPECT_EQ(format_energy(42'080'000, EnergyKind::byte), "42.08 pJ/byte");
}

TEST(EnergyValue, RefusesWhatHasNoUnitOfItsKind) {
  EXPECT_EQ(parse_energy("0.3", EnergyKind::mac).problem, "needs a unit (pJ/MAC): write for example \"0.3 pJ/MAC\"");
  EXPECT_EQ(parse_energy("3 pJ/bit", EnergyKind::mac).problem,
            "needs a unit (pJ/MAC): write for example \"0.3 pJ/MAC\"");
  EXPECT_EQ(parse_energy("3 W", EnergyKind::power).problem, "needs a unit (mW): write for example \"12.5 mW\"");
}

TEST(EnergyValue, RefusesWhatIsNoPlainDecimalInRange) {
  for (const char* text : {"-1 pJ/MAC", "1e3 pJ/MAC", ".5 pJ/MAC", "5. pJ/MAC", "1.2.3 pJ/MAC", " pJ/MAC",
                           "0.0000001 pJ/MAC", "1000001 pJ/MAC", "99999999999999999999999 pJ/MAC", "0x1 pJ/MAC"}) {
    const EnergyText read = parse_energy(text, EnergyKind::mac);
    EXPECT_FALSE(read.value) << text;
    EXPECT_NE(read.problem.find("0 to 1000000"), std::string::npos) << read.problem;
  }
  EXPECT_TRUE(parse_energy("1000000 pJ/MAC", EnergyKind::mac).value);
}

}  // namespace
}  // namespace tessera::arch
