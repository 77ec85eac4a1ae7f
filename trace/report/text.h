// The one-screen answer to "where did the time go", as text: one function a table, each with units in its head and
// the definition of its numbers in the legend below. Used by `tessera run` and `tessera analyze`.
#pragma once

#include <cstddef>
#include <string>

#include "trace/analysis/critical_path.h"
#include "trace/analysis/measures.h"
#include "trace/report/screen.h"

namespace tessera::trace {

// The tables, without their legend. `path` may be null (level below tile).
[[nodiscard]] std::string tables(const MeasuresResult&, const CriticalPath* path, const Screen&);
// What each number means: the definitions of the measure tables, under the titles that the columns have here. Only of
// tables that are shown.
[[nodiscard]] std::string legend(const CriticalPath* path, const Screen&);
// Both.
[[nodiscard]] std::string report_text(const MeasuresResult&, const CriticalPath* path, const Screen& = {});

}  // namespace tessera::trace
