// tessera convert TRACE --to FORMAT -o FILE: a trace as another tool reads it.
#include <fmt/format.h>

#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "trace/export/formats.h"

namespace tessera::app {

int convert_command(Arguments arguments) {
  std::string formats;
  for (const trace::ExportFormat& f : trace::export_formats())
    formats += fmt::format("{}{}", formats.empty() ? "" : "|", f.name);
  Options options("convert", "Turns a trace into what another tool reads.");
  std::string file, format, output;
  options.value("TRACE", file, "trace file (.tsr)").required();
  options.value("--to", format, formats).required();
  options.value("-o,--output", output, "file to write").required();
  if (const auto code = options.parse(arguments)) return *code;

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
