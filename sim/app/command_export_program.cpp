// tessera export-program RUN -o FILE: the tiles that a run would simulate, as a program that stands in its network's
// place.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/escape.h"
#include "base/file/atomic_file.h"
#include "scheduler/program/program.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/config/bindings.h"
#include "sim/config/host_rules.h"
#include "sim/config/run_reader.h"
#include "sim/results/run_folder.h"
#include "sim/run/prepare_run.h"

namespace tessera::app {
namespace {

struct Request {
  sim::RunArguments run;
  std::filesystem::path output;
  std::string form;
};

// The folder of a run stands for the run that it holds.
std::filesystem::path run_file(const std::filesystem::path& given) {
  std::error_code error;
  return std::filesystem::is_directory(given, error) ? given / sim::kResolvedFile : given;
}

scheduler::ProgramForm form_of(const Request& request) {
  using scheduler::ProgramForm;
  if (request.form == "yaml") return ProgramForm::yaml;
  if (request.form == "text") return ProgramForm::text;
  if (request.form == "binary") return ProgramForm::binary;
  return request.output == "-" ? ProgramForm::yaml : scheduler::program_form(request.output);
}

int write(const Request& request, const sim::PreparedRun& run) {
  const bool to_stdout = request.output == "-";
  base::AtomicFile file(to_stdout ? "/dev/stdout" : request.output);
  if (!file.ok()) return file.lost() ? lost(file.failure()) : report(file.failure());
  file.put(scheduler::write_program(run.network, run.spec.npu, run.graph, form_of(request)));
  const bool is_stdout = file.writes_into(STDOUT_FILENO);
  if (!file.commit()) return lost(file.failure());
  if (!is_stdout) fmt::print("{}\n", base::screen_text(request.output.string()));
  return kDone;
}

}  // namespace

int export_program_command(Arguments arguments) {
  Request request;
  Options options("export-program", "Writes the tiles of a run as a tile program (docs/formats.md).");
  options.value("RUN", request.run.run_file, "run file, or the folder of a run; not needed with --npu and a network");
  options.value("--npu", request.run.npu_file, "machine, instead of the run file's");
  options.value("--model", request.run.model_file, "network (ONNX or YAML), instead of the run file's");
  options.value("--program", request.run.program_file, "a program, to write it in another form");
  options.value("--gemm", request.run.gemm, "one matrix product as the network: MxKxN");
  options.value("--conv", request.run.conv, "one convolution as the network (tessera run --help)");
  options.values("--bind", request.run.bind, sim::kBindHelp);
  options.values("--host", request.run.host, sim::kHostHelp);
  options.values("--set", request.run.overrides,
                 "path=value: a key of the run file or of the machine (tessera params)");
  options.value("-o,--output", request.output, "file to write; -: standard output").required();
  options
      .value("--form", request.form, "yaml, text or binary; without it as the file's name says: .yaml, .txtpb, other")
      .one_of({"yaml", "text", "binary"});
  if (const auto code = options.parse(arguments)) return *code;

  request.run.run_file = run_file(request.run.run_file);
  const auto spec = sim::read_run(request.run);
  if (!spec) return report(spec.problems());
  const auto run = sim::prepare_run(*spec);
  if (!run) return report(run.problems());
  return write(request, *run);
}

}  // namespace tessera::app
