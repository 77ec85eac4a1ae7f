// tessera run: reads the run, simulates it, prints a report or one JSON document.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/file/atomic_file.h"
#include "scheduler/policy/action_plan.h"
#include "scheduler/replay/action_table.h"
#include "scheduler/tiling/run_size.h"
#include "sim/app/commands.h"
#include "sim/app/list_tiles.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/app/progress.h"
#include "sim/config/bindings.h"
#include "sim/config/host_rules.h"
#include "sim/config/run_reader.h"
#include "sim/run/prepare_run.h"
#include "sim/run/simulate.h"

namespace tessera::app {
namespace {

struct Request {
  sim::RunArguments run;
  std::filesystem::path out, actions;
  std::size_t operators = 5;
  bool json = false, tiles = false;
};

// A run that was asked for as JSON leaves no files behind unless it is told where.
std::filesystem::path out_folder(const Request& request, const sim::RunSpec& spec) {
  if (!request.out.empty() || request.json) return request.out;
  return std::filesystem::path("out") / spec.name;
}

// Of a run that is not over in a moment, so that nobody waits for what is not worth it.
void tell_of_large_run(const scheduler::RunSize& size) {
  constexpr double kLarge = 1'000'000;  // tiles
  if (size.tiles >= kLarge) say("tessera run: {}", scheduler::size_text(size));
}

std::vector<std::filesystem::path> inputs(const Request& request, const sim::RunSpec& spec) {
  std::vector<std::filesystem::path> files{request.run.run_file, spec.npu_source, spec.model.main_file()};
  if (auto table = scheduler::plan_file(spec.schedule.policy); !table.empty()) files.emplace_back(std::move(table));
  return files;
}

// The actions of a run that was done; a run that failed leaves none.
int write_actions(base::AtomicFile& file, const scheduler::ActionLog& log, const sim::PreparedRun& run) {
  file.put(scheduler::write_action_table(log.plan(), run.network, run.graph));
  return file.commit() ? kDone : lost(file.failure());
}

int simulate_and_print(const Request& request, const sim::RunSpec& spec) {
  Progress progress(stderr);
  sim::PrepareListener listener;
  listener.on_size = tell_of_large_run;
  listener.on_progress = [&](auto... step) { progress.update(step...); };
  const auto prepared = sim::prepare_run(spec, listener);
  progress.clear();
  if (!prepared) return report(prepared.problems());
  sim::SimulationOptions options;
  options.out = out_folder(request, spec);
  options.inputs = inputs(request, spec);
  scheduler::ActionLog log;
  std::optional<base::AtomicFile> actions;
  if (!request.actions.empty()) {
    options.actions = &log;
    actions.emplace(request.actions);
    if (!actions->ok()) return actions->lost() ? lost(actions->failure()) : report(actions->failure());
  }
  options.on_progress = [&](std::uint32_t done, std::uint32_t total) { progress.update("tiles", done, total); };
  const auto result = sim::simulate(*prepared, options);
  progress.clear();
  if (!result) return report(result.problems());
  for (const std::string& output : result->lost) lost(output);
  if (!result->failure.empty()) say("tessera run: the run failed: {}", result->failure);
  if (!result->ok) return kFailed;
  if (actions && write_actions(*actions, log, *prepared) != kDone) return kFailed;
  if (request.json) fmt::print("{}", sim::summary_json(result->summary));
  else fmt::print("{}", sim::summary_text(result->summary, {screen_width(), request.operators}));
  if (request.tiles && !request.json) print_tiles(result->summary.tiling);
  flush_output();
  if (!options.out.empty()) say("files are in {}", options.out.string());
  return kDone;
}

}  // namespace

int run_command(Arguments arguments) {
  Request request;
  Options options("run", "Simulates a network on a machine.");
  options.value("RUN", request.run.run_file, "run file; not needed with --npu and a network");
  options.value("--npu", request.run.npu_file, "machine, instead of the run file's");
  options.value("--model", request.run.model_file, "network (ONNX or YAML), instead of the run file's");
  options.value("--program", request.run.program_file,
                "tiles of a compiler in place of a network (tessera export-program)");
  options.value("--gemm", request.run.gemm, "one matrix product as the network: MxKxN");
  options.value(
      "--conv", request.run.conv,
      "one convolution as the network: w=..,h=..,c=..,k=..,kw=..,kh=..[,sx=,sy=,pl=,pr=,pt=,pb=,dx=,dy=,groups=]");
  options.values("--bind", request.run.bind, sim::kBindHelp);
  options.values("--host", request.run.host, sim::kHostHelp);
  options.value("--policy", request.run.policy, "scheduling policy: short for --set scheduler.policy=");
  options.values("--set", request.run.overrides,
                 "path=value: a key of the run file or of the machine (tessera params)");
  options.value("--out", request.out,
                "folder for summary.json, trace.tsr, schedule.csv, resolved.yaml; default "
                "out/NAME, with --json none");
  options.value(
      "--save-actions", request.actions,
      "file for what the policy did, action by action: --policy static --set scheduler.table=FILE repeats it");
  options.value("--operators", request.operators, "rows of the operator table").shows_default();
  options.flag("--tiles", request.tiles, "list the tiles of each operator below the report");
  options.flag("--json", request.json, "print summary.json instead of the screen");
  if (const auto code = options.parse(arguments)) return *code;

  const auto spec = sim::read_run(request.run);
  if (!spec) return report(spec.problems());
  return simulate_and_print(request, *spec);
}

}  // namespace tessera::app
