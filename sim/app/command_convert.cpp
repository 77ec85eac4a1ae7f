// tessera convert TRACE --to FORMAT -o FILE: a trace as another tool reads it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sim/app/commands.h"
#include "trace/export/formats.h"

namespace tessera::app {

int convert_command(Arguments arguments) {
  std::string formats;
  for (const trace::ExportFormat& f : trace::export_formats())
    formats += fmt::format("{}{}", formats.empty() ? "" : "|", f.name);
  CLI::App options{"Turns a trace into what another tool reads.", "convert"};
  std::string file, format, output;
  options.add_option("TRACE", file, "trace file (.tsr)")->required();
  options.add_option("--to", format, formats)->required();
  options.add_option("-o,--output", output, "file to write")->required();
  if (const auto code = parse(options, arguments)) return *code;

  const trace::ExportFormat* target = trace::export_format(format);
  if (target == nullptr) return report(fmt::format("convert: unknown format \"{}\"; known are {}", format, formats));
  auto reader = trace::FileReader::open(file);
  if (!reader) return report(reader.problems());
  if (const auto problem = trace::export_trace(*reader, *target, output)) return report(*problem);
  for (const std::string& warning : reader->warnings()) fmt::print(stderr, "{}\n", warning);
  fmt::print("{}\n", output);
  return kDone;
}

}  // namespace tessera::app
