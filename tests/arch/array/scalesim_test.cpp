// SCALE-Sim v3's formula as one setting of the array: folds x per fold - 1.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>

#include "arch/array/fold_plan.h"

namespace tessera::arch {
namespace {

PeArraySpec scalesim(Dataflow dataflow, std::int64_t rows, std::int64_t columns) {
  PeArraySpec a;
  a.rows = rows;
  a.columns = columns;
  a.dataflow = dataflow;
  a.mac_stages = 0;
  a.stationary_buffers = 1;
  a.drain_overlap = false;
  a.output_drain = OutputDrain::in_place;
  return a;
}

std::int64_t formula(Dataflow dataflow, std::int64_t r, std::int64_t c, std::int64_t m, std::int64_t k,
                     std::int64_t n) {
  using base::ceil_div;
  switch (dataflow) {
    case Dataflow::output_stationary: return ceil_div(m, r) * ceil_div(n, c) * (r + c + k - 2) - 1;
    case Dataflow::weight_stationary: return ceil_div(k, r) * ceil_div(n, c) * (2 * r + c + m - 2) - 1;
    case Dataflow::input_stationary: return ceil_div(k, r) * ceil_div(m, c) * (2 * r + c + n - 2) - 1;
  }
  return 0;
}

const std::map<std::string, Dataflow> kDataflows{
    {"os", Dataflow::output_stationary}, {"ws", Dataflow::weight_stationary}, {"is", Dataflow::input_stationary}};

class ScaleSim : public testing::TestWithParam<std::tuple<std::string, std::int64_t, std::int64_t>> {};

TEST_P(ScaleSim, CyclesEqualItsFormula) {
  const auto& [name, rows, columns] = GetParam();
  const Dataflow dataflow = kDataflows.at(name);
  const PeArraySpec a = scalesim(dataflow, rows, columns);
  for (const std::int64_t m : {1, 7, 8, 9, 64, 1000})
    for (const std::int64_t k : {1, 8, 27, 512})
      for (const std::int64_t n : {1, 8, 13, 100})
        EXPECT_EQ(plan_folds(a, {m, n, k}).latency.count(), formula(dataflow, rows, columns, m, k, n))
            << m << 'x' << k << 'x' << n;
}

INSTANTIATE_TEST_SUITE_P(Arrays, ScaleSim,
                         testing::Combine(testing::Values("os", "ws", "is"), testing::Values(1, 8, 32),
                                          testing::Values(1, 8, 128)));

// By hand, 32 x 32: M = 3136, K = 576, N = 64.
TEST(ScaleSimExample, ResnetLayerOn32x32) {
  const ArrayShape layer{3136, 64, 64, 9};
  EXPECT_EQ(plan_folds(scalesim(Dataflow::output_stationary, 32, 32), layer).latency.count(), 98 * 2 * 638 - 1);
  EXPECT_EQ(plan_folds(scalesim(Dataflow::weight_stationary, 32, 32), layer).latency.count(), 18 * 2 * 3230 - 1);
  EXPECT_EQ(plan_folds(scalesim(Dataflow::input_stationary, 32, 32), layer).latency.count(), 18 * 98 * 158 - 1);
}

// What its papers, its maintainers and an RTL array say of os: 2R + C + K - 2 per fold, R cycles of drain included.
TEST(ScaleSimExample, OutputStationaryWithDrainIsAnotherSetting) {
  PeArraySpec a = scalesim(Dataflow::output_stationary, 16, 8);
  a.mac_stages = 1;
  a.output_drain = OutputDrain::rows;
  EXPECT_EQ(plan_folds(a, {64, 24, 100}).latency.count(), 4 * 3 * (2 * 16 + 8 + 100 - 2));
}

}  // namespace
}  // namespace tessera::arch
