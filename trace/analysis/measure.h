// A measure: one quantity that a run or its trace is described by, with everything that screens, documents, comparisons
// and the generated reference need to know of it. A table lists the measures of one kind of row (a core, a DMA channel,
// the run); whoever shows rows goes through the table and knows nothing of the structs behind it.
#pragma once

#include <cassert>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/value.h"
#include "trace/record/level.h"

namespace tessera::trace {

// Each dimension has one unit, and a key shows it (suffix_of).
enum class MeasureUnit : std::uint8_t {
  text,
  count,
  ratio,   // a share: within 0 and 1
  factor,  // how many times as much
  ps,
  ns,
  seconds,
  cycles,
  bytes,
  macs,
  bytes_per_second,
  per_second,
  microjoules,
  milliwatts,
};
[[nodiscard]] std::string_view to_string(MeasureUnit);  // "ps", "B/s", "uJ"
// How the key of a measure in this unit ends ("ps": makespan_ps, or a part named after it: stall_ps.load); empty for
// texts, counts, ratios and factors, whose keys say what they are.
[[nodiscard]] std::string_view suffix_of(MeasureUnit);

// How a run's one value follows from the values of its rows. `mean`: over the rows that have a value.
enum class Aggregate : std::uint8_t { none, sum, mean };
[[nodiscard]] std::string_view to_string(Aggregate);

struct MeasureInfo {
  std::string id;  // path of its key within the row's object, snake_case: "tile_gap.p99_ps"
  MeasureUnit unit = MeasureUnit::count;
  Level level = Level::off;  // lowest level of a trace that holds what it is counted from; off: the run itself knows
  Aggregate aggregate = Aggregate::none;
  std::string definition;
  std::string same_as;  // the measure that says the same (another unit, another place); empty: the only one
};

template <class Row>
struct Measure : MeasureInfo {
  std::function<base::Value(const Row&)> get;

  // Its value in one row; nothing where the trace's level is too low for it.
  [[nodiscard]] base::Value value(const Row& row, Level trace_level) const {
    return trace_level < level ? base::Value{} : get(row);
  }
};

template <class Row>
class MeasureTable {
 public:
  // `get`: a member of Row or a function of a row; its result becomes a Value (base/value.h).
  template <class Get>
  Measure<Row>& add(std::string id, MeasureUnit unit, Level level, Aggregate aggregate, std::string definition,
                    Get get) {
    Measure<Row> m;
    m.id = std::move(id);
    m.unit = unit;
    m.level = level;
    m.aggregate = aggregate;
    m.definition = std::move(definition);
    m.get = [get](const Row& row) { return base::value_of(std::invoke(get, row)); };
    return list_.emplace_back(std::move(m));
  }
  [[nodiscard]] const std::vector<Measure<Row>>& list() const { return list_; }
  [[nodiscard]] const Measure<Row>* find(std::string_view id) const {
    for (const Measure<Row>& m : list_) {
      if (m.id == id) return &m;
    }
    return nullptr;
  }

 private:
  std::vector<Measure<Row>> list_;
};

// The sum or the mean of values; nothing if none of them is a number.
[[nodiscard]] base::Value aggregate(Aggregate, const std::vector<base::Value>& values);

template <class Row>
[[nodiscard]] base::Value aggregate(const Measure<Row>& measure, std::span<const Row> rows, Level trace_level) {
  std::vector<base::Value> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(measure.value(row, trace_level));
  return aggregate(measure.aggregate, values);
}

}  // namespace tessera::trace
