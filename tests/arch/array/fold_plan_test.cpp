// The closed forms against a walk over the folds, and the rule that joins folds and tiles.
#include "arch/array/fold_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/arch/array/array_cases.h"

namespace tessera::arch {
namespace {

// The same plan, one fold after the other.
ArrayWork walk(const PeArraySpec& a, const ArrayShape& s) {
  ArrayWork w;
  std::int64_t start = a.start_up.count();
  bool final_seen = false;
  for_each_fold(a, s, [&](const Fold& f) {
    const FoldTiming t = time_fold(a, f.shape);
    w.latency = std::max(w.latency, base::Cycles{start} + t.latency);
    if (f.shape.final && !final_seen) w.last_step_offset = base::Cycles{start};
    final_seen = final_seen || f.shape.final;
    start += t.occupancy.count();
    ++w.folds;
    w.macs += f.groups * f.m_count * f.n_count * f.k_count;
    w.input_reads += f.groups * f.m_count * f.k_count;
    w.weight_reads += f.groups * f.k_count * f.n_count;
    w.output_writes += f.groups * f.m_count * f.n_count;
    if (!f.first_step || s.accumulates) w.output_reads += f.groups * f.m_count * f.n_count;
    if (f.shape.rows * f.shape.columns > w.rows * w.columns) {
      w.rows = f.shape.rows;
      w.columns = f.shape.columns;
    }
  });
  w.occupancy = base::Cycles{start};
  return w;
}

TEST(FoldPlan, EqualsAWalkOverTheFolds) {
  CaseSource source(1);
  for (int i = 0; i < 20000 && !testing::Test::HasFailure(); ++i) {
    const PeArraySpec a = source.spec();
    const ArrayShape s = source.shape();
    EXPECT_TRUE(plan_folds(a, s) == walk(a, s)) << describe(a, s);
  }
}

// Every product of the tile belongs to exactly one fold, and fits the array.
TEST(FoldPlan, FoldsCoverEveryProductOnce) {
  CaseSource source(2);
  for (int i = 0; i < 300; ++i) {
    const PeArraySpec a = source.spec();
    const ArrayShape s = source.shape();
    const std::int64_t k_length = s.channels * s.taps;
    std::vector<int> seen(static_cast<std::size_t>(s.groups * s.m * s.n * k_length), 0);
    for_each_fold(a, s, [&](const Fold& f) {
      EXPECT_LE(f.shape.rows, a.rows) << describe(a, s);
      EXPECT_LE(f.shape.columns, a.columns) << describe(a, s);
      for (std::int64_t g = f.first_group; g < f.first_group + f.groups; ++g)
        for (std::int64_t m = f.m_begin; m < f.m_begin + f.m_count; ++m)
          for (std::int64_t n = f.n_begin; n < f.n_begin + f.n_count; ++n)
            for (std::int64_t k = f.k_begin; k < f.k_begin + f.k_count; ++k)
              ++seen[static_cast<std::size_t>(((g * s.m + m) * s.n + n) * k_length + k)];
    });
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; })) << describe(a, s);
    EXPECT_EQ(plan_folds(a, s).macs, static_cast<std::int64_t>(seen.size()));
  }
}

// Two tiles that split a tile between folds: the second starts when the first one's occupancy ends, and both together
// end when the whole would.
TEST(FoldPlan, TwoTilesBackToBackAreOneTileOfBothFolds) {
  CaseSource source(3);
  int joined = 0;
  for (int i = 0; i < 2000; ++i) {
    PeArraySpec a = source.spec();
    a.start_up = base::Cycles{0};  // once per tile, so two tiles have it twice
    a.grouped = Grouped::serial;
    ArrayShape whole = source.shape();
    whole.groups = 2 + source.number(0, 3);
    ArrayShape first = whole, second = whole;
    first.groups = source.number(1, whole.groups - 1);
    second.groups = whole.groups - first.groups;
    const ArrayWork w = plan_folds(a, whole), x = plan_folds(a, first), y = plan_folds(a, second);
    EXPECT_EQ(w.occupancy, x.occupancy + y.occupancy) << describe(a, whole);
    EXPECT_EQ(w.latency, std::max(x.latency, x.occupancy + y.latency)) << describe(a, whole);
    EXPECT_EQ(w.folds, x.folds + y.folds);
    ++joined;
  }
  EXPECT_EQ(joined, 2000);
}

// The same along the output channels, where a tile boundary falls between two columns of folds.
TEST(FoldPlan, TilesSplitBetweenColumnsOfFoldsJoin) {
  PeArraySpec a;
  a.rows = 8;
  a.columns = 8;
  for (const auto partial : {PartialFolds::padded, PartialFolds::trimmed}) {
    a.partial_folds = partial;
    const ArrayWork whole = plan_folds(a, {20, 27, 30});
    const ArrayWork left = plan_folds(a, {20, 16, 30}), right = plan_folds(a, {20, 11, 30});
    EXPECT_EQ(whole.occupancy, left.occupancy + right.occupancy);
    EXPECT_EQ(whole.latency, left.occupancy + right.latency);
    EXPECT_EQ(whole.last_step_offset, left.last_step_offset);
  }
}

TEST(FoldPlan, FoldCountsFollowTheDataflow) {
  PeArraySpec a;
  a.rows = 8;
  a.columns = 4;
  const ArrayShape s{17, 9, 10, 3};
  a.dataflow = Dataflow::output_stationary;
  EXPECT_EQ(plan_folds(a, s).folds, 3 * 3);
  a.dataflow = Dataflow::weight_stationary;
  EXPECT_EQ(plan_folds(a, s).folds, 4 * 3);  // ceil(30 / 8) x ceil(9 / 4)
  a.dataflow = Dataflow::input_stationary;
  EXPECT_EQ(plan_folds(a, s).folds, 4 * 5);  // ceil(30 / 8) x ceil(17 / 4)
  a.reduction = Reduction::per_tap;
  EXPECT_EQ(plan_folds(a, s).folds, 6 * 5);  // 3 taps x ceil(10 / 8)
}

TEST(FoldPlan, OnlyTrimmedArraysSaveTheHopsOfUnusedColumns) {
  PeArraySpec a;
  a.rows = 8;
  a.columns = 8;
  const ArrayShape narrow{16, 3, 8}, full{16, 8, 8};
  EXPECT_EQ(plan_folds(a, narrow).latency, plan_folds(a, full).latency);
  a.partial_folds = PartialFolds::trimmed;
  EXPECT_EQ(plan_folds(a, narrow).latency + base::Cycles{5}, plan_folds(a, full).latency);
  EXPECT_EQ(plan_folds(a, {16, 3, 8}).latency, plan_folds(a, {16, 3, 2}).latency);  // rows: the sum passes them all
}

// NVDLA nv_small, 8 x 8: one output row of 29 pixels, 76 channels, 6 x 3 taps, 270 kernels; 4 cycles per step.
TEST(FoldPlan, StepGapIsPaidOncePerReductionStep) {
  PeArraySpec a;
  a.rows = a.columns = 8;
  a.row_hop = a.column_hop = 0;
  a.reduction = Reduction::per_tap;
  a.fold_order = FoldOrder::reduction_major;
  a.step_gap = base::Cycles{4};
  const std::int64_t steps = 10 * 18, kernel_groups = 34;
  EXPECT_EQ(plan_folds(a, {29, 270, 76, 18}).occupancy.count(), steps * (kernel_groups * 29 + 4));
  a.fold_order = FoldOrder::output_major;
  EXPECT_EQ(plan_folds(a, {29, 270, 76, 18}).occupancy.count(), steps * kernel_groups * 29);
}

TEST(FoldPlan, AccumulatingTilesReadTheirPartialSums) {
  const ArrayShape slice{4, 4, 4, 1, 1, true};
  EXPECT_EQ(plan_folds({}, slice).output_reads, 16);
  EXPECT_EQ(plan_folds({}, {4, 4, 4}).output_reads, 0);
}

// The phases of a transposed convolution may have outputs that no input reaches: their products count for nothing.
TEST(FoldPlan, CountsTheMacsThatAreSaidToCount) {
  const PeArraySpec a;
  ArrayShape s{.m = 4, .n = 3, .channels = 5, .taps = 2};
  EXPECT_EQ(plan_folds(a, s).macs, 4 * 3 * 5 * 2);
  for (const std::int64_t count : {0, 7}) {
    s.macs = count;
    EXPECT_EQ(plan_folds(a, s).macs, count);
  }
}

}  // namespace
}  // namespace tessera::arch
