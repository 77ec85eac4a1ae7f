// Measures as parts of a JSON document: keys, order and nesting are those of the measure tables. summary.json and
// `tessera analyze --json` are both written by these, so a quantity has one key.
#pragma once

#include <string>
#include <string_view>

#include "base/json_document.h"
#include "trace/analysis/critical_path.h"
#include "trace/analysis/measure_table.h"

namespace tessera::trace {

// One row; `place` is empty or ends with a dot ("cores.3.").
template <class Row>
void put_row(base::JsonDocument& document, const std::string& place, const MeasureTable<Row>& table, const Row& row,
             Level level = Level::burst) {
  for (const Measure<Row>& m : table.list()) document.put(place + m.id, m.value(row, level));
}

// What describes the run as a whole, at the document's top.
void put_run(base::JsonDocument&, const MeasuresResult&);
// The rows: cores, double buffering by operand, DMA channels, operators by active time.
void put_rows(base::JsonDocument&, const MeasuresResult&);
// How long the critical path stays in each part, and how often it jumps for each reason; not its steps.
void put_path(base::JsonDocument&, const CriticalPath&);

// The document of `tessera analyze --json`, schema tessera.analysis/1. `path` is null where the trace does not hold the
// whole run.
[[nodiscard]] std::string analysis_json(const RunName&, const MeasuresResult&, const CriticalPath* path);

}  // namespace tessera::trace
