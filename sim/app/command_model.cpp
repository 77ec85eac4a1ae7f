// tessera model FILE: what was read from a network, and with --tiles what a machine's tiling makes of it.
#include <fmt/format.h>

#include <optional>

#include "models/read_network.h"
#include "sim/app/commands.h"
#include "sim/app/list_tiles.h"
#include "sim/app/model_text.h"
#include "sim/app/options.h"
#include "sim/config/bindings.h"
#include "sim/config/file_kind.h"
#include "sim/config/host_rules.h"
#include "sim/config/run_reader.h"
#include "sim/prepare/assign_precision.h"
#include "sim/results/summary_measures.h"
#include "sim/run/prepare_run.h"

namespace tessera::app {
namespace {

struct Request {
  sim::RunArguments run;  // of which the machine and the network are given
  bool json = false, notes = false, tiles = false;
};

void print(const Request& request, const ModelView& view, const scheduler::TilingPlan* tiling) {
  if (request.json) {
    base::JsonDocument document("tessera.model/1");
    put_model(document, view);
    if (tiling != nullptr) sim::put_tiling(document, *tiling);
    fmt::print("{}\n", document.text());
    return;
  }
  print_model(view, request.notes);
  if (tiling != nullptr) print_tiles(*tiling);
}

models::ElementFormat format_of(const sim::RunSpec& spec) {
  return {spec.used_precision(), spec.npu.accumulator_bytes};
}

// On a machine: in its precision, with its tiles.
int show_on_machine(const Request& request) {
  const auto spec = sim::read_run(request.run);
  if (!spec) return report(spec.problems());
  if (!request.tiles) {
    auto network = sim::load_network(spec->model, {.keeps_quantization = spec->keeps_file_precision()});
    if (!network) return report(network.problems());
    if (const auto problems = sim::assign_precision(*network, *spec); !problems.empty()) return report(problems);
    print(request, {*network, format_of(*spec)}, nullptr);
    return kDone;
  }
  const auto run = sim::prepare_run(*spec);
  if (!run) return report(run.problems());
  const auto tiling = scheduler::tiling_plan(run->network, run->graph);
  print(request, {run->network, format_of(*spec)}, &tiling);
  return kDone;
}

}  // namespace

int model_command(Arguments arguments) {
  Options options(
      "model",
      "What was read from a network: operators, shapes, MACs, bytes, what was folded or fused; with --tiles "
      "what a machine makes of it.");
  Request request;
  sim::RunArguments& run = request.run;
  options.value("FILE", run.model_file, "an ONNX file or a YAML graph").required();
  options.values("--bind", run.bind, sim::kBindHelp);
  options.values("--host", run.host, sim::kHostHelp);
  options.value("--npu", run.npu_file, "machine: its precision counts where the network says none");
  options.values("--set", run.overrides, "path=value: a key of a run file or of the machine (with --npu)");
  options.flag("--tiles", request.tiles,
               "the tiles that were chosen for each operator, and what they move (with --npu)");
  options.flag("--json", request.json, "one JSON document");
  options.flag("--notes", request.notes, "every single thing that the passes did");
  if (const auto code = options.parse(arguments)) return *code;
  if (!run.npu_file.empty()) return show_on_machine(request);
  if (request.tiles || !run.overrides.empty())
    return report(fmt::format("tessera model: {} needs a machine: --npu FILE", request.tiles ? "--tiles" : "--set"));
  const auto bindings = sim::parse_bindings(run.bind);
  if (!bindings) return report(bindings.problems());
  const auto host = sim::parse_host_rules(run.host);
  if (!host) return report(host.problems());
  const auto network =
      models::read_network(run.model_file, {.keeps_quantization = true, .bind = *bindings, .host = *host});
  if (!network) return report(sim::explained(network.problems(), run.model_file, sim::FileKind::network));
  print(request, {*network, {}}, nullptr);
  return kDone;
}

}  // namespace tessera::app
