// A run as a short text: what a golden file keeps and a person compares line by line.
#pragma once

#include <filesystem>
#include <string>

#include "tests/golden/execution.h"

namespace tessera::tests {

// Makespan, bounds with their terms, work, decisions, bytes, busy and stalls of every core that did something, the
// critical path by part, and the first rows of schedule.csv in `out`. Integers only: picoseconds and bytes.
[[nodiscard]] std::string summary_lines(const Execution& run, const std::filesystem::path& out);

}  // namespace tessera::tests
