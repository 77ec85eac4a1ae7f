// tessera explain RUN --tile ID | --operator NAME | --at TIME: why a tile ran there and then, from a run's trace.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/config/quantity.h"
#include "base/config/suggest.h"
#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/output.h"
#include "sim/results/run_folder.h"
#include "trace/explain/documents.h"
#include "trace/explain/screens.h"
#include "trace/explain/words.h"
#include "trace/file/reader.h"

namespace tessera::app {
namespace {

using base::Ps;

struct Question {
  std::string tile, op, at;
  bool json = false;
  [[nodiscard]] int count() const { return (tile.empty() ? 0 : 1) + (op.empty() ? 0 : 1) + (at.empty() ? 0 : 1); }
};

// The folder of a run stands for the trace in it.
std::string trace_of(const std::string& run) {
  std::error_code error;
  if (!std::filesystem::is_directory(run, error)) return run;
  return (std::filesystem::path(run) / sim::kTraceFile).string();
}

int explain_tile(const trace::Story& story, const std::string& file, const Question& q) {
  const auto& tiles = story.table().tiles;
  const auto id = base::parse_integer(q.tile);
  if (!id || *id < 0 || static_cast<std::uint64_t>(*id) >= tiles.size()) {
    return report(tiles.empty() ? fmt::format("{}: --tile {}: the run has no tiles", file, q.tile)
                                : fmt::format("{}: --tile {}: {}; tiles are 0 to {}", file, q.tile,
                                              id ? "there is no such tile" : "is no number", tiles.size() - 1));
  }
  const auto tile = static_cast<std::uint32_t>(*id);
  if (q.json) fmt::print("{}\n", trace::tile_json(story, file, tile));
  else fmt::print("{}", trace::tile_text(story, tile, screen_width()));
  return kDone;
}

int explain_operator(const trace::Story& story, const std::string& file, const Question& q) {
  const auto& all = story.table().operators;
  std::vector<std::uint32_t> found;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].name == q.op) found.push_back(i);
    names.push_back(all[i].name);
  }
  if (const auto number = base::parse_integer(q.op);
      found.empty() && number && *number >= 0 && static_cast<std::uint64_t>(*number) < all.size())
    found.push_back(static_cast<std::uint32_t>(*number));
  if (found.empty()) {
    const std::string there = all.empty() ? "the run has none"
                                          : fmt::format("there are {}, 0 to {}, from \"{}\" to \"{}\"", all.size(),
                                                        all.size() - 1, names.front(), names.back());
    return report(fmt::format("{}: no operator has the name or the number \"{}\"{}; {}", file, q.op,
                              base::did_you_mean(q.op, names), there));
  }
  if (q.json) {
    fmt::print("{}\n", trace::operator_json(story, file, found));
    return kDone;
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    fmt::print("{}{}", i == 0 ? "" : "\n", trace::operator_text(story, found[i], screen_width()));
  return kDone;
}

// "12.5us", "12500 ns", "12500 cycles".
base::QuantityText time_of(const trace::Story& story, const std::string& text) {
  const auto cycles = base::parse_quantity(text, base::Dimension::cycles);
  if (!cycles.value)
    return text.find("cyc") != std::string::npos ? cycles : base::parse_quantity(text, base::Dimension::time);
  // Beyond the end of the run, and small enough to be counted in picoseconds.
  const std::int64_t most = story.clock().elapsed(story.end()).count() + 1;
  return {story.clock().edge(base::Cycles{std::min(*cycles.value, most)}).count(), ""};
}

int explain_instant(const trace::Story& story, const std::string& file, const Question& q) {
  const auto time = time_of(story, q.at);
  if (!time.value)
    return report(
        fmt::format("tessera explain: --at {}: {}; a time such as 12.5us, or 12500cycles", q.at, time.problem));
  if (*time.value < 0 || Ps{*time.value} > story.end()) {
    return report(fmt::format("{}: --at {}: is not within the run, which lasts from 0 to {}", file, q.at,
                              trace::Phrases(story).when(story.end())));
  }
  if (q.json) fmt::print("{}\n", trace::instant_json(story, file, Ps{*time.value}));
  else fmt::print("{}", trace::instant_text(story, Ps{*time.value}, screen_width()));
  return kDone;
}

}  // namespace

int explain_command(Arguments arguments) {
  Options options("explain",
                  "Why a tile ran on this core at this time, what it waited for, and what its policy weighed "
                  "(trace.decisions: true).");
  std::string run;
  Question q;
  options.value("RUN", run, "folder of a run, or its trace file (.tsr)").required();
  options.value("--tile", q.tile, "the life of one tile, by its number");
  options.value("--operator", q.op, "the tiles of one operator, by its name or number");
  options.value("--at", q.at, "every unit at one time: 12.5us, 12500ns, 12500cycles");
  options.flag("--json", q.json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;
  if (q.count() != 1) return report("tessera explain: give one of --tile ID, --operator NAME and --at TIME");

  const std::string file = trace_of(run);
  std::error_code error;
  if (file != run && !std::filesystem::exists(file, error))
    return report(fmt::format("{}: no {} in this folder; a run writes one into --out FOLDER unless trace.level is off",
                              run, sim::kTraceFile));
  auto reader = trace::FileReader::open(file);
  if (!reader) return report(reader.problems());
  const trace::TraceHeader& header = reader->header();
  if (header.level < trace::Level::tile)
    return report(fmt::format("{}: the trace has level {}; explain needs level tile or above (trace.level: tile)", file,
                              to_string(header.level)));
  trace::Story story(header, reader->tiles(), reader->trailer());
  const auto end = reader->stream(story);
  if (!end) return report(end.problems());
  for (const std::string& warning : reader->warnings()) say(warning);
  if (reader->trailer() != nullptr && !reader->trailer()->clean_end)
    say("{}: note: the run of this trace failed", file);
  if (header.device) say("{}: note: the modelled trace buffer's view; records may be missing", file);
  if (!q.tile.empty()) return explain_tile(story, file, q);
  if (!q.op.empty()) return explain_operator(story, file, q);
  return explain_instant(story, file, q);
}

}  // namespace tessera::app
