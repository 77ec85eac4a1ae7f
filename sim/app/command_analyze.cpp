// tessera analyze TRACE: where the time went, from the trace alone.
#include <fmt/format.h>

#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "trace/file/reader.h"
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

std::string title(const trace::TraceHeader& header) {
  std::string text;
  for (const char* key : {"network", "npu", "policy"}) {
    const auto it = header.meta.find(key);
    if (it != header.meta.end()) text += fmt::format("{}{}: {}", text.empty() ? "" : "   ", key, it->second);
  }
  return text.empty() ? text : text + "\n\n";
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
    return report(fmt::format("{}: the trace has level {}; measures need level tile or above (trace.level: tile)", file,
                              to_string(header.level)));
  }
  trace::Measures measures(header.units, reader->tiles(), trace::facts_of(header, reader->trailer()));
  trace::CriticalPathWalk walk;
  Both both(measures, walk);
  const auto end = reader->stream(both);
  if (!end) return report(end.problems());
  for (const std::string& warning : reader->warnings()) fmt::print(stderr, "{}\n", warning);
  if (header.device)
    fmt::print(stderr, "{}: note: the modelled trace buffer's view; lost records are missing from every number\n",
               file);
  const bool whole = reader->trailer() != nullptr && reader->trailer()->clean_end && !header.device;
  const trace::CriticalPath* path = whole ? &walk.path() : nullptr;
  if (json) fmt::print("{}\n", trace::report_json(measures.result(), path));
  else fmt::print("{}{}", title(header), trace::report_text(measures.result(), path, operators));
  return kDone;
}

}  // namespace tessera::app
