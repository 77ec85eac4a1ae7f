// Grouped convolutions: how many groups share the array, against placing them one by one.
#include <gtest/gtest.h>

#include "arch/array/fold_plan.h"
#include "tests/arch/array/array_cases.h"

namespace tessera::arch {
namespace {

// Puts group after group on the diagonal as long as rows and columns last; a group that alone exceeds the array is
// folded by itself. Returns passes, counted one by one.
std::int64_t passes_by_hand(const PeArraySpec& a, const ArrayShape& s) {
  const std::int64_t k = a.reduction == Reduction::per_tap ? s.channels : s.channels * s.taps;
  const std::int64_t down = a.dataflow == Dataflow::output_stationary ? s.m : k;
  const std::int64_t across = a.dataflow == Dataflow::input_stationary ? s.m : s.n;
  const bool os = a.dataflow == Dataflow::output_stationary;
  const std::int64_t taps = !os && a.reduction == Reduction::per_tap ? s.taps : 1;
  std::int64_t passes = 0, row = 0, column = 0;
  for (std::int64_t g = 0; g < s.groups; ++g) {
    if (down > a.rows || across > a.columns) {
      for (std::int64_t r = 0; r < down; r += a.rows)
        for (std::int64_t c = 0; c < across; c += a.columns) ++passes;
      continue;
    }
    if (row == 0 || row + down > a.rows || column + across > a.columns) {
      ++passes;
      row = column = 0;
    }
    row += down;
    column += across;
  }
  return passes * taps;
}

TEST(GroupedFolds, BlockDiagonalPassesEqualPlacingGroupsOneByOne) {
  CaseSource source(5);
  int shared = 0;
  for (int i = 0; i < 5000; ++i) {
    PeArraySpec a = source.spec();
    a.grouped = Grouped::block_diagonal;
    ArrayShape s{source.number(1, 7), source.number(1, 4), source.number(1, 4), source.number(1, 3), source.number(1, 9)};
    EXPECT_EQ(plan_folds(a, s).folds, passes_by_hand(a, s)) << describe(a, s);
    if (groups_per_fold(a, s) > 1) ++shared;
  }
  EXPECT_GT(shared, 200);
}

TEST(GroupedFolds, SerialIsOneGroupAfterTheOther) {
  CaseSource source(6);
  for (int i = 0; i < 1000; ++i) {
    PeArraySpec a = source.spec();
    a.grouped = Grouped::serial;
    a.start_up = base::Cycles{0};
    ArrayShape s = source.shape();
    const std::int64_t groups = s.groups;
    const ArrayWork all = plan_folds(a, s);
    s.groups = 1;
    EXPECT_EQ(all.occupancy, groups * plan_folds(a, s).occupancy) << describe(a, s);
    EXPECT_EQ(all.folds, groups * plan_folds(a, s).folds);
  }
}

// A depthwise 3 x 3 layer of 64 channels on 16 x 16: nine taps fill nine rows of one column when serial; tap by tap, 16
// channels share the diagonal.
TEST(GroupedFolds, DepthwiseLayerByHand) {
  PeArraySpec a;
  const ArrayShape depthwise{196, 1, 1, 9, 64};
  EXPECT_EQ(plan_folds(a, depthwise).folds, 64);
  a.grouped = Grouped::block_diagonal;
  EXPECT_EQ(plan_folds(a, depthwise).folds, 64);      // 9 rows each: only one fits into 16
  a.reduction = Reduction::per_tap;
  EXPECT_EQ(plan_folds(a, depthwise).folds, 4 * 9);   // 16 channels at once, nine taps
  EXPECT_EQ(plan_folds(a, depthwise).rows, 16);
  EXPECT_EQ(plan_folds(a, depthwise).columns, 16);
}

}  // namespace
}  // namespace tessera::arch
