// The record of what the policy answered (trace.decisions): each answer that is no repeated Wait, with the choices that
// it weighed, the one taken first, then the best by score. Written before the action is carried out, so that it shows
// what the policy saw.
#include <algorithm>
#include <array>
#include <utility>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;
using trace::AnswerKind;
using trace::OperandState;

namespace {

Recorder::Answer spelled(const Action& action) {
  Recorder::Answer a;
  if (const auto* d = std::get_if<Dispatch>(&action)) {
    a.kind = AnswerKind::dispatch;
    a.tile = d->tile;
    a.core = d->core;
  } else if (const auto* p = std::get_if<Prefetch>(&action)) {
    a.kind = AnswerKind::prefetch;
    a.tile = p->tile;
    a.core = p->core;
    a.operand = static_cast<trace::Operand>(std::min<std::uint8_t>(p->operand, 3));
  } else if (const auto* u = std::get_if<Undispatch>(&action)) {
    a.kind = AnswerKind::undispatch;
    a.tile = u->tile;
  } else if (const auto* c = std::get_if<Cap>(&action)) {
    a.kind = AnswerKind::cap;
    a.channel = c->channel;
    a.argument = c->rate.thousandths;
  } else if (const Ps until = std::get<Wait>(action).until; until != base::kNever) {
    a.kind = AnswerKind::wait_until;
    a.argument = until.count();
  }
  return a;
}

// The first channel of the action that there is none of.
std::int64_t unknown_channel(const Action& action, std::int32_t channels) {
  const auto wrong = [channels](std::int32_t c) { return c < kAnyChannel || c >= channels; };
  if (const auto* p = std::get_if<Prefetch>(&action)) return p->channel;
  if (const auto* c = std::get_if<Cap>(&action)) return c->channel;
  const auto* d = std::get_if<Dispatch>(&action);
  return d == nullptr ? 0 : wrong(d->channel[0]) ? d->channel[0] : d->channel[1];
}

// The best few of many, in order.
class BestFew {
 public:
  void offer(bool taken, const Candidate& c) {
    const auto before = [taken, &c](const Kept& k) {
      return k.taken != taken ? k.taken : k.candidate->score <= c.score;
    };
    std::size_t at = size_;
    while (at > 0 && !before(kept_[at - 1])) --at;
    if (at == kept_.size()) return;
    size_ = std::min(size_ + 1, kept_.size());
    std::copy_backward(kept_.begin() + static_cast<std::ptrdiff_t>(at),
                       kept_.begin() + static_cast<std::ptrdiff_t>(size_) - 1,
                       kept_.begin() + static_cast<std::ptrdiff_t>(size_));
    kept_[at] = {taken, &c};
  }
  template <class Visit>
  void visit(Visit&& each) const {
    for (std::size_t i = 0; i < size_; ++i) each(*kept_[i].candidate);
  }

 private:
  struct Kept {
    bool taken;
    const Candidate* candidate;
  };
  std::array<Kept, trace::kMostCandidates> kept_{};
  std::size_t size_ = 0;
};

}  // namespace

void Dispatcher::State::record_answer(std::uint32_t s, const Action& action, Illegal why) {
  Recorder::Answer a = spelled(action);
  const bool waits = a.kind == AnswerKind::wait;
  if (waits && schedulers_[s].wait_recorded) return;
  schedulers_[s].wait_recorded = waits;
  a.refusal = why;
  // A number that names nothing cannot stand where readers look it up.
  if (a.tile != kNoId && a.tile >= tiles_.size()) a.argument = std::exchange(a.tile, kNoId);
  if (why == Illegal::unknown_core) a.argument = a.core;
  if (a.kind == AnswerKind::undispatch && a.tile != kNoId) a.core = tiles_[a.tile].core;
  if (a.core >= cores_.size()) a.core = 0;
  if (why == Illegal::unknown_channel)
    a.channel = 0, a.argument = unknown_channel(action, static_cast<std::int32_t>(npu_.dma.channels.size()));
  for (std::uint32_t c = 0; c < npu_.dma.channels.size(); ++c) a.backlog += machine_.unissued_bytes(c);
  BestFew best;
  std::uint32_t known = 0;
  for (const Candidate& c : policy_.candidates()) {
    if (c.tile >= tiles_.size() || c.core >= cores_.size()) continue;
    best.offer(a.kind == AnswerKind::dispatch && c.tile == a.tile && c.core == a.core, c);
    ++known;
  }
  a.weighed = std::max(policy_.weighed(), known);
  recorder_.answer(s, now_, a);
  best.visit([&](const Candidate& c) { recorder_.candidate(s, now_, weighed(c)); });
}

Recorder::Choice Dispatcher::State::weighed(const Candidate& c) const {
  const Tile& what = graph_.tiles[c.tile];
  const auto state = [&](std::uint32_t o) {
    const BlockId block = operand(what, o);
    if (block == kNoId) return OperandState::none;
    switch (residency(block, static_cast<std::uint8_t>(o), c.core)) {
      case Residency::absent: return OperandState::absent;
      case Residency::filling: return OperandState::filling;
      case Residency::full: break;
    }
    return OperandState::full;
  };
  Recorder::Choice choice{c.tile, c.core, c.score, check(Dispatch{c.tile, c.core}), Ps{0}, 0, 0, state(0), state(1)};
  choice.free_outputs = cores_[c.core].free_outputs;
  if (what.kind == TileKind::movement) return choice;  // it needs no unit
  const auto unit = static_cast<CoreUnit>(unit_of(what));
  choice.busy = busy_until(c.core, unit) - now_;
  choice.queued = queued(c.core, unit);
  return choice;
}

}  // namespace tessera::scheduler
