#include "trace/explain/choice_words.h"

#include <fmt/format.h>

#include <vector>

#include "base/escape.h"
#include "trace/explain/words.h"

namespace tessera::trace {

using base::Ps;

namespace {

std::string operand_words(OperandState state, std::string_view operand, std::int64_t missing) {
  switch (state) {
    case OperandState::none: return "";
    case OperandState::absent: return fmt::format("{} of {} to load", Phrases::bytes(missing), operand);
    case OperandState::filling: return fmt::format("its {} on the way", operand);
    case OperandState::full: break;
  }
  return fmt::format("its {} there", operand);
}

std::string listed(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& p : parts)
    if (!p.empty()) text += (text.empty() ? "" : ", ") + p;
  return text;
}

}  // namespace

std::string score_words(const Story& story, std::int64_t score) {
  const std::string what = base::screen_text(story.facts().score);
  return fmt::format("score {}{}", score, what.empty() ? "" : " (" + what + ")");
}

std::string words_of(const Story& story, const WeighedChoice& w, const Event& decision) {
  const Phrases say(story);
  const Record& r = w.record->record;
  std::string text = fmt::format("{} on {}, {}: ", say.tile(r.tile), say.core(r.core()), score_words(story, r.score()));
  if (r.refusal() != 0) return text + "was not legal: " + std::string(kRefusals[r.refusal()].text);
  const bool unit = story.tile(r.tile).kind != TileTable::Kind::movement;
  std::string busy;
  if (unit && r.busy() > Ps{0})
    busy = fmt::format("its unit busy for {} with {} more in its queue", say.span(r.busy()), r.queued());
  else if (unit) busy = "its unit free";
  const bool no_output = unit && story.tile(r.tile).slice == 0 && r.free_outputs() == 0;
  text +=
      listed({operand_words(r.input_state(), "input", w.missing[0]),
              operand_words(r.weight_state(), "weights", w.missing[1]), busy, no_output ? "no output slot free" : ""});
  if (w.data_in) text += fmt::format("; its data takes at least {}", say.span(*w.data_in));
  if (w.taken) return text + "; taken";
  if (w.decided == nullptr) return text + "; never dispatched";
  const Record& later = w.decided->record;
  const Ps after = later.start - decision.record.start;
  if (after == Ps{0} && later.core() == r.core()) return text;
  return text + (after < Ps{0} ? fmt::format("; went to {} {} before", say.core(later.core()), say.span(Ps{0} - after))
                               : fmt::format("; went to {} {} later", say.core(later.core()), say.span(after)));
}

std::string answer_words(const Story& story, const Event& answer) {
  const Phrases say(story);
  const Record& r = answer.record;
  std::string text = say.action(r);
  if (r.refusal() != 0) text += fmt::format(", refused: {}", kRefusals[r.refusal()].text);
  return text;
}

}  // namespace tessera::trace
