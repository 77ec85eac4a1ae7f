// What must hold of every run, read from its records alone (and the machine's notes), independently of trace/analysis.
#pragma once

#include <string>
#include <vector>

#include "scheduler/policy/policy.h"
#include "scheduler/replay/action_table.h"
#include "tests/scheduler/support/random_graph.h"
#include "tests/scheduler/support/test_machine.h"
#include "trace/record/collector.h"

namespace tessera::scheduler::testing {

struct Outcome {
  bool stopped = false;  // ended with tiles left and nothing pending
  RunState state = RunState::running;
  std::string failure, wait_chain;
  base::Ps makespan{0};
  DispatchCounts counts;
  std::vector<trace::Collector::Item> records;
  std::vector<std::string> problems;  // empty: everything held
};

// Runs the setup under the policy and checks it. Without `keep` the records are dropped after the checks. `actions`:
// where to keep what the policy did.
[[nodiscard]] Outcome run_checked(const Scenario&, Policy&, const MachineShape&, bool keep = false,
                                  ActionLog* actions = nullptr);

// What went wrong, in lines.
[[nodiscard]] std::string report(const Outcome&);
// Byte by byte.
[[nodiscard]] bool same_records(const Outcome&, const Outcome&);

// How many random runs a test makes: TESSERA_RANDOM_RUNS, or so many.
[[nodiscard]] std::uint64_t random_runs(std::uint64_t usual);
[[nodiscard]] MachineShape random_machine(Random&);

}  // namespace tessera::scheduler::testing
