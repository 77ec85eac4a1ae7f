#include "base/config/parameter_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::base {
namespace {

struct Spec {
  std::int64_t rows = 0;
  Bytes size{0};
  Clock clock;
  bool on = false;
  int kind = 0;
  double share = 0;
  std::string word;
  friend bool operator==(const Spec&, const Spec&) = default;
};

ParameterTable<Spec> table() {
  ParameterTable<Spec> t;
  t.integer("unit.array.rows", 0, Range::between(1, 64), "rows", TESSERA_FIELD(rows)).required();
  t.quantity("unit.size", "1 KiB", Dimension::bytes, Range::positive(), "size", TESSERA_FIELD(size));
  t.quantity("clock", "1 GHz", Dimension::frequency, Range::positive(), "clock", TESSERA_FIELD(clock));
  t.flag("unit.on", true, "on", TESSERA_FIELD(on));
  t.choice<int>("kind", 2, {{"one", 1}, {"two", 2}}, "kind", TESSERA_FIELD(kind));
  t.real("share", 0.8, {0, 1}, "share", TESSERA_FIELD(share));
  t.text("word", "w", "word", TESSERA_FIELD(word));
  return t;
}

std::string problems_of(const std::string& text) {
  Spec spec;
  Diagnostics problems;
  table().read(*parse_yaml(text, "t.yaml"), spec, problems);
  return problems.to_string();
}

TEST(ParameterTable, DefaultsThenTheFile) {
  Spec spec;
  Diagnostics problems;
  table().read(*parse_yaml("unit: {array: {rows: 8}, on: false}\nkind: one\n", "t.yaml"), spec, problems);
  EXPECT_TRUE(problems.empty()) << problems.to_string();
  EXPECT_EQ(spec, (Spec{8, Bytes{1024}, Clock::from_hz(1'000'000'000), false, 1, 0.8, "w"}));
}

TEST(ParameterTable, WritesWhatReadsBack) {
  const Spec spec{63, Bytes{1000}, Clock::from_hz(333'333'333), true, 1, 0.1, "010"};
  const std::string text = write_yaml(table().write(spec));
  Spec back;
  Diagnostics problems;
  table().read(*parse_yaml(text, "t.yaml"), back, problems);
  EXPECT_TRUE(problems.empty()) << problems.to_string();
  EXPECT_EQ(back, spec) << text;
}

TEST(ParameterTable, ReportsAllAtOnce) {
  EXPECT_EQ(problems_of("unit: {aray: 3, array: {rows: 65}}\nshare: 2\n"),
            "t.yaml:1:8: unknown key \"aray\" in unit, did you mean \"array\"?\n"
            "  unit: {aray: 3, array: {rows: 65}}\n         ^\n"
            "t.yaml:1:31: unit.array.rows is 65: must be 1 to 64\n"
            "  unit: {aray: 3, array: {rows: 65}}\n                                ^\n"
            "t.yaml:2:8: share is 2: must be 0 to 1\n  share: 2\n         ^\n");
}

TEST(ParameterTable, AKeyOfAnotherSectionIsSentHome) {
  EXPECT_THAT(problems_of("rows: 8\n"), testing::HasSubstr("unknown key \"rows\"; it belongs in unit.array"));
}

TEST(ParameterTable, MissingIsReportedAtTheDeepestMapThatIsThere) {
  EXPECT_EQ(problems_of("unit:\n  on: true\n"),
            "t.yaml:2:3: missing unit.array.rows (whole number, 1 to 64)\n    on: true\n    ^\n");
}

TEST(ParameterTable, AWrongSectionIsNotAlsoMissing) {
  EXPECT_EQ(problems_of("unit: 3\n"),
            "t.yaml:1:7: unit must be a map of keys and values, not \"3\"\n  unit: 3\n        ^\n");
}

TEST(ParameterTable, KnowsItsPaths) {
  const auto t = table();
  for (const char* path : {"unit", "unit.array", "unit.array.rows", "kind", "kind[0]"})
    EXPECT_TRUE(t.knows(path)) << path;
  for (const char* path : {"uni", "unit.arr", "unit.array.row", "kinds", "x"}) EXPECT_FALSE(t.knows(path)) << path;
}

}  // namespace
}  // namespace tessera::base
