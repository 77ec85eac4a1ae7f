// The end of a run: what is still open is closed, and a run that stopped says who waits for whom.
#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;
using trace::Reason;
using trace::SlotLack;

void Dispatcher::State::finish(Ps end) {
  for (std::uint32_t s = 0; s < schedulers_.size(); ++s) {
    const SchedulerState& d = schedulers_[s];
    if (!d.busy) continue;
    const Recorder::Span span{d.start, end, d.cause};
    if (d.work == SchedulerState::Work::undispatch) {
      recorder_.undispatch(s, span, d.tile, d.core);
    } else if (d.work == SchedulerState::Work::cap) {
      recorder_.cap(s, span, d.channel, d.rate);
    } else if (d.work == SchedulerState::Work::prefetch) {
      recorder_.prefetch(s, span, d.tile, d.operand, operand(graph_.tiles[d.tile], d.operand), d.core);
    } else {
      recorder_.decision(s, span, d.tile, d.core);
    }
  }
  if (host_.running != kNoId) recorder_.host_task({host_.started, end, host_.cause}, host_.running);
  for (std::uint32_t c = 0; c < cores_.size(); ++c) {
    const CoreState& core = cores_[c];
    for (std::uint32_t u = 0; u < 2; ++u) {
      const UnitState& unit = core.unit[u];
      if (!unit.busy) {
        if (unit.idle_since < end)
          recorder_.stall(c, u, unit.idle_since, end, Reason::no_work, SlotLack::none, kNoId, 0);
        continue;
      }
      Cause cause = unit.start_cause;  // only a failed run has a unit that still works
      if (cause.link == trace::Link::start_of) cause = {};
      if (u == kArray)
        recorder_.compute(c, {unit.started, end, cause}, unit.running, tiles_[unit.running].compute_task);
      else recorder_.vector(c, {unit.started, end, cause}, unit.running, core.post_runs);
    }
    for (std::uint32_t o = 0; o < 2; ++o) {
      for (std::uint32_t i = 0; i < core.region[o].size(); ++i) {
        const OperandSlot& s = core.region[o][i];
        if (s.state == OperandSlot::State::filling) recorder_.fill(c, o, i, s, end);
        if (s.state == OperandSlot::State::full && s.references != 0) recorder_.hold(c, o, i, s, end);
      }
    }
    for (std::uint32_t i = 0; i < core.output.size(); ++i) {
      const OutputSlot& s = core.output[i];
      if (s.state == OutputSlot::State::empty) continue;
      recorder_.output(c, i, s.tile, s.since, end, s.state == OutputSlot::State::draining);
    }
  }
}

std::string Dispatcher::State::wait_chain(std::size_t lines) const {
  std::string text;
  const auto line = [&](TileId tile, const std::string& why) {
    text += "tile " + std::to_string(tile) + " (operator " + std::to_string(graph_.tiles[tile].op) + ", request " +
            std::to_string(graph_.tiles[tile].request) + ") " + why + "\n";
    return --lines == 0;
  };
  for (TileId id = 0; id < tiles_.size() && lines != 0; ++id) {
    const TileState& t = tiles_[id];
    const Tile& what = graph_.tiles[id];
    const std::string core = " on core " + std::to_string(t.core);
    std::string why;
    switch (t.phase) {
      case Phase::done: continue;
      case Phase::waiting:
        if (what.slice != 0) why = "waits for the dispatch of tile " + std::to_string(id - 1);
        else
          why =
              arrived_[what.request] ? "waits for its request's predecessors" : "waits for the arrival of its request";
        for (const GroupId p : graph_.predecessors(what.group)) {
          if (what.slice != 0 || groups_[p].done) continue;
          why = "waits for tile " + std::to_string(graph_.groups[p].first + graph_.groups[p].slices - 1);
          break;
        }
        break;
      case Phase::ready: why = "is ready and waits for the policy"; break;
      case Phase::deciding: why = "waits for the end of its decision" + core; break;
      case Phase::returning: why = "is being taken back from core " + std::to_string(t.core); break;
      case Phase::dispatched:
        if (what.kind == TileKind::host) why = "waits for the host";
        else if (!operands_full(cores_[t.core], id)) why = "waits for its operands" + core;
        else if (what.kind == TileKind::movement) why = "waits for its store" + core;
        else if (groups_[what.group].output_slot == kNoSlot) why = "waits for an output slot" + core;
        else if (cores_[t.core].unit[unit_of(what)].busy) {
          why = "waits for tile " + std::to_string(cores_[t.core].unit[unit_of(what)].running) + core;
        } else {
          why = "waits for tile " + std::to_string(cores_[t.core].unit[unit_of(what)].tiles.front()) + core;
        }
        break;
      case Phase::running: why = what.kind == TileKind::host ? "runs on the host" : "runs" + core; break;
      case Phase::computed:
        why = (what.last() ? "waits for its result or its store" : "waits for the next slice") + core;
        break;
    }
    if (line(id, why)) break;
  }
  return text;
}

}  // namespace tessera::scheduler
