// Energy of whole runs: sums, provenance, power over time, and that measuring changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using arch::Femtojoules;
using nlohmann::json;

Execution tiny(std::vector<std::string> overrides = {}, const std::filesystem::path& out = {}) {
  return execute(shipped("tiny_8x8", "tiny_cnn", "depth_first", std::move(overrides)), out);
}

TEST(RunEnergy, ComponentsOperatorsAndPowerAddUpToTheTotal) {
  const Execution e = tiny();
  const auto& energy = *e.summary().energy;
  const Femtojoules total = energy.run.report.total;
  Femtojoules components{0}, operators = energy.unattributed, over_time{0};
  for (const auto c : energy.run.report.components) components += c;
  for (const auto& op : energy.operators) operators += op.energy;
  for (const auto& sample : energy.run.power) over_time += sample.energy;
  EXPECT_GT(total, Femtojoules{0});
  EXPECT_EQ(components, total);
  EXPECT_EQ(operators, total);
  EXPECT_EQ(over_time, total);
}

TEST(RunEnergy, CountsTheRunsOwnEvents) {
  const Execution e = tiny();
  std::map<std::string, std::int64_t> counts;
  for (const auto& use : e.summary().energy->run.report.figures) counts[use.name] = use.count;
  EXPECT_EQ(counts["mac.int8"], e.summary().macs);
  EXPECT_EQ(counts["dram.read"] + counts["dram.write"], e.summary().dram.read_bytes + e.summary().dram.write_bytes);
  EXPECT_EQ(counts["interconnect"], e.summary().dram.read_bytes + e.summary().dram.write_bytes);
}

TEST(RunEnergy, SummaryNamesEveryFigureWithItsSource) {
  const json s = json::parse(sim::summary_json(tiny().summary()));
  const double total = s.at("energy_uj");
  double sum = 0;
  for (const auto& figure : s.at("energy").at("figures")) {
    EXPECT_FALSE(figure.at("source").get<std::string>().empty());
    EXPECT_FALSE(figure.at("confidence").get<std::string>().empty());
    sum += figure.at("energy_uj").get<double>();
  }
  EXPECT_NEAR(sum, total, total * 1e-9);
  EXPECT_NEAR(s.at("average_power_mw").get<double>(), total * 1e6 / s.at("makespan_ns").get<double>(), 1e-6);
  EXPECT_GE(s.at("peak_power_mw"), s.at("average_power_mw"));
}

TEST(RunEnergy, OwnFigureGoesBeforeTheTables) {
  const Execution e = tiny({"energy.mac.int8=2 pJ/MAC"});
  for (const auto& use : e.summary().energy->run.report.figures) {
    if (use.name != "mac.int8") continue;
    EXPECT_EQ(use.energy, Femtojoules{e.summary().macs * 2000});
    EXPECT_EQ(use.figure.confidence, arch::Confidence::user);
    return;
  }
  FAIL() << "no figure mac.int8";
}

TEST(RunEnergy, DoesNotChangeTheRun) {
  const Execution with = tiny(), without = tiny({"energy.table=none"});
  EXPECT_FALSE(without.summary().energy);
  EXPECT_EQ(with.makespan(), without.makespan());
  EXPECT_EQ(sim::summary_json(without.summary()).find("energy_uj"), std::string::npos);
  EXPECT_NE(sim::summary_text(with.summary()).find("energy"), std::string::npos);
}

TEST(RunEnergy, PowerIsACounterTrackThatIntegratesToTheTotal) {
  const TempFolder out;
  const Execution e = tiny({}, out.path());
  const TraceFile file = read_trace(out / "trace.tsr");
  double femtojoules = 0;
  const trace::Record* before = nullptr;
  for (const auto& item : file.records) {
    if (item.record.name != trace::Name::counter) continue;
    EXPECT_EQ(file.header.units[item.record.unit].path, "power_uw");
    if (before != nullptr) {
      femtojoules += static_cast<double>(before->value()) * 1e-3 *
                     static_cast<double>((item.record.start - before->start).count());
    }
    before = &item.record;
  }
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(before->start, e.summary().makespan);
  EXPECT_EQ(before->value(), 0);
  const auto total = static_cast<double>(e.summary().energy->run.report.total.count());
  EXPECT_NEAR(femtojoules, total, total * 1e-3);  // samples are whole microwatts
  EXPECT_THAT(file.violations, testing::IsEmpty());
}

TEST(RunEnergy, UnknownTableIsNamedWithTheNextBest) {
  try {
    tiny({"energy.table=generic_7mn"});
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("generic_7nm"));
  }
}

}  // namespace
}  // namespace tessera::tests
