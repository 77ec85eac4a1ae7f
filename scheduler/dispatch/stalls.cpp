// Idle time of an array or a vector unit: exactly one reason a picosecond, by docs/semantics.md 11.3 to 11.12.
// Written when the task that ends the gap starts; what the journal knows of the time before its decision is judged at
// the decision, and only if the gap can reach back before it.
#include <algorithm>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;
using trace::Reason;
using trace::SlotLack;

namespace {

// Cuts [cursor, end) piece by piece; a piece that is empty or already past leaves no record.
class Gap {
 public:
  Gap(Recorder& recorder, std::uint32_t core, std::uint32_t unit, TileId tile, Ps from, Ps end)
      : recorder_(recorder), core_(core), unit_(unit), tile_(tile), cursor_(from), end_(end) {}
  void until(Ps at, Reason reason, std::uint64_t cause = trace::kNoCause, SlotLack lack = SlotLack::none) {
    at = std::min(at, end_);
    if (at <= cursor_) return;
    recorder_.stall(core_, unit_, cursor_, at, reason, lack, tile_, cause);
    cursor_ = at;
  }

 private:
  Recorder& recorder_;
  std::uint32_t core_, unit_;
  TileId tile_;
  Ps cursor_, end_;
};

}  // namespace

// At the start of the decision, before it changes anything: the unit idles and nothing stands before the tile.
void Dispatcher::State::judge_idle(TileId tile, std::uint32_t c) {
  const Tile& what = graph_.tiles[tile];
  if (what.kind == TileKind::movement) return;
  CoreState& core = cores_[c];
  UnitState& unit = core.unit[unit_of(what)];
  if (unit.busy || !unit.tiles.empty()) return;
  unit.judged = tile;
  unit.idle.clear();
  const CoreJournal::Question question{unit_of(what), new_group(what), {what.input, what.weight}};
  const Ps from = std::max(unit.idle_since, tiles_[tile].ready.at);
  core.journal.explain(question, core.region, schedulers_busy_, from, now_, unit.idle);
}

Cause Dispatcher::State::control_done(GroupId g) const {
  Cause done;
  for (const GroupId p : graph_.control(g)) done = latest({done, Cause{groups_[p].done_at}});
  return done;
}

void Dispatcher::State::explain_gap(std::uint32_t c, std::uint32_t u, TileId tile) {
  CoreState& core = cores_[c];
  UnitState& unit = core.unit[u];
  if (unit.idle_since == now_) return;
  const Tile& what = graph_.tiles[tile];
  const TileState& t = tiles_[tile];
  Gap gap(recorder_, c, u, tile, unit.idle_since, now_);
  gap.until(graph_.requests[what.request].arrival, Reason::no_work, arrival_record_[what.request]);
  if (what.slice == 0) gap.until(control_done(what.group).at, Reason::barrier, t.ready.record);
  gap.until(t.ready.at, Reason::dependence, t.ready.record);
  if (unit.judged == tile) {
    for (const Idle& piece : unit.idle) gap.until(piece.until, piece.reason, trace::kNoCause, piece.lack);
  } else {
    gap.until(unit.cleared.at, Reason::dispatch, unit.cleared.record);  // what stood before it was taken back
  }
  gap.until(t.decision.at, Reason::dispatch, t.decision.record);
  // Of the operands that are missing, the one that fills last; of equal ones the input.
  const OperandSlot* last = nullptr;
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (t.slot[o] == kNoSlot) continue;
    const OperandSlot& s = core.region[o][t.slot[o]];
    if (last == nullptr || s.full.at > last->full.at) last = &s;
  }
  if (last != nullptr) {
    gap.until(std::min(last->issued_at, last->full.at), Reason::dma_queue, last->full.record);
    gap.until(last->full.at, Reason::load, last->full.record);
  }
  const Cause& grant = groups_[what.group].grant;
  gap.until(grant.at, Reason::output_slot, grant.record);
  gap.until(now_, Reason::sync);
}

void Dispatcher::State::explain_post_gap(std::uint32_t c, TileId tile) {
  const UnitState& unit = cores_[c].unit[kVector];
  const Tile& what = graph_.tiles[tile];
  Gap gap(recorder_, c, kVector, tile, unit.idle_since, now_);
  gap.until(graph_.requests[what.request].arrival, Reason::no_work, arrival_record_[what.request]);
  gap.until(now_, Reason::pe_result);
}

}  // namespace tessera::scheduler
