// Energy of whole runs: sums, provenance, power over time, and that measuring changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
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

// A hit and a write-back read the shared SRAM's banks; a store, one that is written through, and a fill write them.
TEST(MemoryCounts, ByHand) {
  arch::MemoryStatistics dram;
  dram.read_bytes = 1000;
  dram.write_bytes = 500;
  dram.merged_bytes = 77;
  dram.activates = 3;
  dram.refreshes = 2;
  arch::SharedSramStatistics shared;
  shared.read_hit_bytes = 10;
  shared.read_miss_bytes = 200;
  shared.write_bytes = 3000;
  shared.write_through_bytes = 40'000;
  shared.write_back_bytes = 500'000;
  shared.dropped_dirty_bytes = 6'000'000;
  const arch::MemoryCounts without = sim::memory_counts(dram, std::nullopt);
  EXPECT_EQ(without.dram_read_bytes, 1000) << "what was merged did not move";
  EXPECT_EQ(without.dram_write_bytes, 500);
  EXPECT_EQ(without.activates, 3);
  EXPECT_EQ(without.refreshes, 2);
  EXPECT_EQ(without.shared_read_bytes, 0);
  EXPECT_EQ(without.shared_write_bytes, 0);
  const arch::MemoryCounts with = sim::memory_counts(dram, shared);
  EXPECT_EQ(with.shared_read_bytes, 500'010);
  EXPECT_EQ(with.shared_write_bytes, 43'200);
}

std::map<std::string, std::int64_t> figure_counts(const Execution& e) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& use : e.summary().energy->run.report.figures) counts[use.name] += use.count;
  return counts;
}

// 6 x 6 x 8 results of a convolution: relu is one comparison for each, leaky relu one addition and one multiplication.
TEST(RunEnergy, PostOperationsCostVectorOperationsByHand) {
  const auto run = [](const std::string& activation) {
    const TempFolder folder;
    std::ofstream(folder / "net.yaml") << "network: posts\ninputs:\n  x: [1, 4, 6, 6]\nlayers:\n"
                                          "  - {name: conv, op: conv, out: 8, kernel: 1" +
                                              activation + "}\n";
    sim::RunArguments a = shipped("tiny_8x8", "tiny_cnn");
    a.model_file = folder / "net.yaml";
    return figure_counts(execute(a));
  };
  const std::int64_t results = 6 * 6 * 8;
  EXPECT_EQ(run("")["vector_add.int8"], 0);
  EXPECT_EQ(run(", activation: relu")["vector_add.int8"], results);
  EXPECT_EQ(run(", activation: relu")["vector_multiply.int8"], 0);
  EXPECT_EQ(run(", activation: leaky_relu")["vector_add.int8"], results);
  EXPECT_EQ(run(", activation: leaky_relu")["vector_multiply.int8"], results);
}

// 40000 weights for each of 8 results are more than a slot holds: the reduction is cut into slices, and relu looks at
// each result once, when the last slice is done.
TEST(RunEnergy, APostIsPaidOnceForAllSlices) {
  const TempFolder folder;
  std::ofstream(folder / "net.yaml") << "network: slices\ninputs:\n  x: [1, 40000, 1, 1]\nlayers:\n"
                                        "  - {name: conv, op: conv, out: 8, kernel: 1, activation: relu}\n";
  sim::RunArguments a = shipped("tiny_8x8", "tiny_cnn");
  a.model_file = folder / "net.yaml";
  const Execution e = execute(a);
  ASSERT_GT(e.summary().tiles, e.summary().groups);
  EXPECT_EQ(figure_counts(e)["vector_add.int8"], 8);
  EXPECT_EQ(figure_counts(e)["mac.int8"], 8 * 40'000);
}

TEST(RunSummary, MacsAtAPrecisionAreThoseOfAllRequests) {
  const sim::RunSummary s = tiny({"requests.count=3"}).summary();
  EXPECT_EQ(s.macs_at[static_cast<std::size_t>(arch::Precision::int8)], static_cast<std::int64_t>(s.macs));
  EXPECT_EQ(s.macs, 3 * tiny().summary().macs);
}

// By hand: the bytes of both directions over 1.6 GB/s and the makespan.
TEST(RunSummary, SharesOfTheMemoryByHand) {
  const Execution e = tiny();
  const auto& s = e.summary();
  ASSERT_GT(s.dram.write_bytes, 0);
  ASSERT_GT(s.dram.read_bytes, s.dram.write_bytes);
  const json summary = json::parse(sim::summary_json(s));
  const double at_peak = 1.6e9 * static_cast<double>(s.makespan.count()) * 1e-12;
  EXPECT_NEAR(summary.at("dram_bandwidth_utilization").get<double>(),
              static_cast<double>(s.dram.read_bytes + s.dram.write_bytes) / at_peak, 1e-9);
  EXPECT_TRUE(summary.at("shared_sram_utilization").is_null());
  std::int64_t moved = 0;
  for (const auto& c : s.measures.channels) moved += c.read_bytes + c.write_bytes;
  // 8 B/cycle each way at 200 MHz.
  EXPECT_NEAR(summary.at("dma_utilization").get<double>(), static_cast<double>(moved) / (2 * at_peak), 1e-9);
  const Execution shared =
      tiny({"shared_sram.capacity=64 KiB", "shared_sram.line=64 B", "shared_sram.bytes_per_cycle=16 B/cycle"});
  const json with = json::parse(sim::summary_json(shared.summary()));
  std::int64_t through = 0;
  for (const auto& c : shared.summary().measures.channels) through += c.read_bytes + c.write_bytes;
  const double port = 3.2e9 * static_cast<double>(shared.makespan()) * 1e-12;
  EXPECT_NEAR(with.at("shared_sram_utilization").get<double>(), static_cast<double>(through) / port, 1e-9);
}

TEST(RunEnergy, OfARequestIsItsShare) {
  const json s = json::parse(sim::summary_json(tiny({"requests.count=4"}).summary()));
  EXPECT_NEAR(s.at("energy_per_request_uj").get<double>() * 4, s.at("energy_uj").get<double>(), 1e-9);
}

TEST(RunEnergy, AFigureThatNothingAsksForIsRefused) {
  try {
    tiny({"energy.dram_figures.activate=1 nJ"});  // LPDDR4 has one figure for a bit
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("energy.dram_figures.activate has no effect beside"));
  }
}

}  // namespace
}  // namespace tessera::tests
