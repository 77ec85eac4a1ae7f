// tessera check TRACE: the invariants of a trace, one line per violation.
#include <fmt/format.h>

#include "base/json_document.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "trace/analysis/check.h"

namespace tessera::app {

int check_command(Arguments arguments) {
  Options options("check", "Checks the invariants of a trace; one line per violation.");
  std::string file;
  bool json = false;
  options.value("TRACE", file, "trace file (.tsr)").required();
  options.flag("--json", json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;

  auto reader = trace::FileReader::open(file);
  if (!reader) return report(reader.problems());
  trace::InvariantCheck check(reader->header(), reader->tiles(), reader->trailer());
  const auto end = reader->stream(check);
  if (!end) return report(end.problems());
  for (const std::string& warning : reader->warnings()) fmt::print(stderr, "{}\n", warning);
  for (const std::string& note : check.notes()) fmt::print(stderr, "{}: note: {}\n", file, note);
  const bool sound = check.violations().empty();
  if (json) {
    base::JsonDocument document("tessera.check/1");
    document.put("file", file);
    document.put("records", check.records());
    document.put("ok", sound);
    document.put_list("violations", check.violations());
    document.put_list("notes", check.notes());
    fmt::print("{}\n", document.text());
  } else {
    for (const std::string& line : check.violations()) fmt::print("{}: {}\n", file, line);
    if (sound) fmt::print("{}: {} records, all invariants hold\n", file, check.records());
  }
  return sound ? kDone : kFailed;
}

}  // namespace tessera::app
