#include "scheduler/optimum/schedule_follower.h"

#include <algorithm>
#include <utility>

#include "scheduler/policy/policy_fault.h"

namespace tessera::scheduler {

using base::Ps;

ScheduleFollower::ScheduleFollower(const TileGraph& graph, const arch::NpuSpec& npu, const Durations& durations,
                                   const BlockService& service, Choose choose, Started started)
    : graph_(graph), npu_(npu), durations_(durations), service_(service), choose_(std::move(choose)),
      started_(std::move(started)) {
  so_far_.tiles.resize(graph.tiles.size());
  so_far_.stored.assign(graph.groups.size(), base::kNever);
  so_far_.launched.resize(graph.operators());
}

PartialSchedule ScheduleFollower::partial(const View& view) const {
  PartialSchedule s = so_far_;
  s.now = view.now();
  for (const TileId t : s.order) {
    PartialSchedule::TileTimes& times = s.tiles[t];
    if (const Ps start = started_(t); start <= s.now) times.started = start;
    for (std::uint8_t o = 0; o < 2; ++o)
      if (times.held[o] != kNoId && view.residency(times.held[o], o, times.core) == Residency::full)
        times.operand[o] = std::min(times.operand[o], s.now);
  }
  s.cores.resize(static_cast<std::size_t>(npu_.cores));
  for (std::uint32_t c = 0; c < s.cores.size(); ++c) {
    for (std::uint8_t o = 0; o < 2; ++o) {
      s.cores[c].victim[o] = view.evictable_slots(c, o) > 0;
      for (std::uint32_t i = 0; i < graph_.slots[o]; ++i) {
        const SlotState slot = view.slot(c, o, i);
        if (slot.block == kNoId) continue;
        const bool is_full = slot.residency == Residency::full;
        s.cores[c].slots[o].push_back({slot.block, is_full ? s.now : full(c, o, slot.block)});
      }
    }
  }
  return s;
}

Ps ScheduleFollower::full(std::uint32_t core, std::size_t operand, BlockId block) const {
  for (auto f = filled_.rbegin(); f != filled_.rend(); ++f)
    if (f->core == core && f->operand == operand && f->block == block) return f->full;
  return Ps{0};
}

Action ScheduleFollower::decide(const View& view) {
  settle_idle(view);
  drop_evicted(view);
  if (!next_) next_ = choose_(depth_, view);
  if (!next_) throw PolicyFault("this schedule is no better");
  return take(view, *next_);
}

Action ScheduleFollower::take(const View& view, const Step& step) {
  if (step.kind == Step::Kind::idle) {
    idles_ = true;
    idle_from_ = view.now();
    return Wait{};
  }
  Action action = Dispatch{step.tile, step.core};
  if (step.kind == Step::Kind::prefetch) action = Prefetch{step.tile, step.operand, step.core};
  const Illegal why = view.check(action);
  if (why == Illegal::resident) throw PolicyFault("a prefetch of what is there");
  if (why != Illegal::none) return Wait{};
  if (const auto* d = std::get_if<Dispatch>(&action)) note(view, *d);
  if (const auto* p = std::get_if<Prefetch>(&action)) note(view, *p);
  plan_.actions.push_back({action, kAnyScheduler, view.now()});
  ++depth_;
  next_.reset();
  return action;
}

// An event has come, which is what an idle step waits for. Of one at the same time nothing is left to be seen.
void ScheduleFollower::settle_idle(const View& view) {
  if (!idles_) return;
  idles_ = false;
  ++depth_;
  next_.reset();
  if (view.now() > idle_from_) plan_.actions.push_back({Wait{view.now()}, kAnyScheduler, idle_from_});
}

// A prefetch whose slot another operand took was for nothing.
void ScheduleFollower::drop_evicted(const View& view) {
  for (const Step& step : unused_) {
    bool there = false;
    for (std::uint32_t i = 0; i < graph_.slots[step.operand]; ++i)
      there = there || view.slot(step.core, step.operand, i).block == operand(step.tile, step.operand);
    if (!there) throw PolicyFault("a prefetch that nobody uses");
  }
}

// As docs/semantics.md 6.8 finds it.
BlockId ScheduleFollower::held(const View& view, std::uint32_t core, std::uint8_t o, BlockId wanted) const {
  BlockId filling = kNoId;
  for (std::uint32_t i = 0; i < graph_.slots[o]; ++i) {
    const SlotState slot = view.slot(core, o, i);
    if (slot.block == kNoId || !service_.serves(slot.block, wanted)) continue;
    if (slot.residency == Residency::full) return slot.block;
    if (filling == kNoId) filling = slot.block;
  }
  return filling;
}

void ScheduleFollower::load(std::uint32_t core, std::size_t o, BlockId block, Ps decided) {
  filled_.push_back({core, o, block, decided + durations_.load(block)});
  so_far_.loads.push_back({block, decided});
}

void ScheduleFollower::note(const View& view, const Dispatch& d) {
  const Tile& tile = graph_.tiles[d.tile];
  PartialSchedule::TileTimes& times = so_far_.tiles[d.tile];
  base::Cycles latency = npu_.scheduler.dispatch_latency;
  if (const std::size_t op = graph_.operator_of(tile.request, tile.op); !so_far_.launched[op]) {
    so_far_.launched[op] = true;
    latency += npu_.scheduler.launch_latency;
  }
  times.dispatched = true;
  times.core = d.core;
  times.decided = npu_.core_clock.after(view.now(), latency);
  for (std::uint8_t o = 0; o < 2; ++o) {
    const BlockId wanted = operand(d.tile, o);
    if (wanted == kNoId) continue;
    times.held[o] = held(view, d.core, o, wanted);
    if (times.held[o] == kNoId) {
      times.held[o] = wanted;
      load(d.core, o, wanted, times.decided);
    }
    times.operand[o] = full(d.core, o, times.held[o]);
    std::erase_if(unused_, [&](const Step& step) {
      return step.core == d.core && step.operand == o && operand(step.tile, o) == times.held[o];
    });
  }
  so_far_.order.push_back(d.tile);
}

void ScheduleFollower::note(const View& view, const Prefetch& p) {
  const Ps decided = npu_.core_clock.after(view.now(), npu_.scheduler.dispatch_latency);
  load(p.core, p.operand, operand(p.tile, p.operand), decided);
  unused_.push_back({Step::Kind::prefetch, p.operand, p.tile, p.core});
}

void ScheduleFollower::on_tile_done(const View& view, TileId last) {
  so_far_.stored[graph_.tiles[last].group] = view.now();
}

}  // namespace tessera::scheduler
