#include "trace/explain/tile_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "trace/explain/words.h"

namespace tessera::trace {

using base::Ps;

namespace {

class Teller {
 public:
  Teller(const Story& story, const TileLife& life) : story_(story), say_(story), life_(life) {}

  std::vector<TileStep> tell() {
    ready();
    taken_back();
    if (life_.decision != nullptr) decided();
    for (std::size_t o = 0; o < 2; ++o) operand(o);
    if (life_.task != nullptr) task();
    if (life_.drain != nullptr)
      add({life_.drain->record.end, "result", Ps{0}, life_.drain->id, life_.drain->record.cause,
           life_.drain->record.link,
           fmt::format("its results left the array, {} after its occupancy", say_.span(life_.drain->record.length()))});
    if (life_.post != nullptr) post();
    store();
    std::stable_sort(steps_.begin(), steps_.end(), [](const TileStep& a, const TileStep& b) { return a.at < b.at; });
    return std::move(steps_);
  }

 private:
  void add(TileStep step) { steps_.push_back(std::move(step)); }

  void ready() {
    if (life_.ready < Ps{0}) return;
    const TileTable::Tile& row = story_.tile(life_.tile);
    const Event& by = *life_.made_ready;
    std::string text;
    if (by.record.name == Name::undispatch) text = "it is again, for it was taken back";
    else if (row.slice > 0) text = fmt::format("{} on the slice before it had ended", say_.event(by));
    else if (by.record.name == Name::arrival) text = fmt::format("request {} arrived", row.request);
    else text = fmt::format("{} had ended", say_.event(by));
    if (life_.producers > 1 && by.record.name != Name::undispatch)
      text += fmt::format(", the last of {} producers", life_.producers);
    add({life_.ready, "ready", Ps{0}, 0, by.id, Link::none, text});
  }

  void taken_back() {
    for (const Event* e : life_.earlier) {
      const Record& r = e->record;
      add({r.start, "decided", Ps{0}, e->id, r.cause, r.link,
           fmt::format("{} sent it to {}; that was taken back", say_.unit(r), say_.core(r.core()))});
    }
    for (const Event* e : life_.taken_back) {
      const Record& r = e->record;
      add({r.start, "taken back", Ps{0}, e->id, r.cause, r.link,
           fmt::format("{} took its group back from {}, which took {}; nothing of it had begun", say_.unit(r),
                       say_.core(r.core()), say_.span(r.length()))});
    }
  }

  // What made the Dispatch legal last, where that is what it waited for.
  [[nodiscard]] std::string lack() const {
    for (const Event* e : life_.waits)
      if (e->record.reason() == Reason::operand_slot && e->record.lack() == SlotLack::open_groups)
        return fmt::format("{} had as many open groups as output slots", say_.core(life_.core));
    return fmt::format("every slot of {} that could take its operands was in use", say_.core(life_.core));
  }

  [[nodiscard]] std::string meanwhile(Ps from, Ps until, std::uint16_t lane) const {
    std::size_t dispatched = 0, prefetched = 0;
    for (const std::uint32_t i : story_.of_unit(lane)) {
      const Record& r = story_.at(i).record;
      if (r.end <= from || r.start >= until) continue;
      dispatched += r.name == Name::decision ? 1 : 0;
      prefetched += r.name == Name::prefetch ? 1 : 0;
    }
    if (dispatched + prefetched == 0) return "";
    std::string text =
        fmt::format("; in that time it decided on {} other tile{}", dispatched, dispatched == 1 ? "" : "s");
    if (prefetched != 0) text += fmt::format(" and asked for {} prefetch{}", prefetched, prefetched == 1 ? "" : "es");
    return text;
  }

  void decided() {
    const Event& d = *life_.decision;
    const Record& r = d.record;
    const Event* cause = story_.find(r.cause);
    const Ps ready = life_.ready < Ps{0} ? r.start : life_.ready;
    const Ps waited = r.start - ready;
    std::string text;
    if (waited == Ps{0}) {
      text = "at once, ";
    } else {
      const Ps legal = cause == nullptr ? ready : std::max(ready, cause->record.end);
      if (legal > ready) {
        const std::string until = fmt::format("until {}", say_.when(legal));
        if (r.link == Link::scheduler)
          text = fmt::format("{} {} was busy, at last with {}{}; ", until, say_.unit(r), say_.event(*cause),
                             meanwhile(ready, r.start, r.unit));
        else if (r.link == Link::queue)
          text = fmt::format("{} the queue of {}'s unit was full: {} had to end so that a tile could start; ", until,
                             say_.core(life_.core), say_.event(*cause));
        else
          text = fmt::format("{} {}, the last of them for {}: {} gave one back; ", until, lack(),
                             say_.tile(cause->record.tile), say_.event(*cause));
      }
      if (r.start > legal)
        text +=
            fmt::format("a Dispatch was legal for {} before the policy asked for it{}; ", say_.span(r.start - legal),
                        r.link == Link::scheduler ? "" : meanwhile(legal, r.start, r.unit));
    }
    text += fmt::format("{} sent it to {}, which took {}", say_.unit(r), say_.core(r.core()), say_.span(r.length()));
    add({r.start, "decided", waited, d.id, r.cause, r.link, text});
  }

  // Transfers of the channel that were queued before this part and whose packets went first.
  [[nodiscard]] std::string ahead(const Event& part) const {
    const Record& r = part.record;
    const Ps granted = r.start + part.waits.channel;
    std::size_t count = 0;
    std::int64_t bytes = 0;
    const Event* last = nullptr;
    for (const std::uint32_t i : story_.of_unit(r.unit)) {
      const Event& e = story_.at(i);
      const Ps first = e.record.start + e.waits.channel;
      if (e.id == part.id || e.record.start > r.start || e.record.end <= r.start || first >= granted) continue;
      ++count;
      bytes += e.record.bytes();
      if (last == nullptr || first >= last->record.start + last->waits.channel) last = &e;
    }
    if (last == nullptr) return "for the channel";
    return fmt::format("for the channel, which had {} transfer{} of {} under way, the last of them {}", count,
                       count == 1 ? "" : "s", Phrases::bytes(bytes), say_.event(*last));
  }

  // What the policy held the channel of a transfer to while it moved.
  [[nodiscard]] std::string capped(const Event& part) const {
    const Record& r = part.record;
    const Ps granted = r.start + part.waits.channel;
    const Event* last = nullptr;
    Ps held{0};
    const auto until = [&](Ps end) {
      if (last == nullptr || last->record.rate() == 0) return;
      held += std::max(Ps{0}, std::min(end, r.end) - std::max(last->record.end, granted));
    };
    std::string text;
    for (const std::uint32_t i : story_.caps()) {
      const Event& e = story_.at(i);
      if (e.record.channel() != r.channel() || e.record.end >= r.end) continue;
      until(e.record.end);
      last = &e;
      if (e.record.end > granted) text += fmt::format(", {} at {}", say_.event(e), say_.when(e.record.end));
      else if (e.record.rate() != 0) text = fmt::format(", {} at {}", say_.event(e), say_.when(e.record.end));
      else text.clear();
    }
    until(r.end);
    if (held == Ps{0}) return "";
    return fmt::format("; for {} of that the policy held {} back: {}", say_.span(held), say_.unit(r), text.substr(2));
  }

  void operand(std::size_t o) {
    const OperandLife& l = life_.operand[o];
    if (!l.needed) return;
    static constexpr std::string_view kQueued[] = {"input queued", "weights queued"},
                                      kFull[] = {"input there", "weights there"};
    if (l.parts.empty()) return reused(o, kFull[o]);
    if (l.prefetch != nullptr) prefetched(*l.prefetch);
    const Event& first = *l.parts.front();
    std::string text = fmt::format("{} over {}{} into slot {}", Phrases::bytes(l.bytes), say_.unit(first.record),
                                   l.parts.size() == 1 ? "" : fmt::format(" and others in {} parts", l.parts.size()),
                                   first.record.slot());
    if (l.granted > l.queued) text += fmt::format("; {} {}", say_.span(l.granted - l.queued), ahead(first));
    add({l.queued, kQueued[o], Ps{0}, first.id, first.record.cause, first.record.link, text});
    const Event& last = **std::max_element(
        l.parts.begin(), l.parts.end(), [](const Event* a, const Event* b) { return a->record.end < b->record.end; });
    text = fmt::format("{} after it was queued", say_.span(l.full - l.queued));
    const Waits& w = last.waits;
    std::string waits;
    for (const auto& [wait, of] :
         {std::pair{w.channel, "the channel"}, {w.noc, "the interconnect"}, {w.dram, "the memory"}})
      if (wait > Ps{0}) waits += fmt::format("{}{} for {}", waits.empty() ? "" : ", ", say_.span(wait), of);
    if (!waits.empty()) text += "; waited " + waits;
    text += capped(last);
    add({l.full, kFull[o], l.full - l.queued, last.id, last.record.cause, last.record.link, text});
  }

  void prefetched(const Event& p) {
    add({p.record.start, "prefetched", Ps{0}, p.id, p.record.cause, p.record.link,
         fmt::format("{} asked for its {}, before the tile was dispatched", say_.unit(p.record),
                     to_string(p.record.operand()))});
  }

  // Another tile's load brought it. Where the task waited for that load, the trace names it.
  void reused(std::size_t o, std::string_view what) {
    if (life_.decision == nullptr) return;
    const Event* cause = life_.task == nullptr ? nullptr : story_.find(life_.task->record.cause);
    const bool named = cause != nullptr && cause->record.name == Name::load &&
                       static_cast<std::size_t>(cause->record.operand()) == o && cause->record.tile != life_.tile;
    if (named)
      return add({cause->record.end, what, Ps{0}, 0, cause->id, Link::none,
                  fmt::format("no load of its own: {} brought it", say_.event(*cause))});
    add({life_.decision->record.end, what, Ps{0}, 0, 0, Link::none,
         fmt::format("no load of its own: it was on {} or on its way there for another tile", say_.core(life_.core))});
  }

  // What the unit did while it waited, by reason.
  [[nodiscard]] std::string stood_still(Scope scope) const {
    std::map<Reason, Ps> by_reason;
    for (const Event* e : life_.waits) {
      if (story_.header().units[e->record.unit].scope == scope) by_reason[e->record.reason()] += e->record.length();
    }
    std::string text;
    for (const auto& [reason, time] : by_reason)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(reason), say_.span(time));
    return text.empty() ? "" : "; the unit stood still for it: " + text;
  }

  [[nodiscard]] std::string started_after(const Event& e) const {
    const Event* cause = story_.find(e.record.cause);
    if (cause == nullptr) return "nothing is known of what it waited for";
    const std::string at = say_.when(cause->record.end);
    switch (e.record.link) {
      case Link::array: return fmt::format("{} was busy with {} until {}", say_.unit(e.record), say_.event(*cause), at);
      case Link::output_slot:
        if (cause->record.name == Name::store)
          return fmt::format("no output slot was free until {}, when {} emptied one", at, say_.event(*cause));
        return fmt::format("an output slot was kept for an earlier tile until {} had ended at {}", say_.event(*cause),
                           at);
      case Link::start_of: return fmt::format("{} had reached its last reduction step", say_.event(*cause));
      case Link::host: return fmt::format("the host was busy with {} until {}", say_.event(*cause), at);
      default: break;
    }
    if (cause->record.name == Name::load)
      return fmt::format("its last operand came with {} at {}", say_.event(*cause), at);
    if (cause->record.name == Name::decision) return fmt::format("all was there when its decision ended at {}", at);
    return fmt::format("{} ended at {}", say_.event(*cause), at);
  }

  // Since the last thing that the tile itself did before.
  [[nodiscard]] Ps before(Ps start) const {
    Ps last = life_.decision != nullptr ? life_.decision->record.end : std::max(life_.ready, Ps{0});
    for (const OperandLife& o : life_.operand)
      if (o.full <= start) last = std::max(last, o.full);
    return std::min(last, start);
  }

  void task() {
    const Event& e = *life_.task;
    const Record& r = e.record;
    const bool array = r.name == Name::compute;
    std::string text = started_after(e);
    if (r.name != Name::host_task) text += stood_still(array ? Scope::pe : Scope::vector);
    add({r.start,
         array                    ? "compute"
         : r.name == Name::vector ? "vector task"
                                  : "host task",
         r.start - before(r.start), e.id, r.cause, r.link, text});
    text = fmt::format("{} on {}", say_.span(r.length()), say_.unit(r));
    for (const Event* inner : life_.held)
      text += fmt::format(", {} of that {}", say_.span(inner->record.length()), to_string(inner->record.reason()));
    add({r.end, array ? "computed" : "done", Ps{0}, e.id, 0, Link::none, text});
  }

  void post() {
    const Record& r = life_.post->record;
    const Event* cause = story_.find(r.cause);
    const Ps waited =
        r.link == Link::start_of || cause == nullptr ? Ps{0} : std::max(Ps{0}, r.start - cause->record.end);
    add({r.start, "post", waited, life_.post->id, r.cause, r.link, started_after(*life_.post)});
    add({r.end, "post done", Ps{0}, life_.post->id, 0, Link::none,
         fmt::format("{} on {}", say_.span(r.length()), say_.unit(r))});
  }

  void store() {
    if (life_.stores.empty()) {
      const std::uint32_t last = story_.last_of_group(life_.tile);
      const Event* after = life_.task != nullptr ? life_.task : life_.decision;
      if (last != life_.tile && after != nullptr)
        add({after->record.end, "no store", Ps{0}, 0, 0, Link::none,
             fmt::format("its group's result is stored with its last slice, {}", say_.tile(last))});
      return;
    }
    const Event& first = *life_.stores.front();
    std::int64_t bytes = 0;
    for (const Event* e : life_.stores) bytes += e->record.bytes();
    std::string text = fmt::format("{} over {}", Phrases::bytes(bytes), say_.unit(first.record));
    if (first.waits.channel > Ps{0}) text += fmt::format("; {} {}", say_.span(first.waits.channel), ahead(first));
    add({first.record.start, "store queued", Ps{0}, first.id, first.record.cause, first.record.link, text});
    const Ps stored = life_.stored();
    add({stored, "stored", stored - first.record.start, life_.stores.back()->id, life_.stores.back()->record.cause,
         Link::none,
         fmt::format("{} after it was queued{}", say_.span(stored - first.record.start),
                     capped(*life_.stores.back()))});
  }

  const Story& story_;
  Phrases say_;
  const TileLife& life_;
  std::vector<TileStep> steps_;
};

}  // namespace

std::vector<TileStep> steps_of(const Story& story, const TileLife& life) { return Teller(story, life).tell(); }

}  // namespace tessera::trace
