// The reader of energy tables: what it takes, and what it says about what it does not.
#include "arch/energy/table.h"

#include <gmock/gmock.h>

#include "arch/energy/table_keys.h"

namespace tessera::arch {
namespace {

using testing::HasSubstr;

EnergyTable read(std::string text) {
  auto table = parse_energy_table(std::move(text), "t.yaml");
  EXPECT_TRUE(table.ok()) << (table.ok() ? "" : table.problems().to_string());
  return table.ok() ? *table : EnergyTable{};
}

std::string problems(std::string text) {
  const auto table = parse_energy_table(std::move(text), "t.yaml");
  return table.ok() ? "no problem" : table.problems().to_string();
}

TEST(EnergyTable, CarriesValueSourceConfidenceAndRows) {
  const EnergyTable t = read(R"(
name: mine
mac:
  int8: {value: 0.25 pJ/MAC, source: "layout of our cell", confidence: computed, rows: ["a,8,7", "b,8,7"]}
)");
  const EnergyFigure& f = t.figures.at("mac.int8");
  EXPECT_EQ(f.value, 250'000);
  EXPECT_DOUBLE_EQ(f.value_pj(), 0.25);
  EXPECT_EQ(f.source, "layout of our cell");
  EXPECT_EQ(f.confidence, Confidence::computed);
  EXPECT_THAT(f.rows, testing::ElementsAre("a,8,7", "b,8,7"));
}

TEST(EnergyTable, SortsSramPointsByWidthThenCapacity) {
  const EnergyTable t = read(R"(
name: mine
sram:
  - {capacity: 64 KiB, width: 64, read: 2 pJ/byte, write: 3 pJ/byte, source: s, confidence: computed}
  - {capacity: 8 KiB, width: 512, read: 1 pJ/byte, write: 1 pJ/byte, source: s, confidence: computed}
  - {capacity: 8 KiB, width: 64, read: 1 pJ/byte, write: 1.5 pJ/byte, source: s, confidence: computed}
)");
  ASSERT_EQ(t.sram.size(), 3u);
  EXPECT_EQ(t.sram[0].capacity, 8192);
  EXPECT_EQ(t.sram[0].write.value, 1'500'000);
  EXPECT_EQ(t.sram[1].capacity, 65536);
  EXPECT_EQ(t.sram[2].width, 512);
}

TEST(EnergyTable, TakesTheMemoriesOfAnotherTable) {
  const EnergyTable t = read("name: mine\ndram: memories\n");
  EXPECT_EQ(t.dram.at("DDR3").at("bit").value, 8 * 70'000'000);
}

TEST(EnergyTable, MemoriesAreTakenOneStepOnly) {
  // generic_7nm takes its memories from elsewhere itself.
  EXPECT_THAT(problems("name: mine\ndram: generic_7nm\n"), HasSubstr("dram must hold the memories here"));
  EXPECT_THAT(problems("name: mine\ndram: memorys\n"),
              HasSubstr("t.yaml:2:7: dram: unknown energy table \"memorys\", did you mean \"memories\"?"));
}

struct BadTable {
  const char* name;
  const char* text;
  const char* message;
};
void PrintTo(const BadTable& t, std::ostream* out) { *out << t.name; }

class BadEnergyTable : public testing::TestWithParam<BadTable> {};

TEST_P(BadEnergyTable, IsRefusedWithPlaceAndReason) {
  EXPECT_THAT(problems(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Reader, BadEnergyTable,
    testing::Values(
        BadTable{"NoName", "technology: 7 nm\n", "name"},
        BadTable{"UnknownKey", "name: t\nmack: {}\n", "t.yaml:2:1: unknown key \"mack\", did you mean \"mac\"?"},
        BadTable{"UnknownPrecision", "name: t\nmac: {int7: {value: 1 pJ/MAC, source: s, confidence: derived}}\n",
                 "unknown key \"int7\" in mac"},
        BadTable{"NoUnit", "name: t\nmac:\n  int8: {value: 0.3, source: s, confidence: derived}\n",
                 "t.yaml:3:9: mac.int8.value needs a unit (pJ/MAC): write for example \"0.3 pJ/MAC\", not \"0.3\""},
        BadTable{"WrongUnit", "name: t\nleakage: {core: {value: 3 pJ, source: s, confidence: derived}}\n",
                 "leakage.core.value needs a unit (mW)"},
        BadTable{"NoSource", "name: t\nmac: {int8: {value: 1 pJ/MAC, confidence: derived}}\n",
                 "t.yaml:2:13: missing key \"source\" in mac.int8"},
        BadTable{"NoConfidence", "name: t\nmac: {int8: {value: 1 pJ/MAC, source: s}}\n",
                 "missing key \"confidence\" in mac.int8 (one of verified, computed, derived, recalled, assumed)"},
        BadTable{"UnknownConfidence", "name: t\nmac: {int8: {value: 1 pJ/MAC, source: s, confidence: verifed}}\n",
                 "mac.int8.confidence must be one of verified, computed, derived, recalled, assumed, not \"verifed\", "
                 "did you mean \"verified\"?"},
        BadTable{"ConfidenceUserIsForMachines",
                 "name: t\nmac: {int8: {value: 1 pJ/MAC, source: s, confidence: user}}\n",
                 "mac.int8.confidence must be one of"},
        BadTable{"FigureAsNumber", "name: t\nmac: {int8: 1 pJ/MAC}\n", "mac.int8 must be a map"},
        BadTable{
            "SramTwice",
            "name: t\nsram:\n"
            "  - {capacity: 8 KiB, width: 64, read: 2 pJ/byte, write: 3 pJ/byte, source: s, confidence: computed}\n"
            "  - {capacity: 8 KiB, width: 64, read: 2 pJ/byte, write: 3 pJ/byte, source: s, confidence: computed}\n",
            "sram has two points of 8192 B and 64 bits"},
        BadTable{
            "SramZero",
            "name: t\nsram:\n"
            "  - {capacity: 8 KiB, width: 64, read: 0 pJ/byte, write: 3 pJ/byte, source: s, confidence: computed}\n",
            "sram[0]: read and write must be above 0"},
        BadTable{"SramOneRow",
                 "name: t\nsram:\n"
                 "  - {capacity: 8 KiB, width: 64, read: 1 pJ/byte, write: 3 pJ/byte, source: s, confidence: computed, "
                 "rows: [a]}\n",
                 "sram[0].rows must name two rows"},
        BadTable{"DramHalf", "name: t\ndram: {X: {read: {value: 1 pJ/bit, source: s, confidence: computed}}}\n",
                 "dram.X must have either bit alone, or read and write"},
        BadTable{"DramBoth",
                 "name: t\ndram:\n  X:\n    bit: &f {value: 1 pJ/bit, source: s, confidence: computed}\n    read: *f\n "
                 "   write: *f\n",
                 "dram.X must have either bit alone, or read and write"},
        BadTable{"DramList", "name: t\ndram: [a]\n",
                 "dram must be a map of memories or the name of a table, not a list"},
        BadTable{"NoYaml", "name: [\n", "t.yaml"}),
    [](const auto& p) { return std::string(p.param.name); });

TEST(EnergyTable, UnknownNameSaysWhichThereAre) {
  const auto table = find_energy_table("generic_7mn");
  ASSERT_FALSE(table.ok());
  EXPECT_THAT(table.problems().to_string(), HasSubstr("unknown energy table \"generic_7mn\", did you mean "
                                                      "\"generic_7nm\"? (known: generic_45nm, generic_7nm, memories; "
                                                      "or the path of a .yaml file)"));
}

TEST(EnergyTable, UserFileByPath) {
  const auto table = find_energy_table(std::string(TESSERA_SOURCE_DIR) + "/configs/energy/generic_45nm.yaml");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->name, "generic_45nm");
  const auto missing = find_energy_table("nowhere/mine.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.problems().to_string(), HasSubstr("nowhere/mine.yaml"));
}

// Every figure at the limits that the table of keys states, and one step beyond.
TEST(EnergyTable, FiguresAreTakenAtTheirLimits) {
  int figures = 0;
  for (const auto& key : energy_table_keys()) {
    if (key.kind != "figure" || key.path.starts_with("FIGURE")) continue;
    const std::string unit = key.unit.substr(0, key.unit.find(','));
    const std::string name = key.path.substr(key.path.rfind('.') + 1);
    const bool of_memory = key.path.starts_with("dram.");
    const auto text = [&](const std::string& value) {
      const auto figure = [&](const std::string& n, const std::string& v, const std::string& u) {
        return n + ": {value: " + v + " " + u + ", source: s, confidence: assumed}";
      };
      std::string nested = "{" + figure(name, value, unit);
      // What comes on top of reads and writes needs both.
      for (const char* other : {"read", "write"})
        if (of_memory && name != "bit" && name != other) nested += ", " + figure(other, "1", "pJ/byte");
      nested += "}";
      if (of_memory) nested = "{MEMORY: " + nested + "}";
      const std::size_t dot = key.path.find('.');
      if (dot == std::string::npos) return "name: mine\n" + figure(name, value, unit) + "\n";
      return "name: mine\n" + key.path.substr(0, dot) + ": " + nested + "\n";
    };
    EXPECT_EQ(problems(text("0")), "no problem") << text("0");
    EXPECT_EQ(problems(text("1000000")), "no problem") << text("1000000");
    EXPECT_NE(problems(text("1000001")), "no problem") << text("1000001");
    ++figures;
  }
  EXPECT_EQ(figures, 32);
}

}  // namespace
}  // namespace tessera::arch
