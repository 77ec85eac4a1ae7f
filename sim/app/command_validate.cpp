// tessera validate FILE...: files of every kind that goes into a run, each by what it holds; nothing is simulated.
#include <fmt/format.h>

#include <filesystem>

#include "arch/dram/standard.h"
#include "arch/energy/table.h"
#include "base/escape.h"
#include "base/json_document.h"
#include "models/read_network.h"
#include "scheduler/program/program.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/config/bindings.h"
#include "sim/config/file_kind.h"
#include "sim/config/host_rules.h"
#include "sim/config/run_reader.h"

namespace tessera::app {
namespace {

using sim::FileKind;

struct Verdict {
  std::string file;
  FileKind kind = FileKind::unknown;
  base::Diagnostics problems;
};

base::Diagnostics problems_of_run(const std::string& file) {
  sim::RunArguments arguments;
  arguments.run_file = file;
  const auto run = sim::read_run(arguments);
  return run ? base::Diagnostics{} : run.problems();
}

base::Diagnostics problems_of_machine(const std::string& file) {
  const auto npu = sim::read_machine(file, {});
  return npu ? base::Diagnostics{} : npu.problems();
}

base::Diagnostics problems_of_network(const std::string& file, const models::ReadOptions& read) {
  const auto network = models::read_network(file, read);
  return network ? base::Diagnostics{} : network.problems();
}

// By its path: a bare name would be one of those that are built in.
base::Diagnostics problems_of_standard(const std::string& file) {
  const auto standard = arch::find_dram_standard(std::filesystem::path(file).has_parent_path() ? file : "./" + file);
  return standard ? base::Diagnostics{} : standard.problems();
}

base::Diagnostics problems_of_table(const std::string& file) {
  const auto table = arch::find_energy_table(std::filesystem::path(file).has_parent_path() ? file : "./" + file);
  return table ? base::Diagnostics{} : table.problems();
}

Verdict validate(const std::string& file, const models::ReadOptions& read) {
  const auto kind = sim::kind_of_file(file);
  if (!kind) return {file, FileKind::unknown, kind.problems()};
  switch (*kind) {
    case FileKind::npu: return {file, *kind, problems_of_machine(file)};
    case FileKind::run: return {file, *kind, problems_of_run(file)};
    case FileKind::network: return {file, *kind, problems_of_network(file, read)};
    case FileKind::program: return {file, *kind, scheduler::check_program_syntax(file)};
    case FileKind::dram: return {file, *kind, problems_of_standard(file)};
    case FileKind::energy: return {file, *kind, problems_of_table(file)};
    case FileKind::trace: return {file, *kind, base::failure({file, 0, 0}, "is a trace: tessera check judges it")};
    case FileKind::summary:
    case FileKind::schedule:
      return {file, *kind,
              base::failure({file, 0, 0}, fmt::format("is {}: an output of this program, no input", sim::noun(*kind)))};
    case FileKind::actions:
      return {file, *kind,
              base::failure({file, 0, 0},
                            "is a table of actions, which only a run can judge: it follows one by "
                            "--policy static --set scheduler.table=FILE")};
    case FileKind::unknown: break;
  }
  return {file, *kind,
          base::failure(
              {file, 0, 0},
              "is no machine (core, clocks ...), no run (npu, model ...), no network (inputs, layers ...), no tile "
              "program (tensors, groups ...), "
              "no DRAM standard (period, timings ...) and no energy table (mac, sram ...)")};
}

void put(base::JsonDocument& document, const Verdict& v) {
  const std::string at = document.append("files");
  document.put(at + "file", v.file);
  document.put(at + "kind", to_string(v.kind));
  document.put(at + "ok", v.problems.empty());
  document.open_list(at + "problems");
  for (const auto& d : v.problems.list()) {
    const std::string problem = document.append(at + "problems");
    document.put(problem + "file", d.where.file);
    document.put(problem + "line", d.where.line);
    document.put(problem + "column", d.where.column);
    document.put(problem + "message", d.message);
  }
}

}  // namespace

int validate_command(Arguments arguments) {
  Options options("validate", "Checks machines, runs, networks, DRAM standards and energy tables, without simulating.");
  std::vector<std::string> files, bind, host;
  bool json = false;
  options.values("FILE", files, "files, of any kind").required();
  options.values("--bind", bind, sim::kBindHelp);
  options.values("--host", host, sim::kHostHelp);
  options.flag("--json", json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;
  const auto bindings = sim::parse_bindings(bind);
  if (!bindings) return report(bindings.problems());
  const auto host_rules = sim::parse_host_rules(host);
  if (!host_rules) return report(host_rules.problems());

  base::JsonDocument document("tessera.validation/1");
  document.open_list("files");
  int code = kDone;
  for (const std::string& file : files) {
    const Verdict verdict = validate(file, {.bind = *bindings, .host = *host_rules});
    if (!verdict.problems.empty()) code = report(verdict.problems);
    if (json) put(document, verdict);
    else if (verdict.problems.empty()) fmt::print("{}: {}, ok\n", base::screen_text(file), to_string(verdict.kind));
  }
  if (json) fmt::print("{}\n", document.text());
  return code;
}

}  // namespace tessera::app
