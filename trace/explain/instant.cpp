#include "trace/explain/instant.h"

#include <fmt/format.h>

#include <algorithm>

#include "trace/explain/choice.h"
#include "trace/explain/words.h"

namespace tessera::trace {

using base::Ps;

namespace {

// A span without a length holds at its start.
bool open_at(const Record& r, Ps t) { return r.start <= t && (t < r.end || (r.start == r.end && r.start == t)); }

class Look {
 public:
  Look(const Story& story, Ps at) : story_(story), say_(story), at_(at) {}

  Instant take() {
    Instant now;
    now.at = at_;
    for (std::uint16_t u = 0; u < story_.header().units.size(); ++u) {
      UnitAt unit = look(u);
      if (!unit.text.empty()) now.units.push_back(std::move(unit));
    }
    Ps best = base::kNever;
    for (const Event& e : story_.events()) {
      const Record& r = e.record;
      if (is_action(r.name)) {
        const Ps away = r.start <= at_ ? at_ - r.start : r.start - at_;
        if (away < best || (away == best && r.start <= at_)) best = away, now.nearest = &e;
      }
      const bool task = r.name == Name::compute || r.name == Name::vector || r.name == Name::host_task;
      if (task && r.start <= at_) ++now.tiles_started;
      if (task && r.end <= at_) ++now.tiles_done;
      if (r.name == Name::request && open_at(r, at_)) now.waiting.push_back(&e);
    }
    return now;
  }

 private:
  UnitAt look(std::uint16_t u) {
    const UnitInfo& unit = story_.header().units[u];
    UnitAt out;
    out.unit = u;
    for (const std::uint32_t i : story_.of_unit(u)) {
      const Event& e = story_.at(i);
      const bool spans = e.record.name != Name::op && e.record.name != Name::request &&
                         e.record.name != Name::arrival && !is_of_policy(e.record.name);
      if (spans && open_at(e.record, at_)) out.doing.push_back(&e);
    }
    switch (unit.scope) {
      case Scope::scheduler: out.text = scheduler(out); break;
      case Scope::dma: out.text = channel(out); break;
      case Scope::sram: out.text = slot(out); break;
      case Scope::pe: out.text = unit.index == 0 ? worker(out) : draining(out); break;
      case Scope::vector: out.text = worker(out); break;
      case Scope::host:
        out.text = out.doing.empty() ? "" : say_.event(*out.doing.back()) + until(*out.doing.back());
        break;
      default: break;
    }
    return out;
  }

  [[nodiscard]] std::string until(const Event& e) const {
    return fmt::format(", from {} to {}", Phrases::ns(e.record.start), say_.when(e.record.end));
  }

  [[nodiscard]] std::string scheduler(const UnitAt& u) const {
    if (!u.doing.empty()) {
      const Event& e = *u.doing.back();
      if (e.record.name == Name::cap)
        return fmt::format("sets the {}{}", Phrases::cap(e.record.channel(), e.record.rate()), until(e));
      const std::string_view what = e.record.name == Name::prefetch     ? "the prefetch for "
                                    : e.record.name == Name::undispatch ? "taking back "
                                                                        : "";
      return fmt::format("decides on {}{} for {}{}", what, say_.tile(e.record.tile), say_.core(e.record.core()),
                         until(e));
    }
    const Event *before = nullptr, *next = nullptr, *answer = nullptr;
    for (const std::uint32_t i : story_.of_unit(u.unit)) {
      const Event& e = story_.at(i);
      if (e.record.name == Name::candidate) continue;
      if (e.record.name == Name::answer) {
        if (e.record.start <= at_) answer = &e;
      } else if (e.record.end <= at_) {
        before = &e;
      } else if (next == nullptr) {
        next = &e;
      }
    }
    std::string text = "idle";
    if (before != nullptr)
      text += fmt::format(" since {}, after {}", say_.when(before->record.end), say_.event(*before));
    if (answer != nullptr && (before == nullptr || answer->id > before->id))
      text += answer->record.refusal() != 0
                  ? fmt::format("; the policy's last answer, {}, was refused: {}", say_.action(answer->record),
                                kRefusals[answer->record.refusal()].text)
                  : fmt::format("; the policy answered at {}: {}", say_.when(answer->record.start),
                                say_.action(answer->record));
    if (next != nullptr) return text + fmt::format("; next {} at {}", say_.event(*next), say_.when(next->record.start));
    return text + "; nothing follows";
  }

  // The latest of what is open comes last; a stall inside a task stands behind it.
  [[nodiscard]] std::string worker(const UnitAt& u) const {
    std::string text;
    for (const Event* e : u.doing) {
      const Record& r = e->record;
      if (!text.empty()) text += "; ";
      if (r.name != Name::stall) {
        text += say_.event(*e) + until(*e);
        continue;
      }
      if (r.tile == kNoTile)
        text += fmt::format("has nothing left to do ({}) from {} on", to_string(r.reason()), say_.when(r.start));
      else
        text += fmt::format("waits for {}: {}, {}{}", say_.tile(r.tile), to_string(r.reason()), spec(r.reason()).text,
                            until(*e));
      if (const Event* cause = story_.find(r.cause)) text += fmt::format("; {} ended it", say_.event(*cause));
    }
    return text.empty() ? "no record" : text;
  }

  [[nodiscard]] std::string draining(const UnitAt& u) const {
    return u.doing.empty() ? "" : say_.event(*u.doing.back()) + until(*u.doing.back());
  }

  [[nodiscard]] std::string slot(const UnitAt& u) const {
    if (u.doing.empty()) return "";
    const Event& e = *u.doing.back();
    const Record& r = e.record;
    const char* what = r.name == Name::fill         ? "fills with"
                       : r.name == Name::hold       ? "holds"
                       : r.name == Name::accumulate ? "takes the result of the group of"
                                                    : "drains the result of the group of";
    return fmt::format("{} {}{}{}", what, r.operand() == Operand::output ? "" : "what was loaded for ",
                       say_.tile(r.tile), until(e));
  }

  // The rate to which the policy holds a channel now.
  [[nodiscard]] std::string capped(std::uint32_t channel) const {
    const Event* last = nullptr;
    for (const std::uint32_t i : story_.caps())
      if (story_.at(i).record.channel() == channel && story_.at(i).record.end <= at_) last = &story_.at(i);
    if (last == nullptr || last->record.rate() == 0) return "";
    return fmt::format("; held back since {} by {}", say_.when(last->record.end), say_.event(*last));
  }

  [[nodiscard]] std::string channel(const UnitAt& u) const {
    const std::string cap = capped(story_.header().units[u.unit].index);
    if (u.doing.empty()) return "idle" + cap;
    std::int64_t bytes = 0;
    const Event *first = nullptr, *moving = nullptr;
    std::size_t queued = 0;
    for (const Event* e : u.doing) {
      bytes += e->record.bytes();
      const Ps granted = e->record.start + e->waits.channel;
      if (granted > at_) ++queued;
      else if (moving == nullptr || granted > moving->record.start + moving->waits.channel) moving = e;
      if (first == nullptr || e->record.start < first->record.start) first = e;
    }
    std::string text = fmt::format("{} transfer{} of {} under way, {} of them waiting for the channel", u.doing.size(),
                                   u.doing.size() == 1 ? "" : "s", Phrases::bytes(bytes), queued);
    if (moving != nullptr)
      text += fmt::format("; sends {}, queued at {}, done at {}", say_.event(*moving),
                          Phrases::ns(moving->record.start), say_.when(moving->record.end));
    return text + cap;
  }

  const Story& story_;
  Phrases say_;
  Ps at_;
};

}  // namespace

Instant instant_of(const Story& story, Ps at) { return Look(story, at).take(); }

}  // namespace tessera::trace
