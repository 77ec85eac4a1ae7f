// The sequencer of a core (docs/semantics.md 9.1 to 9.5): output grants, and what its units start. PE tiles start in
// dispatch order and vector tiles in dispatch order, the two independently; posts go before vector tiles. Starts lie on
// edges of the core clock: where one is possible between two edges, a timer looks again at the next.
#include <algorithm>
#include <cassert>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;
using trace::Link;

// A free output slot belongs to the first tile in dispatch order without one, whether or not its operands are full.
// While that tile's decision is under way the slot waits for it: granted to a later tile, which waits for the first to
// leave the array's queue, it would never come back (docs/semantics.md 14.1).
void Dispatcher::State::grant(std::uint32_t c) {
  CoreState& core = cores_[c];
  while (core.free_outputs != 0 && !core.awaiting_grant.empty()) {
    const TileId tile = core.awaiting_grant.front();
    if (tiles_[tile].phase == Phase::deciding) return;
    core.awaiting_grant.pop_front();
    std::uint32_t slot = 0;
    while (core.output[slot].state != OutputSlot::State::empty) ++slot;
    OutputSlot& out = core.output[slot];
    GroupState& group = groups_[graph_.tiles[tile].group];
    group.grant = latest({tiles_[tile].decision, out.emptied, core.granted});
    assert(group.grant.at == now_);
    core.granted = group.grant.as(Link::output_slot);
    group.output_slot = slot;
    out.state = OutputSlot::State::accumulating;
    out.tile = tile;
    out.since = now_;
    --core.free_outputs;
  }
}

bool Dispatcher::State::operands_full(const CoreState& core, TileId tile) const {
  for (std::uint32_t o = 0; o < 2; ++o) {
    const std::uint32_t slot = tiles_[tile].slot[o];
    if (slot != kNoSlot && core.region[o][slot].state != OperandSlot::State::full) return false;
  }
  return true;
}

bool Dispatcher::State::startable(const CoreState& core, std::uint32_t u) const {
  const UnitState& unit = core.unit[u];
  if (unit.busy || unit.tiles.empty()) return false;
  const TileId tile = unit.tiles.front();
  return tiles_[tile].phase == Phase::dispatched && groups_[graph_.tiles[tile].group].output_slot != kNoSlot &&
         operands_full(core, tile);
}

void Dispatcher::State::start_units(std::uint32_t c) {
  CoreState& core = cores_[c];
  const bool array = startable(core, kArray);
  const bool post = !core.unit[kVector].busy && !core.posts.empty();
  const bool vector = !post && startable(core, kVector);
  if (!array && !post && !vector) return;
  if (edge_ != now_) {
    if (core.edge_timer == edge_) return;
    core.edge_timer = edge_;
    inbox_.push({edge_, lanes_.vector_unit(c), 0, Event::Kind::edge, c, 0, Ps{0}, Ps{0}});
    return;
  }
  if (array) start_tile(c, kArray);
  if (post) start_post(c);
  if (vector) start_tile(c, kVector);
}

void Dispatcher::State::start_tile(std::uint32_t c, std::uint32_t u) {
  CoreState& core = cores_[c];
  UnitState& unit = core.unit[u];
  const TileId tile = unit.tiles.front();
  const Tile& what = graph_.tiles[tile];
  TileState& t = tiles_[tile];
  const auto full = [&](std::uint32_t o) { return t.slot[o] == kNoSlot ? Cause{} : core.region[o][t.slot[o]].full; };
  Cause grant = groups_[what.group].grant;
  if (what.slice != 0) grant = {};
  explain_gap(c, u, tile);
  unit.start_cause = latest({full(0), full(1), unit.last, t.decision, grant, unit.cleared});
  if (unit.tiles.size() >= static_cast<std::size_t>(npu_.core.queue)) {
    unit.room = {now_, unit.start_cause.record, Link::queue};
  }
  unit.tiles.pop_front();
  unit.queued -= predicted(tile);
  unit.busy = true;
  unit.running = tile;
  unit.started = now_;
  unit.planned_end = now_ + predicted(tile);
  t.phase = Phase::running;
  if (u == kVector) {
    if (what.vector_cycles != Cycles{0}) return machine_.start_vector(c, tile, now_, what.vector_cycles);
    return inbox_.push({now_, lanes_.vector_unit(c), 0, Event::Kind::vector_done, c, 0, Ps{0}, Ps{0}});
  }
  t.compute_task = recorder_.new_task();
  const auto slot = [&](std::uint32_t o) {
    return t.slot[o] == kNoSlot ? std::uint8_t{0} : static_cast<std::uint8_t>(t.slot[o]);
  };
  const auto output = static_cast<std::uint8_t>(groups_[what.group].output_slot);
  machine_.start_compute(c, tile, now_, {slot(0), slot(1), output});
  if (!what.last() || what.vector_cycles == Cycles{0}) return;
  const Ps start_point = npu_.core_clock.after(now_, graph_.works[what.work].last_step_offset);
  inbox_.push({start_point, lanes_.vector_unit(c), tile, Event::Kind::post_start, c, tile, Ps{0}, Ps{0}});
}

void Dispatcher::State::start_post(std::uint32_t c) {
  CoreState& core = cores_[c];
  UnitState& unit = core.unit[kVector];
  const Post post = core.posts.front();
  core.posts.pop_front();
  explain_post_gap(c, post.tile);
  unit.start_cause = latest({Cause{post.start_point, trace::kNoCause, Link::start_of}, unit.last});
  unit.busy = core.post_runs = true;
  core.post_cycles_done = false;
  unit.running = post.tile;
  unit.started = now_;
  const Cycles cycles = graph_.tiles[post.tile].vector_cycles;
  unit.planned_end = npu_.core_clock.after(now_, cycles);
  machine_.start_vector(c, post.tile, now_, cycles);
}

// The decision of a tile has ended: its loads are queued, input before weight, and it may be granted and started.
void Dispatcher::State::dispatched(TileId tile) {
  TileState& t = tiles_[tile];
  const Tile& what = graph_.tiles[tile];
  CoreState& core = cores_[t.core];
  t.phase = Phase::dispatched;
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (t.loads[o]) book_.queue(core.region[o][t.slot[o]].job, now_, t.decision);
  }
  touch(t.core);
  if (!what.last()) newly_ready_.emplace_back(tile + 1, t.decision.as(Link::dependence));
  if (what.kind != TileKind::movement) return;
  const bool full = t.slot[0] == kNoSlot || core.region[0][t.slot[0]].state == OperandSlot::State::full;
  full ? store_movement(tile, t.decision) : core.movements.push_back(tile);
}

void Dispatcher::State::store_movement(TileId tile, const Cause& cause) {
  Job job;
  job.write = true;
  job.operand = 0;
  job.slot = static_cast<std::uint8_t>(tiles_[tile].slot[0]);
  job.core = static_cast<std::uint16_t>(tiles_[tile].core);
  job.tile = tile;
  job.block = graph_.groups[graph_.tiles[tile].group].output;
  job.keep = keep(job.block, use_.left(job.block));
  book_.queue(book_.open(job), now_, cause);
}

}  // namespace tessera::scheduler
