// The policy's actions (docs/semantics.md 7.1 to 7.21): asking, refusing, and what an accepted one does at its start
// and at its end.
#include <algorithm>
#include <cassert>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;
using trace::Link;

namespace {

constexpr std::uint32_t kIllegalAtOneTime = 16;

std::string describe(const Action& action, const TileGraph& graph) {
  const auto tile = [&](TileId t) {
    if (t >= graph.tiles.size()) return "tile " + std::to_string(t);
    return "tile " + std::to_string(t) + " (operator " + std::to_string(graph.tiles[t].op) + ", request " +
           std::to_string(graph.tiles[t].request) + ")";
  };
  if (const auto* d = std::get_if<Dispatch>(&action)) {
    return "Dispatch of " + tile(d->tile) + " to core " + std::to_string(d->core);
  }
  if (const auto* p = std::get_if<Prefetch>(&action)) {
    return "Prefetch of the " + std::string(p->operand == 0 ? "input" : "weight") + " of " + tile(p->tile) +
           " to core " + std::to_string(p->core);
  }
  if (const auto* u = std::get_if<Undispatch>(&action)) return "Undispatch of " + tile(u->tile);
  if (const auto* c = std::get_if<Cap>(&action)) {
    const std::string channel = "channel " + std::to_string(c->channel);
    if (c->rate.none()) return "Cap of " + channel + " lifted";
    return "Cap of " + channel + " to " + std::to_string(c->rate.thousandths) + " thousandths of a byte per cycle";
  }
  const Ps until = std::get<Wait>(action).until;
  return until == base::kNever ? "Wait" : "Wait until " + std::to_string(until.count()) + " ps";
}

}  // namespace

std::string Dispatcher::State::at_cycle() const {
  return " at cycle " + std::to_string(npu_.core_clock.elapsed(now_).count());
}

void Dispatcher::State::fail(const std::string& what) {
  run = RunState::failed;
  failure = "policy " + std::string(policy_.name()) + ": " + what;
  if (const std::string next = policy_.next_step(*this); !next.empty()) failure += "\n" + next;
}

// Schedulers in their order; every action shows all of them a new state. A Wait for the next event is the answer to
// them all, for they run one policy.
bool Dispatcher::State::ask() {
  if (undispatched_ == 0 && !(capped_ != 0 && told_)) return false;
  for (std::uint32_t s = 0; s < schedulers_.size(); ++s) {
    SchedulerState& scheduler = schedulers_[s];
    while (!scheduler.busy && !scheduler.asleep && due()) {
      ++counts.asked;
      const Action action = policy_.decide(*this);
      subscribed_ = policy_.subscriptions();
      if (answer(s, action)) return true;
      if (run != RunState::running) return false;
    }
  }
  eventful_ = false;
  return false;
}

// docs/semantics.md 7.1. With nothing under way a policy that has tiles left cannot wait any longer.
bool Dispatcher::State::due() const {
  if (!eventful_) return false;
  return told_ || (more_room_ && room()) || (!pending() && sleepers_ == 0);
}

bool Dispatcher::State::room() const {
  if (!continuing_.empty()) return true;
  for (std::size_t k = 0; k < kDispatchedKinds; ++k)
    if (!ready_[k].empty() && !accepting_[k].empty()) return true;
  return false;
}

bool Dispatcher::State::pending() const {
  return in_flight_ != 0 || busy_schedulers_ != 0 || book_.active() != 0 || to_arrive_ != 0;
}

void Dispatcher::State::occurred(PolicyEvent e) {
  if (subscribed_.has(e)) told_ = true;
}

bool Dispatcher::State::answer(std::uint32_t s, const Action& action) {
  const Illegal why = check(action);
  if (records_answers) record_answer(s, action, why);
  if (why != Illegal::none) {
    reject(s, action, why);
    return false;
  }
  if (const auto* wait = std::get_if<Wait>(&action)) return begin(s, *wait);
  if (const auto* dispatch = std::get_if<Dispatch>(&action)) begin(s, *dispatch);
  if (const auto* prefetch = std::get_if<Prefetch>(&action)) begin(s, *prefetch);
  if (const auto* undispatch = std::get_if<Undispatch>(&action)) begin(s, *undispatch);
  if (const auto* cap = std::get_if<Cap>(&action)) begin(s, *cap);
  eventful_ = more_room_ = true;
  occurred(PolicyEvent::decision);
  return true;
}

void Dispatcher::State::reject(std::uint32_t, const Action& action, Illegal why) {
  ++counts.illegal;
  policy_.on_illegal(*this, action, why);
  if (++illegal_now_ < kIllegalAtOneTime) return;
  fail(std::to_string(kIllegalAtOneTime) + " illegal actions" + at_cycle() + ", the last: " + describe(action, graph_) +
       ": " + std::string(to_string(why)));
}

bool Dispatcher::State::begin(std::uint32_t s, const Wait& wait) {
  ++counts.waits;
  const auto limit = 4 * static_cast<std::uint64_t>(tiles_.size()) + 1000;
  if (undispatched_ != 0 && !pending() && !(sleepers_ != 0 && wait.until == base::kNever)) {
    TileId tile = kNoId;  // every tile that is left depends on a ready one
    for (const IdSet& set : ready_) tile = std::min(tile, set.next(0));
    for (std::uint32_t c = 0; tile == kNoId && c < cores_.size(); ++c) {
      if (!cores_[c].continuations.empty()) tile = cores_[c].continuations.front();
    }
    fail(describe(wait, graph_) + at_cycle() + " with nothing in flight and " + std::to_string(undispatched_) +
         " tiles not dispatched, the first that is ready: tile " + std::to_string(tile));
  } else if (wait.until == base::kNever) {
    eventful_ = more_room_ = told_ = false;
  } else if (++sleeps_ > limit) {
    fail(std::to_string(limit) + " waits until a time" + at_cycle() + " without an accepted Dispatch");
  } else {
    schedulers_[s].asleep = true;
    ++sleepers_;
    inbox_.push({wait.until, lanes_.scheduler(s), 0, Event::Kind::wake, s, 0, Ps{0}, Ps{0}});
  }
  return false;
}

void Dispatcher::State::begin_decision(std::uint32_t s, std::uint32_t core, const Cause& cause, base::Cycles length) {
  SchedulerState& scheduler = schedulers_[s];
  scheduler.busy = true;
  scheduler.core = core;
  scheduler.start = now_;
  scheduler.cause = cause;
  if (++busy_schedulers_ == schedulers_.size()) schedulers_busy_.set(true, now_);
  if (schedulers_busy_.size() >= prune_schedulers_at_) prune_schedulers();
  const Ps end = npu_.core_clock.after(now_, length);
  // Dispatch order (docs/semantics.md 7.6), also where several schedulers end on one edge.
  inbox_.push({end, lanes_.scheduler(0), ++decisions_, Event::Kind::decision_end, s, 0, Ps{0}, Ps{0}});
}

void Dispatcher::State::begin(std::uint32_t s, const Dispatch& d) {
  const Tile& what = graph_.tiles[d.tile];
  TileState& t = tiles_[d.tile];
  const Cause cause = latest({t.ready, schedulers_[s].free.as(Link::scheduler), became_legal(d)});
  if (on_action) on_action({d, s, now_, latest({t.ready, {scheduler_idle_since()}, became_legal(d)}).at});
  judge_idle(d.tile, d.core);
  OperatorState& op = operator_state(what.request, what.op);
  const base::Cycles launch = op.first == base::kNever ? npu_.scheduler.launch_latency : base::Cycles{0};
  begin_decision(s, d.core, cause, npu_.scheduler.dispatch_latency + launch);
  schedulers_[s].work = SchedulerState::Work::dispatch;
  schedulers_[s].tile = d.tile;
  t.phase = Phase::deciding;
  t.core = d.core;
  for (std::uint32_t o = 0; o < 2; ++o) bind_operand(d, o, cause);
  CoreState& core = cores_[d.core];
  if (what.slices > 1 && what.slice == 0) ++core.open;
  if (what.slices > 1 && what.last() && core.open-- >= core.output.size()) {
    core.open_room = {now_, cause.record, Link::operand_slot};
  }
  take_place(d.tile, d.core);
  op.first = std::min(op.first, now_);
  ++counts.dispatches;
  ++in_flight_;
  --undispatched_;
  sleeps_ = 0;
  stepped();
  refresh(d.core);
}

void Dispatcher::State::take_place(TileId tile, std::uint32_t c) {
  const Tile& what = graph_.tiles[tile];
  CoreState& core = cores_[c];
  if (what.slice == 0) ready_[static_cast<int>(what.kind)].erase(tile);
  else std::erase(core.continuations, tile);
  if (what.kind == TileKind::movement) return;
  if (what.slice == 0) core.awaiting_grant.push_back(tile);
  UnitState& unit = core.unit[unit_of(what)];
  unit.tiles.push_back(tile);
  unit.queued += predicted(tile);
}

void Dispatcher::State::bind_operand(const Dispatch& d, std::uint32_t o, const Cause& cause) {
  const BlockId block = operand(graph_.tiles[d.tile], o);
  if (block == kNoId) return;
  if (o == 1) shared_.dispatched(graph_, graph_.tiles[d.tile]);
  TileState& t = tiles_[d.tile];
  OperandRegion& region = cores_[d.core].region[o];
  t.slot[o] = region.find(block);
  t.loads[o] = t.slot[o] == kNoSlot;
  const std::int64_t bytes = graph_.blocks[block].bytes;
  if (t.loads[o]) {
    const JobId job = take_victim(d.core, o, block, d.tile, cause, true);
    book_.set_channel(job, d.channel[o]);
    t.slot[o] = book_.job(job).slot;
    use_.filling(d.core, o, t.slot[o], block);
    ++counts.loads;
    counts.loaded_bytes += bytes;
    return;
  }
  ++counts.load_hits;
  OperandSlot& slot = region[t.slot[o]];
  t.fetched[o] = slot.prefetch;
  (slot.prefetch ? counts.prefetched_bytes : counts.reused_bytes) += bytes;
  if (slot.prefetch && slot.state == OperandSlot::State::filling) book_.promote(slot.job);
  if (slot.state == OperandSlot::State::full) use_.full(block);
  else use_.filling(d.core, o, t.slot[o], block);
  region.reference(t.slot[o], now_);
}

bool Dispatcher::State::keep(BlockId block, std::uint32_t uses_left) {
  return !npu_.shared_sram.policy_directed || policy_.keep(*this, block, uses_left);
}

JobId Dispatcher::State::take_victim(std::uint32_t c, std::uint32_t o, BlockId block, TileId tile, const Cause& why,
                                     bool demand) {
  OperandRegion& region = cores_[c].region[o];
  const std::uint32_t slot = region.victim(demand);
  assert(slot != kNoSlot);
  OperandSlot& victim = region[slot];
  if (victim.state == OperandSlot::State::filling) {
    book_.cancel(victim.job);
    recorder_.fill(c, o, slot, victim, now_);
    ++counts.prefetches_evicted;
  }
  region.take(slot, block, tile, now_, why, demand);
  Job job;
  job.prefetch = !demand;
  job.operand = static_cast<std::uint8_t>(o);
  job.slot = static_cast<std::uint8_t>(slot);
  job.core = static_cast<std::uint16_t>(c);
  job.tile = tile;
  job.block = block;
  // The tile for which it is loaded is among those that are left; for a prefetch too.
  job.keep = keep(block, use_.left(block) - std::min(use_.left(block), 1u));
  return region[slot].job = book_.open(job);
}

// What an action waited for that needs no tile to be ready: its scheduler's decision before.
Cause Dispatcher::State::before(const SchedulerState& s) const {
  const bool first = s.free.record == trace::kNoCause;
  return first ? Cause{Ps{0}, arrival_record_[0], Link::none} : s.free.as(Link::scheduler);
}

void Dispatcher::State::begin(std::uint32_t s, const Prefetch& p) {
  SchedulerState& scheduler = schedulers_[s];
  if (on_action) on_action({p, s, now_, std::max(scheduler_idle_since(), became_legal(p))});
  const Cause cause = before(scheduler);
  begin_decision(s, p.core, cause, npu_.scheduler.dispatch_latency);
  scheduler.work = SchedulerState::Work::prefetch;
  scheduler.tile = p.tile;
  scheduler.operand = p.operand;
  const BlockId block = operand(graph_.tiles[p.tile], p.operand);
  scheduler.job = take_victim(p.core, p.operand, block, p.tile, cause, false);
  book_.set_channel(scheduler.job, p.channel);
  ++counts.prefetches;
  refresh(p.core);
}

void Dispatcher::State::begin(std::uint32_t s, const Cap& c) {
  SchedulerState& scheduler = schedulers_[s];
  ChannelCap& cap = caps_[c.channel];
  // Whoever repeats the run sleeps until then: what made it legal here, a sleep perhaps, may come at another time
  // there.
  if (on_action) on_action({c, s, now_, Ps{0}});
  begin_decision(s, 0, before(scheduler), npu_.scheduler.dispatch_latency);
  scheduler.work = SchedulerState::Work::cap;
  scheduler.channel = c.channel;
  scheduler.rate = c.rate;
  if (cap.rate.none() != c.rate.none()) c.rate.none() ? --capped_ : ++capped_;
  cap = {c.rate, steps_};
  ++counts.caps;
}

void Dispatcher::State::decision_end(std::uint32_t s) {
  SchedulerState& scheduler = schedulers_[s];
  const Recorder::Span span{scheduler.start, now_, scheduler.cause};
  std::uint64_t record = 0;
  scheduler.busy = false;
  if (busy_schedulers_-- == schedulers_.size()) schedulers_busy_.set(false, now_);
  if (scheduler.work == SchedulerState::Work::undispatch) {
    record = recorder_.undispatch(s, span, scheduler.tile, scheduler.core);
    taken_back(scheduler.tile, record);
  } else if (scheduler.work == SchedulerState::Work::cap) {
    record = recorder_.cap(s, span, scheduler.channel, scheduler.rate);
    machine_.set_rate(scheduler.channel, scheduler.rate);
    book_.hold(scheduler.channel, !scheduler.rate.none());
  } else if (scheduler.work == SchedulerState::Work::prefetch) {
    const BlockId block = operand(graph_.tiles[scheduler.tile], scheduler.operand);
    record = recorder_.prefetch(s, span, scheduler.tile, scheduler.operand, block, scheduler.core);
    if (!book_.job(scheduler.job).cancelled) book_.queue(scheduler.job, now_, {now_, record, Link::none});
  } else {
    record = recorder_.decision(s, span, scheduler.tile, scheduler.core);
    tiles_[scheduler.tile].decision = {now_, record, Link::none};
    dispatched(scheduler.tile);
  }
  scheduler.free = {now_, record, Link::scheduler};
  occurred(PolicyEvent::decision);
}

// It slept through whatever happened.
void Dispatcher::State::wake(std::uint32_t s) {
  schedulers_[s].asleep = false;
  --sleepers_;
  told_ = true;
  stepped();
}

}  // namespace tessera::scheduler
