// tessera analyze TRACE: where the time went, from the trace alone.
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "trace/file/reader.h"
#include "trace/report/document.h"
#include "trace/report/text.h"

namespace tessera::app {
namespace {

// One pass over the file for both.
struct Both : trace::Consumer {
  Both(trace::Measures& m, trace::CriticalPathWalk& w) : measures(m), walk(w) {}
  void consume(std::span<const trace::Record> records, std::uint64_t first_id) override {
    measures.consume(records, first_id);
    walk.consume(records, first_id);
  }
  void finish(base::Ps end) override {
    measures.finish(end);
    walk.finish(end);
  }
  trace::Measures& measures;
  trace::CriticalPathWalk& walk;
};

std::string title(const trace::RunName& name) {
  std::vector<std::string> parts;
  for (const auto& measure : trace::name_measures().list()) {
    const auto value = std::get<std::string>(measure.get(name));
    if (!value.empty()) parts.push_back(fmt::format("{}: {}   ", measure.id, base::screen_text(value)));
  }
  return parts.empty() ? "" : trace::wrapped_parts("", parts, screen_width()) + "\n";
}

// What a file without its end does not say.
bool may_have_lost(const trace::Trailer* trailer) {
  return trailer == nullptr ||
         std::ranges::any_of(trailer->units, [](const trace::UnitCount& unit) { return unit.lost != 0; });
}

}  // namespace

int analyze_command(Arguments arguments) {
  Options options("analyze", "Where the time of a run went, from its trace alone.");
  std::string file;
  bool json = false;
  std::size_t operators = 5;
  options.value("TRACE", file, "trace file (.tsr)").required();
  options.value("--operators", operators, "rows of the operator table").shows_default();
  options.flag("--json", json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;

  auto reader = trace::FileReader::open(file);
  if (!reader) return report(reader.problems());
  const trace::TraceHeader& header = reader->header();
  if (header.level < trace::Level::tile) {
    // A screen of dashes helps nobody; a program finds in the document what this level holds, and null.
    const auto problem = fmt::format("{}: the trace has level {}; {} level tile or above (trace.level: tile)", file,
                                     to_string(header.level), json ? "what is null needs" : "measures need");
    if (!json) return report(problem);
    say(problem);
  }
  trace::Measures measures(header.units, reader->tiles(), trace::facts_of(header, reader->trailer()));
  trace::CriticalPathWalk walk;
  Both both(measures, walk);
  const auto end = reader->stream(both);
  if (!end) return report(end.problems());
  for (const std::string& warning : reader->warnings()) say(warning);
  if (header.device && may_have_lost(reader->trailer()))
    say("{}: note: the modelled trace buffer's view; records that it lost are missing from every number", file);
  const bool whole = reader->trailer() != nullptr && reader->trailer()->clean_end && !header.device &&
                     header.level >= trace::Level::tile;
  const trace::CriticalPath* path = whole ? &walk.path() : nullptr;
  const trace::RunName name = trace::run_name(header);
  trace::MeasuresResult result = measures.result();
  result.level = header.level;
  if (json) fmt::print("{}\n", trace::analysis_json(name, result, path));
  else fmt::print("{}{}", title(name), trace::report_text(result, path, {screen_width(), operators}));
  return kDone;
}

}  // namespace tessera::app
