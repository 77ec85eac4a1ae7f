// The register model against a plain product, and against the closed forms, number by number.
#include "arch/array/register_array.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <vector>

#include "tests/arch/array/array_cases.h"

namespace tessera::arch {

// Failures show what differs.
void PrintTo(const ArrayWork& w, std::ostream* out) {
  *out << fmt::format("occupancy {} latency {} last step {} folds {} macs {} {}x{} reads {}/{}/{} writes {}",
                      w.occupancy.count(), w.latency.count(), w.last_step_offset.count(), w.folds, w.macs, w.rows,
                      w.columns, w.input_reads, w.weight_reads, w.output_reads, w.output_writes);
}

namespace {

void expect_equal(const PeArraySpec& a, const ArrayShape& s) {
  SCOPED_TRACE(describe(a, s));
  const ArrayOperands operands = make_operands(s);
  RegisterRun run;
  ASSERT_NO_THROW(run = simulate_registers(a, s, operands));
  EXPECT_EQ(run.output, multiply(s, operands));
  EXPECT_EQ(run.work, plan_folds(a, s));
}

TEST(RegisterArray, EqualsClosedFormsOnDrawnArraysAndShapes) {
  CaseSource source(20240607);
  for (int i = 0; i < 6000 && !testing::Test::HasFailure(); ++i) {
    const PeArraySpec a = source.spec();
    expect_equal(a, source.shape());
  }
}

// The longest waits that a machine may have pass in one step, and the closed forms still say when each fold begins.
TEST(RegisterArray, EqualsClosedFormsOnArraysThatMostlyWait) {
  CaseSource source(20240609);
  constexpr std::array<std::int64_t, 4> kWaits{0, 700, 50'000, 1'000'000'000};
  for (int i = 0; i < 3000 && !testing::Test::HasFailure(); ++i) {
    PeArraySpec a = source.spec();
    for (base::Cycles* wait : {&a.start_up, &a.fold_gap, &a.block_gap, &a.step_gap})
      *wait += base::Cycles{kWaits[static_cast<std::size_t>(source.number(0, 3))]};
    expect_equal(a, source.shape());
  }
}

// Edge sizes in every dimension: 1, a prime, one less, equal, one more than the array, and multiples.
TEST(RegisterArray, EqualsClosedFormsOnEdgeSizes) {
  constexpr std::array<std::int64_t, 7> kSizes{1, 3, 4, 5, 7, 8, 10};
  for (const Dataflow dataflow : {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary})
    for (const bool overlap : {false, true})
      for (const std::int64_t buffers : {1, 2})
        for (const std::int64_t m : kSizes)
          for (const std::int64_t n : kSizes)
            for (const std::int64_t k : kSizes) {
              PeArraySpec a;
              a.rows = 4;
              a.columns = 5;
              a.dataflow = dataflow;
              a.drain_overlap = overlap;
              a.stationary_buffers = buffers;
              expect_equal(a, {m, n, k});
              if (testing::Test::HasFailure()) return;
            }
}

TEST(RegisterArray, EqualsClosedFormsOnALargerArrayWithThousandsOfSteps) {
  PeArraySpec a;
  a.rows = 16;
  a.columns = 24;
  for (const Dataflow dataflow :
       {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary}) {
    a.dataflow = dataflow;
    expect_equal(a, {97, 53, 19, 9});
  }
}

// A sum that is wrong must not go unnoticed: the plain product of other operands is another one.
TEST(RegisterArray, ProductDependsOnEveryOperand) {
  const ArrayShape s{3, 2, 4};
  const ArrayOperands operands = make_operands(s);
  for (std::size_t i = 0; i < operands.input.size(); ++i) {
    ArrayOperands other = operands;
    other.input[i] += 100;
    EXPECT_NE(simulate_registers({}, s, other).output, multiply(s, operands));
  }
}

// Starting folds one cycle before the closed form's occupancy destroys data, for each reason that an occupancy can
// have.
bool notices_early_start(const PeArraySpec& a, const ArrayShape& s) {
  const ArrayOperands operands = make_operands(s);
  EXPECT_EQ(simulate_registers(a, s, operands).output, multiply(s, operands)) << describe(a, s);
  try {
    return simulate_registers(a, s, operands, {.early = 1}).output != multiply(s, operands);
  } catch (const std::logic_error&) {
    return true;
  }
}

TEST(RegisterArray, OutputChainIsTornWhenAFoldStartsOneCycleEarly) {
  PeArraySpec a;
  a.rows = 4;
  a.columns = 5;
  a.dataflow = Dataflow::output_stationary;
  for (const OutputDrain drain : {OutputDrain::columns, OutputDrain::rows}) {
    a.output_drain = drain;
    EXPECT_TRUE(notices_early_start(a, {8, 10, 3}));  // 3 steps: shorter than hops + chain
  }
}

TEST(RegisterArray, SingleBufferIsOverwrittenWhenALoadStartsOneCycleTooEarly) {
  PeArraySpec a;
  a.rows = 4;
  a.columns = 5;
  a.stationary_buffers = 1;
  a.row_hop = 2;
  a.stationary_load = StationaryLoad::chased;  // rows are let go later than a load would reach them
  const ArrayShape s{6, 10, 16};
  const ArrayOperands operands = make_operands(s);
  EXPECT_EQ(simulate_registers(a, s, operands).output, multiply(s, operands));
  // One cycle is the port's own turnaround; two reach the operand in use.
  EXPECT_NE(simulate_registers(a, s, operands, {.early = 2}).output, multiply(s, operands));
}

TEST(RegisterArray, ShadowIsOverwrittenWhenAChasedLoadStartsOneCycleEarly) {
  PeArraySpec a;
  a.rows = 4;
  a.columns = 5;
  a.row_hop = 3;
  a.stationary_load = StationaryLoad::chased;
  EXPECT_TRUE(notices_early_start(a, {1, 10, 16}));  // one step: the last row's hops bind
}

TEST(RegisterArray, LastStepOffsetIsTheStartOfTheFirstFoldWithFinalResults) {
  CaseSource source(7);
  for (int i = 0; i < 500; ++i) {
    const PeArraySpec a = source.spec();
    const ArrayShape s = source.shape();
    const RegisterRun run = simulate_registers(a, s, make_operands(s));
    std::int64_t fold = 0, first_final = -1;
    for_each_fold(a, s, [&](const Fold& f) {
      if (f.shape.final && first_final < 0) first_final = fold;
      ++fold;
    });
    ASSERT_GE(first_final, 0);
    EXPECT_EQ(plan_folds(a, s).last_step_offset.count(), run.fold_starts[static_cast<std::size_t>(first_final)])
        << describe(a, s);
  }
}

TEST(RegisterArray, DetailedFidelityReportsTheSameWork) {
  CaseSource source(11);
  for (int i = 0; i < 100; ++i) {
    const PeArraySpec a = source.spec();
    const ArrayShape s = source.shape();
    EXPECT_EQ(run_register_array(a, s), plan_folds(a, s)) << describe(a, s);
    PeArraySpec detailed = a;
    detailed.fidelity = Fidelity::detailed;
    EXPECT_EQ(array_work(detailed, s), array_work(a, s)) << describe(a, s);
  }
}

}  // namespace
}  // namespace tessera::arch
