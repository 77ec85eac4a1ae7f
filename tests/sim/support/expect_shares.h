// What holds for the summary of every run: no share of anything exceeds the whole, and no run beats its bounds.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/value.h"
#include "sim/results/summary.h"
#include "sim/results/summary_measures.h"
#include "trace/analysis/measure_table.h"

namespace tessera::tests {

template <class Row>
void expect_shares(const trace::MeasureTable<Row>& table, const Row& row, trace::Level level,
                   const std::string& where) {
  for (const auto& measure : table.list()) {
    if (measure.unit != trace::MeasureUnit::ratio) continue;
    const auto value = base::number_of(measure.value(row, level));
    if (!value) continue;
    EXPECT_GE(*value, 0) << where << measure.id;
    EXPECT_LE(*value, 1) << where << measure.id;
  }
}

// Every measure that is a ratio, of the run and of every row of it.
inline void expect_all_shares(const sim::RunSummary& s) {
  const auto& m = s.measures;
  expect_shares(sim::summary_measures(), s, m.level, "");
  trace::for_each_run_value(m, [](const trace::MeasureInfo& info, const base::Value& value) {
    const auto number = base::number_of(value);
    if (info.unit == trace::MeasureUnit::ratio && number) {
      EXPECT_LE(*number, 1) << info.id;
    }
  });
  for (const auto& c : m.cores) expect_shares(trace::core_measures(), c, m.level, c.name + ".");
  for (const auto& c : m.channels) expect_shares(trace::channel_measures(), c, m.level, c.name + ".");
  for (const auto& o : m.operands) expect_shares(trace::operand_measures(), o, m.level, "operand.");
}

inline void expect_not_below_bounds(const sim::RunSummary& s) {
  for (const auto& [name, bound] : {std::pair{"tile graph", &s.bound}, std::pair{"moved bytes", &s.bound_moved},
                                    std::pair{"network", &s.bound_network}}) {
    for (std::size_t i = 0; i < bound->terms.size(); ++i)
      EXPECT_GE(s.makespan, bound->terms[i]) << name << ", " << scheduler::kBoundTermNames[i];
  }
  EXPECT_GE(s.bound_moved.time(), s.bound.time()) << "a run moves what is compulsory at least";
}

}  // namespace tessera::tests
