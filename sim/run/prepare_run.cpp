#include "sim/run/prepare_run.h"

#include <algorithm>
#include <utility>

#include "sim/run/simulate.h"

namespace tessera::sim {

namespace {

// One takes tiles as they become ready, one plans: what is good for both is good for others.
constexpr const char* kTriedPolicies[] = {"depth_first", "lookahead"};

base::Ps time_in_engine(PreparedRun run, base::Ps limit) {
  run.spec.trace.decisions = false;
  const base::Ps longest = run.time_limit;
  base::Ps sum{0};
  for (const char* policy : kTriedPolicies) {
    run.spec.schedule.policy = {.name = policy};
    run.time_limit = std::min(longest, limit - sum);
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
