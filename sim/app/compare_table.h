// What `tessera compare` shows: runs of the same tiles under several policies, cell by cell, as screen, JSON document
// or Markdown. The columns stand in one list (compare_table.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/results/summary.h"

namespace tessera::app {

struct ComparedRun {
  std::string policy;
  std::string failure;  // empty: it was done
  std::optional<sim::RunSummary> summary;
};

// One network on one machine: its tile graph is the same for all policies.
struct ComparedCell {
  std::string network, npu;
  std::string failure;  // why there are no runs; empty: there are
  std::vector<ComparedRun> runs;
  [[nodiscard]] bool failed() const;  // itself or any of its runs
};

// A reason for which arrays wait, and for how long of a run under the policies that differ most: mean over the cores,
// in shares of the makespan.
struct DifferingReason {
  std::string reason, least_policy, most_policy;
  double least = 0, most = 0;
};
// At most `count`, those that differ most first; only what differs by at least one point.
[[nodiscard]] std::vector<DifferingReason> differing_reasons(const ComparedCell&, std::size_t count);

[[nodiscard]] std::string compare_text(const std::vector<ComparedCell>&, std::size_t width);
[[nodiscard]] std::string compare_markdown(const std::vector<ComparedCell>&);
[[nodiscard]] std::string compare_json(const std::vector<ComparedCell>&);  // ends with a new line

}  // namespace tessera::app
