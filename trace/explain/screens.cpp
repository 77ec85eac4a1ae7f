#include "trace/explain/screens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "trace/explain/choice.h"
#include "trace/explain/choice_words.h"
#include "trace/explain/instant.h"
#include "trace/explain/operator_waits.h"
#include "trace/explain/tile_life.h"
#include "trace/explain/tile_steps.h"
#include "trace/explain/words.h"
#include "trace/report/screen.h"

namespace tessera::trace {

using base::Ps;

namespace {

class Page {
 public:
  Page(const Story& story, std::size_t width) : story_(story), say_(story), width_(width) {}

  void line(std::string_view first, std::string_view text) { out_ += wrapped(first, text, width_); }
  void blank() { out_ += '\n'; }
  [[nodiscard]] std::string take() { return std::move(out_); }

  // What a scheduler decided, and what its policy weighed.
  void choice(const Event& decision) {
    const Record& d = decision.record;
    const Choice c = choice_of(story_, decision);
    if (c.answer == nullptr) {
      if (!story_.has_answers())
        line("",
             "What the policy weighed, what it was refused and when it waited is not in this trace. Run again with "
             "trace.decisions: true (--set trace.decisions=true) to have it.");
      return;
    }
    const Record& a = c.answer->record;
    line("", fmt::format("The decision: asked at {}, the policy{} answered: {}.", say_.when(d.start),
                         story_.facts().policy.empty() ? "" : " " + base::screen_text(story_.facts().policy),
                         say_.action(a)));
    const std::string queued = a.backlog() == 0 ? "Nothing" : Phrases::bytes(a.backlog());
    line("  ",
         fmt::format("It weighed {} choice{}{}. {} was queued in the DMA channels and not yet sent for.", a.weighed(),
                     a.weighed() == 1 ? "" : "s",
                     c.weighed.size() < a.weighed() ? fmt::format(", of which {} are kept", c.weighed.size()) : "",
                     queued));
    for (const WeighedChoice& w : c.weighed) line(w.taken ? "  * " : "  - ", words_of(story_, w, decision));
    answers("  before: ", c.before);
  }

  // Equal ones, one behind the other, once.
  void answers(std::string_view first, const std::vector<const Event*>& list) {
    for (std::size_t i = 0, same = 1; i < list.size(); i += same, same = 1) {
      const std::string text =
          fmt::format("at {} {}", say_.when(list[i]->record.start), answer_words(story_, *list[i]));
      while (i + same < list.size() && list[i + same]->record == list[i]->record) ++same;
      line(first, same == 1 ? text : fmt::format("{} ({} times)", text, same));
    }
  }

 private:
  const Story& story_;
  Phrases say_;
  std::size_t width_;
  std::string out_;
};

std::string kind_of(TileTable::Kind kind) {
  switch (kind) {
    case TileTable::Kind::pe: return "a tile of the PE array";
    case TileTable::Kind::vector: return "a tile of the vector unit";
    case TileTable::Kind::movement: return "a movement, which needs no unit";
    case TileTable::Kind::host: break;
  }
  return "a task of the host";
}

std::string parts_on_path(const Story& story, std::uint32_t tile) {
  std::array<Ps, kPathParts> parts{};
  Ps sum{0};
  for (const PathStep& s : story.path().steps)
    if (s.tile == tile) parts[static_cast<std::size_t>(s.part)] += s.end - s.begin, sum += s.end - s.begin;
  if (sum == Ps{0}) return "";
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] > Ps{0})
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", kPathPartWords[i], Phrases::ns(parts[i]));
  return text;
}

void put_identity(const Story& story, const TileLife& life, Page& page) {
  const Phrases say(story);
  const TileTable::Tile& row = story.tile(life.tile);
  const TileTable::Operator& op = story.table().operators[row.op];
  const std::uint32_t slices = story.last_of_group(life.tile) - story.first_of_group(life.tile) + 1;
  page.line("",
            fmt::format("tile {}: {} of operator {} {} ({}), request {}, group {}{}{}", life.tile, kind_of(row.kind),
                        row.op, base::screen_text(op.name), base::screen_text(op.type), row.request, row.group,
                        slices > 1 ? fmt::format(", slice {} of {}", row.slice + 1, slices) : "",
                        life.core != UnitInfo::kNoCore ? ", on " + say.core(life.core) : ""));
  std::string size;
  const auto add = [&size](std::string_view what, std::uint64_t bytes) {
    if (bytes != 0)
      size += fmt::format("{}{} {}", size.empty() ? "" : ", ", what, Phrases::bytes(static_cast<std::int64_t>(bytes)));
  };
  add("input", row.input_bytes);
  add("weights", row.weight_bytes);
  add("output", row.output_bytes);
  if (row.macs != 0)
    size += fmt::format("{}{} MACs on {} x {} PEs", size.empty() ? "" : ", ", row.macs, row.rows, row.columns);
  if (!size.empty()) page.line("  ", size);
  const std::string path = parts_on_path(story, life.tile);
  page.line("  ", path.empty() ? "not on the critical path" : "on the critical path: " + path);
}

}  // namespace

std::string tile_text(const Story& story, std::uint32_t tile, std::size_t width) {
  const Phrases say(story);
  const TileLife life = life_of(story, tile);
  Page page(story, width);
  put_identity(story, life, page);
  page.blank();
  const auto steps = steps_of(story, life);
  if (steps.empty()) page.line("", "The trace ends before anything happened to it.");
  for (const TileStep& s : steps) {
    page.line("", fmt::format("{}: {}{}", s.what, say.when(s.at),
                              s.waited > Ps{0} ? fmt::format(", after {}", say.span(s.waited)) : ""));
    page.line("    ", s.text);
  }
  if (life.decision == nullptr) {
    if (life.task == nullptr) page.line("", "It was never dispatched.");
    if (!life.open.empty())
      page.line("", fmt::format("It was never ready: {} is not stored{}.", say.tile(life.open.front()),
                                life.open.size() == 1 ? "" : fmt::format(", nor are {} others", life.open.size() - 1)));
  } else {
    page.blank();
    page.choice(*life.decision);
  }
  page.answers("  refused: ", life.refused);
  return page.take();
}

std::string operator_text(const Story& story, std::uint32_t op, std::size_t width) {
  constexpr std::size_t kMostUnusual = 8;
  const Phrases say(story);
  const OperatorWaits w = waits_of(story, op, kMostUnusual);
  const TileTable::Operator& row = story.table().operators[op];
  Page page(story, width);
  page.line("", fmt::format("operator {}: {} ({}), {} tile{}, {} of them ran", op, base::screen_text(row.name),
                            base::screen_text(row.type), w.tiles, w.tiles == 1 ? "" : "s", w.dispatched));
  if (w.dispatched == 0) {
    page.line("  ", w.tiles == 0 ? "It has no tiles: its work is done with another operator's." : "None ran.");
    return page.take();
  }
  page.line("  ", fmt::format("first {} with tile {}, last result {} of tile {}", say.when(w.first), w.first_tile,
                              say.when(w.last), w.last_tile));
  std::string cores;
  for (std::size_t c = 0; c < w.by_core.size(); ++c)
    if (w.by_core[c] != 0)
      cores +=
          fmt::format("{}{} on {}", cores.empty() ? "" : ", ", w.by_core[c], say.core(static_cast<std::uint32_t>(c)));
  if (!cores.empty()) page.line("  tiles: ", cores);
  page.blank();
  page.line("", "Summed over its tiles:");
  page.line("  ", fmt::format("{} from ready to the decision", say.span(w.to_decision)));
  page.line("  ", fmt::format("{} from the end of the decision to the start on the unit", say.span(w.to_start)));
  page.line("  ", fmt::format("{} on arrays, vector units or the host", say.span(w.work)));
  page.line("  ", fmt::format("{} from there to the end of the store", say.span(w.to_stored)));
  page.blank();
  page.line("", "Units stood still on their account:");
  bool any = false;
  for (const ReasonSpec& r : kReasons) {
    const Ps time = w.stalls[static_cast<std::size_t>(r.reason)];
    if (time == Ps{0}) continue;
    any = true;
    page.line(fmt::format("  {:<13} ", r.word), fmt::format("{}: {}", say.span(time), r.text));
  }
  if (!any) page.line("  ", "not at all");
  page.blank();
  if (w.longest != kNoTile)
    page.line("",
              fmt::format("{} waited longest from ready to its start: {}; the median is {}. tessera explain --tile {} "
                          "says why.",
                          say.tile(w.longest), say.span(w.longest_wait), say.span(w.middle_wait), w.longest));
  page.line("", fmt::format("Unusual decisions: {}", w.unusual_count == 0 ? "none" : std::to_string(w.unusual_count)));
  for (const Unusual& u : w.unusual) page.line("  ", fmt::format("tile {} at {}: {}", u.tile, say.when(u.at), u.text));
  if (w.unusual_count > w.unusual.size())
    page.line("  ", fmt::format("and {} more", w.unusual_count - w.unusual.size()));
  if (!story.has_answers())
    page.line("",
              "Scores and refused answers are not in this trace: run again with trace.decisions: true (--set "
              "trace.decisions=true) to have them.");
  return page.take();
}

std::string instant_text(const Story& story, Ps at, std::size_t width) {
  const Phrases say(story);
  const Instant now = instant_of(story, at);
  Page page(story, width);
  page.line("", fmt::format("at {} of {}: {} tile{} begun, {} done, {} request{} open", say.when(at),
                            Phrases::ns(story.end()), now.tiles_started, now.tiles_started == 1 ? "" : "s",
                            now.tiles_done, now.waiting.size(), now.waiting.size() == 1 ? "" : "s"));
  page.blank();
  for (const UnitAt& u : now.units) page.line(base::screen_text(story.header().units[u.unit].path) + ": ", u.text);
  page.blank();
  if (now.nearest == nullptr) {
    page.line("", "The trace has no decision.");
    return page.take();
  }
  const Record& d = now.nearest->record;
  page.line("", fmt::format("The nearest decision: {} at {}{}.", say.event(*now.nearest), say.when(d.start),
                            d.name == Name::cap ? "" : ", for " + say.core(d.core())));
  page.choice(*now.nearest);
  return page.take();
}

}  // namespace tessera::trace
