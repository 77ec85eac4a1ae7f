// The one-screen answer to "where did the time go", as text: one function a table, each with units in its head and
// the definition of its numbers in the legend below. Used by `tessera run` and `tessera analyze`.
#pragma once

#include <cstddef>
#include <string>

#include "trace/analysis/critical_path.h"
#include "trace/analysis/measures.h"

namespace tessera::trace {

[[nodiscard]] std::string core_table(const MeasuresResult&);    // utilization, overlap, MACs per core and mean
[[nodiscard]] std::string stall_table(const MeasuresResult&);   // share of the window by reason: arrays, vector units
[[nodiscard]] std::string buffer_table(const MeasuresResult&);  // double buffering by operand; latencies
[[nodiscard]] std::string dma_table(const MeasuresResult&);     // bytes, bandwidth, waits per channel and in all
[[nodiscard]] std::string operator_table(const MeasuresResult&, std::size_t most);  // by active time
[[nodiscard]] std::string path_table(const CriticalPath&);
// What each number means: the definitions of the measure tables, under the titles that the columns have here.
[[nodiscard]] std::string legend();
// All of them; `path` may be null (level below tile).
[[nodiscard]] std::string report_text(const MeasuresResult&, const CriticalPath* path, std::size_t most_operators = 5);

}  // namespace tessera::trace
