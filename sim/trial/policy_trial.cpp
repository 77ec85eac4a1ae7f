#include "sim/trial/policy_trial.h"

#include <fmt/format.h>

#include "base/file/atomic_file.h"
#include "scheduler/spec/schedule_spec.h"
#include "sim/config/run_reader.h"
#include "sim/prepare/prepare.h"
#include "sim/run/simulate.h"
#include "sim/trial/random_run.h"
#include "sim/trial/run_laws.h"

namespace tessera::sim {
namespace {

struct Ran {
  std::string failure, law;
  base::Ps makespan{0}, bound{0};
  std::uint64_t fingerprint = 0;
};

base::Result<Ran> run_once(const PreparedRun& run) {
  RunLaws laws(run.graph);
  SimulationOptions options;
  options.trace_in_place = true;
  options.listeners = {&laws};
  const auto result = simulate(run, options);
  if (!result) return result.problems();
  Ran ran;
  ran.failure = result->failure;
  if (!result->ok) return ran;
  ran.law = laws.broken();
  ran.makespan = result->summary.makespan;
  ran.bound = result->summary.bound.time();
  ran.fingerprint = laws.fingerprint();
  return ran;
}

std::optional<Misbehaviour> judge(std::uint64_t seed, const Ran& first, const Ran& second) {
  if (!first.failure.empty()) return Misbehaviour{seed, "ends", first.failure};
  if (!first.law.empty()) return Misbehaviour{seed, "every tile once, edges kept", first.law};
  if (first.makespan < first.bound)
    return Misbehaviour{seed, "not below the bound",
                        fmt::format("{} ps, and no schedule of these tiles takes less than {} ps",
                                    first.makespan.count(), first.bound.count())};
  if (!second.failure.empty()) return Misbehaviour{seed, "deterministic", "the second time: " + second.failure};
  if (first.fingerprint != second.fingerprint)
    return Misbehaviour{seed, "deterministic",
                        fmt::format("two runs of the same input differ: {} ps and {} ps", first.makespan.count(),
                                    second.makespan.count())};
  return std::nullopt;
}

RunArguments arguments_of(const TrialOptions& options) {
  RunArguments a;
  a.run_file = options.folder / "run.yaml";
  a.policy = options.policy;
  const bool file = scheduler::PolicySpec::names_file(options.policy);
  for (const std::string& o : options.options) a.overrides.push_back((file ? "scheduler.options." : "scheduler.") + o);
  return a;
}

}  // namespace

base::Result<TrialResult> try_policy(const TrialOptions& options) {
  TrialResult result;
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  const RunArguments arguments = arguments_of(options);
  for (std::uint64_t i = 0; i < options.runs; ++i) {
    const std::uint64_t seed = options.seed + i;
    if (options.on_run) options.on_run(seed);
    const RandomRun drawn = random_run(seed);
    for (const auto& [name, text] : {std::pair{"network.yaml", &drawn.network_yaml}, {"run.yaml", &drawn.run_yaml}})
      if (auto lost = base::write_file(options.folder / name, *text); !lost.empty()) return base::failure(lost);
    const auto spec = read_run(arguments);
    if (!spec) return spec.problems();  // the draw is right, so the policy or its options are not
    const auto prepared = prepare(*spec);
    if (!prepared) {
      ++result.refused;
      continue;
    }
    ++result.runs;
    result.tiles += prepared->graph.tiles.size();
    const auto first = run_once(*prepared);
    if (!first) return first.problems();
    const auto second = first->failure.empty() ? run_once(*prepared) : first;
    if (!second) return second.problems();
    result.wrong = judge(seed, *first, *second);
    if (result.wrong) break;
  }
  return result;
}

}  // namespace tessera::sim
