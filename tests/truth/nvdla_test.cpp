// NVDLA nv_small: convolutions of its RTL, cycles and DRAM bytes.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <tuple>

#include "tests/truth/layer_run.h"

namespace tessera::tests {
namespace {

using base::ceil_div;
using base::round_up;

sim::RunArguments layer(const models::ConvShape& s, std::vector<std::string> overrides) {
  sim::RunArguments a;
  a.npu_file = machine_file("nvdla_nv_small.yaml");
  a.conv = fmt::format("w={},h={},c={},k={},kw={},kh={},sx={},sy={},pl={},pr={},pt={},pb={},dx={},dy={}", s.w, s.h, s.c,
                       s.k, s.kw, s.kh, s.sx, s.sy, s.pl, s.pr, s.pt, s.pb, s.dx, s.dy);
  a.overrides = std::move(overrides);
  return a;
}

models::ConvShape shape_of(const Row& r) {
  const auto v = [&](const char* column) { return number(r, column); };
  return {v("W"),        v("H"),          v("C"),          v("K"),          v("kernel_W"),
          v("kernel_H"), v("stride_x"),   v("stride_y"),   v("pad_left"),   v("pad_right"),
          v("pad_top"),  v("pad_bottom"), v("dilation_x"), v("dilation_y"), 1};
}

// Each operand has a DMA channel of its own.
void expect_bytes(const sim::RunSummary& s, std::int64_t in, std::int64_t weights, std::int64_t out,
                  const std::string& what) {
  EXPECT_EQ(s.engine.channels.at(0).read_bytes, in) << what;
  EXPECT_EQ(s.engine.channels.at(1).read_bytes, weights) << what;
  EXPECT_EQ(s.engine.channels.at(2).write_bytes, out) << what;
  EXPECT_EQ(s.dram.read_bytes, in + weights) << what;
  EXPECT_EQ(s.dram.write_bytes, out) << what;
}

// Whether the file's own split of the buffer is used or the one of the RTL's run.
enum class Split { of_the_file, of_the_run };

class NvdlaTruth : public testing::TestWithParam<std::tuple<Truth, Split>> {};

TEST_P(NvdlaTruth, BytesAreExactAndCyclesWithinTenPercent) {
  const auto& [table, whose] = GetParam();
  TESSERA_NEED_TRUTH(table);
  int barred = 0;
  for (const Row& row : read_csv(truth_table(table, "nvdla_nv_small.csv"))) {
    std::vector<std::string> split;
    if (whose == Split::of_the_run)
      split = {fmt::format("core.sram.input.capacity={} KiB", 4 * number(row, "data_banks")),
               fmt::format("core.sram.weight.capacity={} KiB", 4 * number(row, "weight_banks"))};
    const models::ConvShape shape = shape_of(row);
    const sim::RunSummary ours = run_layer(layer(shape, split));
    expect_bytes(ours, number(row, "dbb_in_bytes"), number(row, "dbb_wt_bytes"), number(row, "dbb_out_bytes"),
                 row.at("trace"));
    const std::int64_t truth = number(row, "cycles");
    const double error = percent(ours.makespan_cycles.count(), truth);
    const bool bar = number(row, "ideal_mac_cycles_64_per_cycle") >= 30'000 && shape.sx == 1 && shape.sy == 1 &&
                     shape.dx == 1 && shape.dy == 1;
    std::cout << fmt::format("{:36} truth {:8} cycles, ours {:8}, error {:+6.2f} %{}\n", row.at("trace"), truth,
                             ours.makespan_cycles.count(), error, bar ? "" : "  (no bar)");
    if (!bar) continue;
    ++barred;
    EXPECT_LE(std::fabs(error), 10) << row.at("trace");
  }
  EXPECT_GE(barred, table == Truth::whole_table ? 5 : 3);
}

INSTANTIATE_TEST_SUITE_P(Splits, NvdlaTruth,
                         testing::Combine(both_truths(), testing::Values(Split::of_the_file, Split::of_the_run)),
                         [](const auto& tested) {
                           const bool of_the_run = std::get<Split>(tested.param) == Split::of_the_run;
                           return (of_the_run ? "OfTheRun_" : "OfTheFile_") + to_string(std::get<Truth>(tested.param));
                         });

// The law of its bytes at shapes that no table has: odd channels and kernels, rows that no window reads, strides.
TEST(NvdlaLaw, BytesOfAnyLayer) {
  const std::vector<models::ConvShape> shapes{
      {6, 8, 192, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1},  {24, 33, 55, 25, 5, 5, 1, 1, 0, 0, 0, 0, 1, 1, 1},
      {35, 22, 54, 29, 6, 8, 1, 1, 0, 0, 0, 0, 1, 1, 1}, {4, 1, 8192, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},
      {8, 16, 3, 17, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1, 1},   {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1},
      {40, 30, 9, 13, 3, 5, 3, 2, 1, 0, 2, 1, 2, 1, 1}};
  for (const auto& s : shapes) {
    const auto arguments = layer(s, {});
    const std::int64_t pixels = s.out_w() * s.out_h();
    expect_bytes(run_layer(arguments), s.w * s.h * round_up(s.c, std::int64_t{8}),
                 round_up(s.k * s.c * s.kw * s.kh, std::int64_t{128}), pixels * round_up(s.k, std::int64_t{8}),
                 arguments.conv);
  }
}

// Cycles are never below the MACs', nor above them and twice the beats that are fetched, save the constants of a layer.
TEST(NvdlaLaw, CyclesLieBetweenMacsAndMacsWithFetches) {
  const models::ConvShape s{20, 20, 64, 32, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const std::int64_t macs =
      s.out_w() * s.out_h() * ceil_div(s.c, std::int64_t{8}) * ceil_div(s.k, std::int64_t{8}) * s.kw * s.kh;
  const sim::RunSummary ours = run_layer(layer(s, {}));
  EXPECT_GT(ours.makespan_cycles.count(), macs + 28 + 32 + 77);
  EXPECT_LT(ours.makespan_cycles.count(), macs + 2 * (ours.dram.read_bytes / 8) + 500);
}

}  // namespace
}  // namespace tessera::tests
