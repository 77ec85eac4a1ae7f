#include "sim/run/prepare_run.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "scheduler/bounds/lower_bound.h"
#include "scheduler/policy/policies.h"
#include "sim/run/simulate.h"

namespace tessera::sim {

namespace {

// One takes tiles as they become ready (the first of the list), one plans: what is good for both is good for others.
std::array<std::string, 2> tried_policies() {
  return {std::string(scheduler::policies().front()->name), scheduler::PolicySpec::kDefault};
}

base::Ps time_in_engine(PreparedRun run, base::Ps limit) {
  run.spec.trace.decisions = false;
  run.spec.npu.core.pe_array.fidelity = arch::Fidelity::closed_form;  // the same times, sooner
  const base::Ps longest = run.time_limit;
  const base::Ps least =
      limit == base::kNever ? base::Ps{0} : scheduler::work_bound(run.graph, run.spec.npu, run.limits).time();
  const auto tried = tried_policies();
  base::Ps others = least * std::ssize(tried);  // what those take at least that are still to come
  base::Ps sum{0};
  for (const std::string& policy : tried) {
    run.spec.schedule.policy = {.name = policy};
    others -= least;
    run.time_limit = std::min(longest, limit - sum - others);
    if (run.time_limit <= base::Ps{0}) return base::kNever;
    SimulationOptions options;
    options.trace_in_place = true;
    const auto done = simulate(run, options);
    if (!done || !done->ok) return base::kNever;
    sum += done->summary.makespan;
    if (sum >= limit) return base::kNever;
  }
  return sum;
}

}  // namespace

base::Result<PreparedRun> prepare_run(const RunSpec& spec, PrepareListener listener) {
  listener.trial = [](const PreparedRun& run, base::Ps limit) { return time_in_engine(run, limit); };
  return prepare(spec, std::move(listener));
}

}  // namespace tessera::sim
