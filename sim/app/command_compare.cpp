// tessera compare: the same tiles under several policies, of one or several networks and machines.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/file/atomic_file.h"
#include "sim/app/commands.h"
#include "sim/app/compare_table.h"
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

struct Request {
  sim::RunArguments run;
  std::string policies, npus, models;
  std::filesystem::path out;
  bool json = false, markdown = false;
};

// One run for each policy, all of the same network and machine.
struct Cell {
  std::vector<std::string> policies;
  std::vector<sim::RunSpec> runs;
};

base::Result<std::vector<Cell>> read_cells(const Request& request) {
  std::vector<std::string> npus = split_list(request.npus), models = split_list(request.models);
  if (npus.empty()) npus = {""};
  if (models.empty()) models = {""};
  std::vector<Cell> cells;
  for (const std::string& npu : npus) {
    for (const std::string& model : models) {
      Cell cell{split_list(request.policies), {}};
      for (const std::string& policy : cell.policies) {
        sim::RunArguments arguments = request.run;
        arguments.policy = policy;
        if (!npu.empty()) arguments.npu_file = npu;
        if (!model.empty()) arguments.model_file = model;
        auto spec = sim::read_run(arguments);
        if (!spec) return spec.problems();
        cell.runs.push_back(std::move(spec).value());
      }
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

class Comparison {
 public:
  explicit Comparison(std::uint64_t runs) : runs_(runs), progress_(stderr) {}

  ComparedCell compare(const Cell& cell) {
    const sim::RunSpec& first = cell.runs.front();
    ComparedCell compared{first.model.file.filename().string(), first.npu.name, {}, {}};
    if (compared.network.empty()) compared.network = first.name;
    sim::PrepareListener listener;
    listener.on_progress = [this](auto... step) { progress_.update(step...); };
    auto prepared = sim::prepare_run(first, listener);
    if (!prepared) {
      compared.failure = prepared.problems().to_string();
      done_ += cell.runs.size();
      return compared;
    }
    compared.network = prepared->network.name;
    for (std::size_t i = 0; i < cell.runs.size(); ++i) {
      prepared->spec.schedule.policy = cell.runs[i].schedule.policy;
      compared.runs.push_back(run(*prepared, cell.policies[i]));
      ++done_;
      progress_.update("runs", done_, runs_);
    }
    return compared;
  }
  void clear() { progress_.clear(); }

 private:
  ComparedRun run(const sim::PreparedRun& prepared, const std::string& policy) {
    ComparedRun compared{policy, {}, {}};
    sim::SimulationOptions options;
    const std::string what = fmt::format("tiles, run {} of {},", done_ + 1, runs_);
    options.on_progress = [&](std::uint32_t done, std::uint32_t total) { progress_.update(what, done, total); };
    const auto result = sim::simulate(prepared, options);
    if (!result) compared.failure = result.problems().to_string();
    else if (!result->ok) compared.failure = result->failure.empty() ? "the run failed" : result->failure;
    else compared.summary = result->summary;
    return compared;
  }

  std::uint64_t runs_, done_ = 0;
  Progress progress_;
};

int write_file(const std::filesystem::path& path, const std::vector<ComparedCell>& cells) {
  base::AtomicFile file(path);
  const std::string kind = path.extension().string();
  file.put(kind == ".json" ? compare_json(cells) : kind == ".md" ? compare_markdown(cells) : compare_text(cells, 80));
  if (file.commit()) return kDone;
  return file.lost() ? lost(file.failure()) : report(file.failure());
}

int print_all(const Request& request, const std::vector<ComparedCell>& cells) {
  if (request.json) fmt::print("{}", compare_json(cells));
  else if (request.markdown) fmt::print("{}", compare_markdown(cells));
  else if (request.out.empty()) fmt::print("{}", compare_text(cells, screen_width()));
  flush_output();
  int code = request.out.empty() ? kDone : write_file(request.out, cells);
  for (const ComparedCell& cell : cells) {
    if (!cell.failed() || code != kDone) continue;
    say("tessera compare: not every run was done");
    code = kFailed;
  }
  return code;
}

}  // namespace

int compare_command(Arguments arguments) {
  Request request;
  request.policies = own_policies();
  Options options("compare", "Runs the same tiles under several policies and shows what differs.");
  options.value("RUN", request.run.run_file, "run file; not needed with a machine and a network");
  options.value("--policies", request.policies, "names or files of policies, with commas between them").shows_default();
  options.value("--npus", request.npus, "machines instead of the run file's, with commas between them");
  options.value("--models", request.models, "networks instead of the run file's, with commas between them");
  options.value("--gemm", request.run.gemm, "one matrix product as the network: MxKxN");
  options.value("--conv", request.run.conv, "one convolution as the network, as of tessera run");
  options.values("--bind", request.run.bind, sim::kBindHelp);
  options.values("--host", request.run.host, sim::kHostHelp);
  options.values("--set", request.run.overrides,
                 "path=value: a key of the run file or of the machine (tessera params)");
  options.value("-o,--output", request.out, "file for the table: .json, .md, else as on the screen");
  options.flag("--json", request.json, "print one JSON document instead of the screen");
  options.flag("--markdown", request.markdown, "print Markdown instead of the screen").excludes("--json");
  if (const auto code = options.parse(arguments)) return *code;
  if (request.out.extension() == ".html")
    return report("--output: the table is not written as HTML; name a .md or a .json file");
  if (split_list(request.policies).empty()) return report("--policies: names no policy");

  const auto cells = read_cells(request);
  if (!cells) return report(cells.problems());
  std::uint64_t runs = 0;
  for (const Cell& cell : *cells) runs += cell.runs.size();
  Comparison comparison(runs);
  std::vector<ComparedCell> compared;
  for (const Cell& cell : *cells) compared.push_back(comparison.compare(cell));
  comparison.clear();
  return print_all(request, compared);
}

}  // namespace tessera::app
