// The shipped tables against the collected figures that they claim to come from.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "arch/energy/table.h"
#include "arch/spec/energy_spec.h"
#include "tests/support/csv.h"
#include "tests/support/truth_tables.h"

namespace tessera::arch {
namespace {

struct NamedFigure {
  std::string name;
  EnergyFigure figure;
};

std::vector<NamedFigure> all_figures(const EnergyTable& t) {
  std::vector<NamedFigure> all;
  for (const auto& [name, f] : t.figures) all.push_back({name, f});
  for (std::size_t i = 0; i < t.sram.size(); ++i) {
    all.push_back({"sram[" + std::to_string(i) + "].read", t.sram[i].read});
    all.push_back({"sram[" + std::to_string(i) + "].write", t.sram[i].write});
  }
  for (const auto& [section, figures] : t.dram) {
    for (const auto& [name, f] : figures) all.push_back({"dram." + section + "." + name, f});
  }
  return all;
}

EnergyTable shipped(const std::string& name) {
  auto t = find_energy_table(name);
  EXPECT_TRUE(t.ok()) << (t.ok() ? "" : t.problems().to_string());
  return t.ok() ? *t : EnergyTable{};
}

struct TruthRow {
  double pj = 0;  // per MAC, op, byte, event; or mW
  std::string confidence;
};

// A row's value in the units that figures are kept in.
double converted(double value, const std::string& unit) {
  if (unit == "pJ/64b access") return value / 8;
  if (unit == "pJ/bit") return value * 8;
  if (unit == "nJ") return value * 1000;
  return value;
}

// By "item,width,node".
std::map<std::string, TruthRow> truth_rows(tests::Truth truth) {
  std::map<std::string, TruthRow> rows;
  for (const auto& row : tests::read_csv(tests::truth_table(truth, "energy.csv"))) {
    const std::string& value = row.at("value");
    if (value.empty() || value.find_first_not_of("0123456789.") != std::string::npos) continue;
    rows[row.at("item") + "," + row.at("width") + "," + row.at("node_nm")] = {
        converted(std::stod(value), row.at("unit")), row.at("confidence")};
  }
  return rows;
}

Confidence confidence_of(const std::string& words) {
  if (words.find("RECALLED") != std::string::npos) return Confidence::recalled;
  if (words.starts_with("verified")) return Confidence::verified;
  if (words.starts_with("computed")) return Confidence::computed;
  return Confidence::derived;
}

class ShippedTable : public testing::TestWithParam<std::string> {};

TEST_P(ShippedTable, EveryFigureHasSourceAndConfidence) {
  const auto all = all_figures(shipped(GetParam()));
  ASSERT_FALSE(all.empty());
  for (const auto& [name, f] : all) {
    EXPECT_FALSE(f.source.empty()) << name;
    EXPECT_GT(f.value, 0) << name;
    EXPECT_NE(f.confidence, Confidence::user) << name;
    // Who claims to have read or calculated says where it can be checked.
    if (f.confidence == Confidence::verified || f.confidence == Confidence::computed) {
      EXPECT_FALSE(f.rows.empty()) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedTable, testing::ValuesIn(energy_table_names()),
                         [](const auto& p) { return p.param; });

class ShippedFigures : public testing::TestWithParam<std::tuple<tests::Truth, std::string>> {};

// A figure is the sum of the rows that it names. Of a few rows only, those figures are checked whose rows are there.
TEST_P(ShippedFigures, AreTheRowsThatTheyClaim) {
  const auto& [truth, table] = GetParam();
  TESSERA_NEED_TRUTH(truth);
  const bool whole = truth == tests::Truth::whole_table;
  const auto rows = truth_rows(truth);
  ASSERT_GE(rows.size(), whole ? 100u : 15u);
  int checked = 0;
  for (const auto& [name, f] : all_figures(shipped(table))) {
    const auto known = [&](const std::string& row) { return rows.contains(row); };
    if (f.rows.empty() || (!whole && !std::all_of(f.rows.begin(), f.rows.end(), known))) continue;
    double sum = 0;
    for (const std::string& row : f.rows) {
      const auto found = rows.find(row);
      ASSERT_NE(found, rows.end()) << name << " claims a row that is not there: " << row;
      sum += found->second.pj;
      EXPECT_EQ(f.confidence, confidence_of(found->second.confidence)) << name << ": " << row;
    }
    EXPECT_NEAR(f.value_pj(), sum, 1e-9 * std::max(1.0, sum)) << name;
    ++checked;
  }
  EXPECT_GE(checked, whole ? 6 : 4);
}

INSTANTIATE_TEST_SUITE_P(All, ShippedFigures,
                         testing::Combine(tests::both_truths(), testing::ValuesIn(energy_table_names())),
                         [](const auto& p) {
                           return std::get<1>(p.param) + "_" + tests::to_string(std::get<0>(p.param));
                         });

class Technology : public testing::TestWithParam<std::string> {};

TEST_P(Technology, HasEveryPrecisionAndAnSram) {
  const EnergyTable t = shipped(GetParam());
  for (const EnergyFigureInfo& info : kEnergyFigures) {
    if (info.kind != EnergyKind::power) {
      EXPECT_TRUE(t.figures.contains(info.name)) << info.name;
    }
  }
  EXPECT_GE(t.sram.size(), 3u);
  EXPECT_TRUE(t.dram.contains("HBM2-2000"));
}

// Where no row was collected the value follows from others by the rule in its source.
TEST_P(Technology, DerivedFiguresFollowTheirRule) {
  const EnergyTable t = shipped(GetParam());
  const auto pj = [&](const char* name) { return t.figures.at(name).value_pj(); };
  const bool old = GetParam() == "generic_45nm";
  const double add32 = old ? 0.1 : 0.03, mul32 = old ? 3.1 : 1.48;
  EXPECT_NEAR(pj("vector_multiply.int16"), std::sqrt(pj("vector_multiply.int8") * mul32), 6e-4);
  EXPECT_NEAR(pj("mac.int16"), pj("vector_multiply.int16") + add32, 6e-4);
  const double add8 = pj("vector_add.int8"), mul8 = pj("vector_multiply.int8");
  EXPECT_NEAR(pj("vector_multiply.int4"), mul8 * std::sqrt(mul8 / mul32), 6e-5);
  EXPECT_NEAR(pj("vector_add.int4"), add8 * std::sqrt(add8 / add32), 6e-5);
  EXPECT_NEAR(pj("mac.int4"), pj("vector_multiply.int4") + add32, 6e-5);
  const auto narrowed = [&](const std::string& of) {
    return pj((of + ".fp16").c_str()) * pj((of + ".fp16").c_str()) / pj((of + ".fp32").c_str());
  };
  EXPECT_NEAR(pj("vector_multiply.fp8"), narrowed("vector_multiply"), 6e-5);
  EXPECT_NEAR(pj("vector_add.fp8"), narrowed("vector_add"), 6e-5);
  EXPECT_NEAR(pj("mac.fp8"), pj("vector_multiply.fp8") + pj("vector_add.fp32"), 1e-4);
  EXPECT_NEAR(pj("mac.bf16"), pj("vector_multiply.bf16") + pj("vector_add.fp32"), 6e-4);
  if (old) {
    EXPECT_NEAR(pj("vector_multiply.bf16"), 1.1 * 0.21 / 0.34, 6e-4);
    EXPECT_NEAR(pj("vector_add.bf16"), 0.4 * 0.11 / 0.16, 6e-4);
  } else {
    EXPECT_NEAR(pj("vector_add.int16"), std::sqrt(0.007 * 0.03), 6e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Technology, testing::Values("generic_45nm", "generic_7nm"),
                         [](const auto& p) { return p.param; });

TEST(ShippedMemories, Lpddr5IsLeftToTheUser) {
  for (const auto& [section, figures] : shipped("memories").dram) EXPECT_EQ(section.find("LPDDR5"), std::string::npos);
}

TEST(ShippedMemories, DerivedDdr4FiguresFollowTheirRule) {
  const auto dram = shipped("memories").dram;
  EXPECT_NEAR(dram.at("DDR4-3200").at("activate").value_pj(), (31.95 - 13.58) * 512, 1);
  EXPECT_NEAR(dram.at("DDR4-2400").at("write").value_pj(), 8 * 11.07 * 12.14 / 13.58, 0.01);
}

}  // namespace
}  // namespace tessera::arch
