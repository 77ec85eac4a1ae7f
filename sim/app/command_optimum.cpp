// tessera optimum: the best schedule of a run of a few tiles, whether it is proved, and how far policies are from it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/escape.h"
#include "base/file/atomic_file.h"
#include "base/json_document.h"
#include "scheduler/bounds/lower_bound.h"
#include "scheduler/optimum/optimum.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/app/policy_list.h"
#include "sim/app/progress.h"
#include "sim/config/bindings.h"
#include "sim/config/host_rules.h"
#include "sim/config/run_reader.h"
#include "sim/run/prepare_run.h"
#include "sim/run/simulate.h"

namespace tessera::app {
namespace {

using base::Ps;
using scheduler::ActionPlan;

struct Request {
  sim::RunArguments run;
  std::string policies;
  std::filesystem::path actions;
  scheduler::OptimumOptions search;
  bool json = false;
};

struct Played {
  std::string policy;
  Ps makespan = base::kNever;  // kNever: it failed
  ActionPlan plan;
};

// The run under a policy, with what it did.
base::Result<Played> play(const sim::PreparedRun& run, std::string name) {
  scheduler::ActionLog log;
  sim::SimulationOptions options;
  options.trace_in_place = true;
  options.actions = &log;
  const auto result = sim::simulate(run, options);
  if (!result) return result.problems();
  if (!result->ok) return Played{std::move(name), base::kNever, {}};
  return Played{std::move(name), result->summary.makespan, log.plan()};
}

base::Result<std::vector<Played>> play_all(const Request& request, sim::PreparedRun& run) {
  std::vector<Played> all;
  for (const std::string& policy : split_list(request.policies)) {
    sim::RunArguments arguments = request.run;
    arguments.policy = policy;
    const auto spec = sim::read_run(arguments);
    if (!spec) return spec.problems();
    run.spec.schedule.policy = spec->schedule.policy;
    auto played = play(run, policy);
    if (!played) return played.problems();
    all.push_back(std::move(played).value());
  }
  return all;
}

// Why a run is not searched; empty: it is.
std::string refusal(const sim::PreparedRun& run) {
  const std::size_t tiles = run.graph.tiles.size() - run.graph.host_tasks.size();
  if (tiles > scheduler::kMostOptimumTiles)
    return fmt::format(
        "tessera optimum: the run has {} tiles to dispatch, and the best schedule is found of at most {}: the "
        "schedules "
        "of more are too many to be looked at; larger tiles (tiles: in the run file), fewer operators or a single "
        "request have fewer",
        tiles, scheduler::kMostOptimumTiles);
  if (tiles == 0) return "tessera optimum: the run has no tile to dispatch";
  if (run.spec.trace.device && run.spec.npu.trace_buffer.overflow == trace::OverflowPolicy::stall)
    return "tessera optimum: trace.device with trace_buffer.overflow: stall is not searched; --set trace.device=false";
  return "";
}

class Report {
 public:
  Report(const sim::PreparedRun& run, const std::vector<Played>& policies, const scheduler::Optimum& best)
      : run_(run), policies_(policies), best_(best),
        bound_(std::max(best.bound, scheduler::lower_bound(run.graph, run.spec.npu, run.limits).time())) {}

  [[nodiscard]] std::string text() const {
    std::string text =
        fmt::format("{} on {}: {} tiles, {} core{}\n", base::screen_text(run_.network.name),
                    base::screen_text(run_.spec.npu.name), run_.graph.tiles.size() - run_.graph.host_tasks.size(),
                    run_.spec.npu.cores, run_.spec.npu.cores == 1 ? "" : "s");
    text += fmt::format("best schedule   {} cycles, {}\n", cycles(best_.makespan),
                        best_.proved() ? "proved: none takes less"
                                       : fmt::format("not proved: none takes less than {} cycles ({:.2f} % less)",
                                                     cycles(bound_), 100 * (1 - ratio(bound_))));
    text += fmt::format("searched        {} runs of the machine, {} beginnings of schedules, {} whole schedules\n\n",
                        best_.runs, best_.nodes, best_.schedules);
    text += fmt::format("{:<24}{:>12}{:>16}\n", "policy", "cycles", "above the best");
    for (const Played& p : policies_)
      text += p.makespan == base::kNever ? fmt::format("{:<24}{:>12}\n", base::screen_text(p.policy), "failed")
                                         : fmt::format("{:<24}{:>12}{:>14.2f} %\n", base::screen_text(p.policy),
                                                       cycles(p.makespan), 100 * (ratio(p.makespan) - 1));
    return text;
  }

  [[nodiscard]] std::string json() const {
    base::JsonDocument document("tessera.optimum/1");
    document.put("network", run_.network.name);
    document.put("npu", run_.spec.npu.name);
    document.put("tiles", static_cast<std::int64_t>(run_.graph.tiles.size() - run_.graph.host_tasks.size()));
    document.put("makespan_ps", best_.makespan.count());
    document.put("makespan_cycles", cycles(best_.makespan));
    document.put("proved", best_.proved());
    document.put("bound_ps", bound_.count());
    document.put("runs", best_.runs);
    document.put("nodes", best_.nodes);
    document.put("schedules", best_.schedules);
    document.open_list("policies");
    for (const Played& p : policies_) {
      const std::string at = document.append("policies");
      document.put(at + "policy", p.policy);
      document.put(at + "ok", p.makespan != base::kNever);
      if (p.makespan == base::kNever) continue;
      document.put(at + "makespan_ps", p.makespan.count());
      document.put(at + "above_best", ratio(p.makespan) - 1);
    }
    return document.text() + "\n";
  }

 private:
  [[nodiscard]] std::int64_t cycles(Ps at) const { return run_.spec.npu.core_clock.first_edge(at).count(); }
  [[nodiscard]] double ratio(Ps at) const {
    return static_cast<double>(at.count()) / static_cast<double>(std::max<std::int64_t>(1, best_.makespan.count()));
  }

  const sim::PreparedRun& run_;
  const std::vector<Played>& policies_;
  const scheduler::Optimum& best_;
  Ps bound_;
};

// The machine itself has the last word on what a schedule takes.
std::string contradiction(sim::PreparedRun& run, const scheduler::Optimum& best) {
  run.spec.schedule.policy = {.name = "static"};
  run.spec.schedule.policy.plan = std::make_shared<const ActionPlan>(best.plan);
  const auto again = play(run, "static");
  if (again && again->makespan == best.makespan) return "";
  return fmt::format(
      "tessera optimum: the schedule that was found takes {} ps, and its actions replayed take {}: a bug",
      best.makespan.count(), again ? fmt::format("{} ps", again->makespan.count()) : "no time at all");
}

int search_and_print(Request& request, sim::PreparedRun& run) {
  const auto policies = play_all(request, run);
  if (!policies) return report(policies.problems());
  ActionPlan known;
  for (const Played& p : *policies)
    if (p.makespan < known.makespan) known = p.plan;
  Progress progress(stderr);
  request.search.on_progress = [&](std::uint64_t runs, Ps) { progress.update("runs", runs, request.search.runs); };
  const scheduler::Optimum best =
      scheduler::find_optimum(run.graph, run.spec.npu, run.limits, run.spec.schedule, known, request.search);
  progress.clear();
  if (best.makespan == base::kNever) {
    say("tessera optimum: no schedule was found within {} runs", best.runs);
    return kFailed;
  }
  if (const std::string wrong = contradiction(run, best); !wrong.empty()) {
    say(wrong);
    return kFailed;
  }
  const Report result(run, *policies, best);
  fmt::print("{}", request.json ? result.json() : result.text());
  flush_output();
  if (request.actions.empty()) return kDone;
  base::AtomicFile file(request.actions);
  file.put(scheduler::write_action_table(best.plan, run.network, run.graph));
  if (file.commit()) return kDone;
  return file.lost() ? lost(file.failure()) : report(file.failure());
}

}  // namespace

int optimum_command(Arguments arguments) {
  Request request;
  request.policies = own_policies();
  bool without_prefetches = false;
  Options options(
      "optimum",
      "Finds the best schedule of a run of at most 14 tiles, says whether it is proved, and how far policies "
      "are from it (docs/policies.md).");
  options.value("RUN", request.run.run_file, "run file; not needed with --npu and a network");
  options.value("--npu", request.run.npu_file, "machine, instead of the run file's");
  options.value("--model", request.run.model_file, "network (ONNX or YAML), instead of the run file's");
  options.value("--program", request.run.program_file, "tiles of a compiler in place of a network");
  options.value("--gemm", request.run.gemm, "one matrix product as the network: MxKxN");
  options.value("--conv", request.run.conv, "one convolution as the network, as of tessera run");
  options.values("--bind", request.run.bind, sim::kBindHelp);
  options.values("--host", request.run.host, sim::kHostHelp);
  options.values("--set", request.run.overrides,
                 "path=value: a key of the run file or of the machine (tessera params)");
  options.value("--policies", request.policies, "names or files of policies, with commas between them").shows_default();
  options
      .value("--runs", request.search.runs,
             "of the machine, thousands a second: what is not proved by then is reported so")
      .between(1, 1e12)
      .shows_default();
  options.flag("--no-prefetches", without_prefetches, "only schedules without prefetches");
  options.flag("--waits", request.search.waits, "also schedules that hold back actions that are legal: many more");
  options.value("--save-actions", request.actions,
                "file for the best schedule: --policy static --set scheduler.table=FILE repeats it");
  options.flag("--json", request.json, "print one JSON document instead of the screen");
  if (const auto code = options.parse(arguments)) return *code;
  request.search.prefetches = !without_prefetches;

  const auto spec = sim::read_run(request.run);
  if (!spec) return report(spec.problems());
  auto run = sim::prepare_run(*spec);
  if (!run) return report(run.problems());
  if (const std::string why = refusal(*run); !why.empty()) return report(why);
  return search_and_print(request, *run);
}

}  // namespace tessera::app
