// tessera convert TRACE --to FORMAT -o FILE: a trace as another tool reads it.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/escape.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "trace/export/formats.h"

namespace tessera::app {
namespace {

// Standard output by its usual name; AtomicFile knows it by that of the system.
std::string file_of(const std::string& output) { return output == "-" ? "/dev/stdout" : output; }

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code one_is_missing;
  return std::filesystem::equivalent(a, b, one_is_missing);
}

int write(trace::FileReader& reader, const trace::ExportFormat& format, const std::string& output) {
  trace::TextOutput out(file_of(output));
  if (!out.ok()) return out.lost() ? lost(out.failure()) : report(out.failure());
  const bool is_stdout = out.writes_into(STDOUT_FILENO);
  if (const auto problem = format.write(reader, out)) return report(*problem);
  if (!out.commit()) return lost(out.failure());
  for (const std::string& warning : reader.warnings()) say(warning);
  if (!is_stdout) fmt::print("{}\n", base::screen_text(output));
  return kDone;
}

}  // namespace

int convert_command(Arguments arguments) {
  std::string formats;
  for (const trace::ExportFormat& f : trace::export_formats())
    formats += fmt::format("{}{}", formats.empty() ? "" : "|", f.name);
  Options options("convert", "Turns a trace into what another tool reads.");
  std::string file, format, output;
  options.value("TRACE", file, "trace file (.tsr)").required();
  options.value("--to", format, formats).required();
  options.value("-o,--output", output, "file to write; -: standard output").required();
  if (const auto code = options.parse(arguments)) return *code;

  const trace::ExportFormat* target = trace::export_format(format);
  if (target == nullptr) return report(fmt::format("convert: unknown format \"{}\"; known are {}", format, formats));
  if (is_same_file(file, file_of(output)))
    return report(fmt::format("{}: is the trace that is to be converted; give -o another file", output));
  auto reader = trace::FileReader::open(file);
  if (!reader) return report(reader.problems());
  return write(*reader, *target, output);
}

}  // namespace tessera::app
