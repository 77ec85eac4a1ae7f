// What holds for every entry of the measure tables, and how rows become values of the run.
#include "trace/analysis/measure_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/measure_rules.h"

namespace tessera::trace {
namespace {

using base::Value;

TEST(MeasureTable, EveryEntryKeepsTheRulesOfKeys) {
  EXPECT_THAT(tests::broken_key_rules(listed_measures()), testing::IsEmpty());
}

ListedMeasure listed(std::string id, MeasureUnit unit) {
  return {"cores[]." + id, {.id = id, .unit = unit, .definition = "a phrase", .same_as = ""}};
}

TEST(MeasureTable, TheRulesFindWhatBreaksThem) {
  const auto broken = tests::broken_key_rules(
      {listed("Busy_ps", MeasureUnit::ps), listed("busy", MeasureUnit::ps), listed("busy", MeasureUnit::ratio),
       listed("share_ps", MeasureUnit::ratio), listed("stall_ps.load", MeasureUnit::ps)});
  EXPECT_THAT(broken,
              testing::ElementsAre("cores[].Busy_ps: not snake_case", "cores[].busy: does not show its unit ps",
                                   "cores[].busy: there twice", "cores[].share_ps: ends like a unit, but has none"));
}

TEST(MeasureTable, SumsAndMeansAreOverTheRowsThatHaveAValue) {
  const Value nothing;
  EXPECT_EQ(aggregate(Aggregate::mean, {Value(0.25), nothing, Value(0.75)}), Value(0.5));
  EXPECT_EQ(aggregate(Aggregate::mean, {nothing, nothing}), nothing);
  EXPECT_EQ(aggregate(Aggregate::sum, {Value(std::int64_t{3}), Value(std::int64_t{4})}), Value(std::int64_t{7}));
  EXPECT_EQ(aggregate(Aggregate::sum, {Value(std::int64_t{3}), Value(0.5)}), Value(3.5));
  EXPECT_EQ(aggregate(Aggregate::none, {Value(0.5)}), nothing);
}

// Two cores: 100 of 400 ps and 300 of 400 ps busy; only the second has a transfer, 60 of its 80 ps under compute.
TEST(MeasureTable, ADeclaredMeanIsTheRunsValue) {
  MeasuresResult m;
  m.cores.resize(2);
  for (CoreMeasures& c : m.cores) c.window = c.requested = base::Ps{400};
  m.cores[0].array.busy = base::Ps{100};
  m.cores[1].array.busy = base::Ps{300};
  m.cores[1].transfer = base::Ps{80};
  m.cores[1].hidden = base::Ps{60};
  EXPECT_EQ(run_value(m, "pe_time_utilization"), Value(0.5));
  EXPECT_EQ(run_value(m, "overlap_ratio"), Value(60.0 / 400 / 2));
  EXPECT_EQ(run_value(m, "hidden_transfer"), Value(0.75));
  EXPECT_EQ(run_value(m, "exposed_transfer"), Value(0.25));
  m.channels.resize(2);
  m.channels[0].read_bytes = 64;
  m.channels[1].read_bytes = 32;
  EXPECT_EQ(run_value(m, "read_bytes"), Value(std::int64_t{96}));
}

TEST(MeasureTable, ALevelThatIsTooLowGivesNothing) {
  MeasuresResult m;
  m.window = base::Ps{400};
  m.cores.resize(1);
  m.cores[0].window = base::Ps{400};
  m.level = Level::tile;
  EXPECT_EQ(run_value(m, "pe_time_utilization"), Value(0.0));
  m.level = Level::op;
  EXPECT_EQ(run_value(m, "pe_time_utilization"), Value{});
  EXPECT_EQ(run_value(m, "makespan_ps"), Value(std::int64_t{400}));
}

}  // namespace
}  // namespace tessera::trace
