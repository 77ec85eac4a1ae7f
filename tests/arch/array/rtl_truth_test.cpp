// Every row of the tables of RTL arrays: cycles by the machine file of that array, and by the register model.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "arch/array/register_array.h"
#include "arch/spec/npu_reader.h"
#include "tests/support/csv.h"
#include "tests/support/truth_tables.h"

namespace tessera::arch {
namespace {

struct Row {
  std::string rtl;
  std::int64_t rows, columns, m, k, n, cycles;
};

std::vector<Row> read_rows(const std::filesystem::path& file) {
  std::vector<Row> rows;
  for (const auto& row : tests::read_csv(file)) {
    const auto of = [&](const char* column) { return tests::number(row, column); };
    rows.push_back({row.at("rtl"), of("rows"), of("cols"), of("M"), of("K"), of("N"), of("cycles")});
  }
  return rows;
}

PeArraySpec machine_of(const Row& row) {
  static const std::map<std::string, std::string> kFiles{
      {"axis_sa", "axis_sa.yaml"}, {"systolic_tensors_ws", "systolic_tensors_ws.yaml"}, {"tinyTPU", "tinytpu.yaml"}};
  const auto file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs" / "npu" / "rtl" / kFiles.at(row.rtl);
  std::vector<base::Override> sizes;
  sizes.push_back(base::parse_override(fmt::format("core.pe_array.rows={}", row.rows), 1).value());
  sizes.push_back(base::parse_override(fmt::format("core.pe_array.columns={}", row.columns), 2).value());
  const auto npu = read_npu_file(file, {}, sizes);
  if (!npu.ok()) throw std::runtime_error(npu.problems().to_string());
  return npu->core.pe_array;
}

class RtlTruth : public testing::TestWithParam<std::tuple<tests::Truth, std::string>> {};

TEST_P(RtlTruth, EveryRowIsExact) {
  const auto& [truth, rtl] = GetParam();
  TESSERA_NEED_TRUTH(truth);
  int count = 0, exact = 0;
  double worst = 0;
  for (const Row& row : read_rows(tests::truth_table(truth, "rtl_array.csv"))) {
    if (row.rtl != rtl) continue;
    ++count;
    const PeArraySpec a = machine_of(row);
    const ArrayShape shape{row.m, row.n, row.k};
    const std::int64_t ours = plan_folds(a, shape).latency.count();
    worst = std::max(worst, std::abs(100.0 * static_cast<double>(ours - row.cycles) / static_cast<double>(row.cycles)));
    exact += ours == row.cycles;
    EXPECT_EQ(ours, row.cycles) << fmt::format("{} {}x{} GEMM {}x{}x{}", row.rtl, row.rows, row.columns, row.m, row.k,
                                               row.n);
    EXPECT_EQ(run_register_array(a, shape), plan_folds(a, shape));
  }
  std::cout << fmt::format("{}: {} of {} rows exact, worst error {:.3f} %\n", rtl, exact, count, worst);
  EXPECT_GE(count, truth == tests::Truth::whole_table ? 38 : 4);
}

INSTANTIATE_TEST_SUITE_P(Arrays, RtlTruth,
                         testing::Combine(tests::both_truths(),
                                          testing::Values("axis_sa", "systolic_tensors_ws", "tinyTPU")),
                         [](const auto& tested) {
                           return std::get<1>(tested.param) + "_" + tests::to_string(std::get<0>(tested.param));
                         });

// The tables have no array that no machine file stands for.
class RtlTruthTable : public testing::TestWithParam<tests::Truth> {};

TEST_P(RtlTruthTable, HoldsKnownArraysOnly) {
  TESSERA_NEED_TRUTH(GetParam());
  for (const Row& row : read_rows(tests::truth_table(GetParam(), "rtl_array.csv")))
    EXPECT_TRUE(row.rtl == "axis_sa" || row.rtl == "systolic_tensors_ws" || row.rtl == "tinyTPU") << row.rtl;
}

INSTANTIATE_TEST_SUITE_P(Tables, RtlTruthTable, tests::both_truths(), testing::PrintToStringParamName());

// Without a table: the closed forms of the three arrays, at sizes that the table does not have.
TEST(RtlFormulas, AxisSa) {
  for (const std::int64_t side : {4, 8, 16})
    for (const std::int64_t k : {3 * side, 5 * side + 1, 300 + side})
      for (const std::int64_t tiles : {1, 2, 6}) {
        const Row row{"axis_sa", side, side, tiles * side, k, 2 * side, 0};
        EXPECT_EQ(plan_folds(machine_of(row), {row.m, row.n, row.k}).latency.count(), 2 * tiles * k + side + 2 * side);
      }
}

TEST(RtlFormulas, SystolicTensors) {
  for (const std::int64_t side : {4, 8, 16})
    for (const std::int64_t m : {1, 13, 200}) {
      const Row row{"systolic_tensors_ws", side, side, m, 3 * side, 2 * side, 0};
      EXPECT_EQ(plan_folds(machine_of(row), {row.m, row.n, row.k}).latency.count(),
                6 * (side + m + 4 * (side - 1) + 5 + side - 1));
    }
}

TEST(RtlFormulas, TinyTpu) {
  for (const std::int64_t m : {1, 5, 14, 15, 300})
    for (const std::int64_t kt : {1, 3})
      for (const std::int64_t nt : {1, 2, 5}) {
        const Row row{"tinyTPU", 14, 14, m, 14 * kt, 14 * nt, 0};
        const std::int64_t expected = (kt * nt - 1) * (std::max<std::int64_t>(m, 14) + 4) + 2 * (nt - 1) + 2 * m + 43;
        EXPECT_EQ(plan_folds(machine_of(row), {row.m, row.n, row.k}).latency.count(), expected);
      }
}

// SCALE-Sim's machine files are its formula.
TEST(RtlFormulas, ScaleSimFiles) {
  const std::map<std::string, std::int64_t> expected{{"scalesim_os", 3 * 2 * (8 + 16 + 33 - 2) - 1},
                                                     {"scalesim_ws", 5 * 2 * (16 + 16 + 20 - 2) - 1},
                                                     {"scalesim_is", 5 * 2 * (16 + 16 + 31 - 2) - 1}};
  for (const auto& [name, cycles] : expected) {
    const auto file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs" / "npu" / "rtl" / (name + ".yaml");
    const auto npu = read_npu_file(file, {}, {base::parse_override("core.pe_array.columns=16", 1).value()});
    ASSERT_TRUE(npu.ok()) << npu.problems().to_string();
    EXPECT_EQ(plan_folds(npu->core.pe_array, {20, 31, 33}).latency.count(), cycles) << name;
  }
}

}  // namespace
}  // namespace tessera::arch
