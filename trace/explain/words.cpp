#include "trace/explain/words.h"

#include <fmt/format.h>

#include "base/config/quantity.h"
#include "base/escape.h"

namespace tessera::trace {

using base::Ps;

std::string Phrases::ns(Ps t) {
  const std::int64_t ps = t.count() % 1000;
  std::string text = fmt::format("{}{}", ps < 0 && t.count() > -1000 ? "-" : "", t.count() / 1000);
  if (ps != 0) text += fmt::format(".{:03}", ps < 0 ? -ps : ps);
  if (ps != 0) text.erase(text.find_last_not_of('0') + 1);
  return text + " ns";
}

std::string Phrases::when(Ps t) const {
  return fmt::format("{} (cycle {})", ns(t), story_.clock().elapsed(std::max(t, Ps{0})).count());
}

std::string Phrases::span(Ps d) const {
  const double cycles = static_cast<double>(d.count()) * static_cast<double>(story_.clock().period_den()) /
                        static_cast<double>(story_.clock().period_num());
  std::string text = fmt::format("{:.1f}", cycles);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return fmt::format("{} ({} {})", ns(d), text, text == "1" ? "cycle" : "cycles");
}

std::string Phrases::bytes(std::int64_t b) { return base::format_quantity(b, base::Dimension::bytes); }

std::string Phrases::tile(std::uint32_t t) const {
  if (t == kNoTile || t >= story_.table().tiles.size()) return "no tile";
  return fmt::format("tile {} ({})", t, base::screen_text(story_.table().operators[story_.tile(t).op].name));
}

std::string Phrases::cap(std::uint32_t channel, std::int64_t rate) {
  if (rate == 0) return fmt::format("cap of channel {} lifted", channel);
  return fmt::format("cap of channel {} to {}", channel, base::format_quantity(rate, base::Dimension::rate));
}

std::string Phrases::unit(const Record& r) const { return base::screen_text(story_.header().units[r.unit].path); }
std::string Phrases::core(std::uint32_t c) const { return fmt::format("core[{}]", c); }

std::string Phrases::event(const Event& e) const {
  const Record& r = e.record;
  const std::string of = r.tile == kNoTile ? "" : " of " + tile(r.tile);
  switch (r.name) {
    case Name::arrival: return fmt::format("the arrival of request {}", r.request);
    case Name::decision: return fmt::format("{}'s decision on {}", unit(r), tile(r.tile));
    case Name::prefetch: return fmt::format("{}'s prefetch for {}", unit(r), tile(r.tile));
    case Name::undispatch: return fmt::format("{}'s taking back of {}", unit(r), tile(r.tile));
    case Name::cap: return fmt::format("{}'s {}", unit(r), cap(r.channel(), r.rate()));
    case Name::load: return fmt::format("the load of the {} of {}", to_string(r.operand()), tile(r.tile));
    case Name::post: return fmt::format("the post-operations{}", of);
    case Name::vector: return fmt::format("the vector task{}", of);
    case Name::host_task: return fmt::format("the host's task{}", of);
    default: return fmt::format("the {}{}", to_string(r.name), of);
  }
}

std::string Phrases::action(const Record& a) const {
  // What an unknown number stood for is not in the table.
  const std::string refusal(kRefusalWords[a.refusal()]);
  const std::string what = refusal == "unknown_tile" ? fmt::format("tile {}", a.argument()) : tile(a.tile);
  const std::string to = refusal == "unknown_core" ? fmt::format("core[{}]", a.argument()) : core(a.core());
  switch (a.answer()) {
    case AnswerKind::dispatch: return fmt::format("Dispatch of {} to {}", what, to);
    case AnswerKind::prefetch: return fmt::format("Prefetch of the {} of {} to {}", to_string(a.operand()), what, to);
    case AnswerKind::undispatch: return fmt::format("Undispatch of {} from {}", what, to);
    case AnswerKind::cap:
      if (refusal == "unknown_channel") return fmt::format("Cap of channel {}", a.argument());
      return "Cap" + cap(a.channel(), a.argument()).substr(3);
    case AnswerKind::wait: return "Wait for the next event";
    case AnswerKind::wait_until: return "Wait until " + when(Ps{a.argument()});
  }
  return "";
}

}  // namespace tessera::trace
