// What ends: arrivals, computes, results, vector tasks, transfers, and what each makes possible.
#include <algorithm>
#include <cassert>

#include "scheduler/dispatch/dispatcher_state.h"

namespace tessera::scheduler {

using base::Ps;
using trace::Link;

void Dispatcher::State::arrive(std::uint32_t request) {
  arrived_[request] = true;
  ++progress_;
  stepped();
  --to_arrive_;
  arrival_record_[request] = recorder_.arrival(request, now_);
  policy_.on_arrival(*this, request);
  occurred(PolicyEvent::arrival);
  for (const GroupId g : arrivals_[request]) predecessor_done(g, {now_, arrival_record_[request], Link::none});
  arrivals_[request] = {};
  if (graph_.requests[request].tiles != 0) return;
  recorder_.finished_request(request, now_, now_);
  if (to_arrive_ == 0 && groups_.empty()) end();
}

// Occupancy end. A tile's result counts when its occupancy has ended too (docs/semantics.md 5.3): its record is there
// to be named.
void Dispatcher::State::compute_done(std::uint32_t c, Ps conflict, Ps trace_wait) {
  UnitState& unit = cores_[c].unit[kArray];
  assert(unit.busy);
  const TileId tile = unit.running;
  TileState& t = tiles_[tile];
  t.compute_record = recorder_.compute(c, {unit.started, now_, unit.start_cause}, tile, t.compute_task);
  recorder_.held(c, kArray, tile, now_, conflict, trace_wait);
  unit.busy = false;
  unit.idle_since = now_;
  unit.last = {now_, t.compute_record, Link::array};
  t.computed = true;
  t.computed_at = now_;
  t.phase = Phase::computed;
  occurred(PolicyEvent::unit_idle);
  for (std::uint32_t o = 0; o < 2; ++o) release(c, tile, o, t.compute_record);
  if (!graph_.tiles[tile].last()) --in_flight_;
  if (t.result) slice_result(c, tile, t.compute_record);
  touch(c);
}

void Dispatcher::State::result_done(std::uint32_t c, TileId tile) {
  TileState& t = tiles_[tile];
  CoreState& core = cores_[c];
  t.result = true;
  if (!t.computed) return;
  // The lane is exclusive: where the results of two tiles leave together, the one that ends later takes what is left.
  Cause from{t.computed_at, t.compute_record, Link::none};
  if (core.drain_end > from.at) from = {core.drain_end, core.drain_record, Link::array};
  if (now_ > from.at) {
    core.drain_record = recorder_.drain(c, {from.at, now_, from}, tile, t.compute_task);
    core.drain_end = now_;
    slice_result(c, tile, core.drain_record);
  } else {
    slice_result(c, tile, from.record);
  }
}

void Dispatcher::State::slice_result(std::uint32_t c, TileId tile, std::uint64_t record) {
  const GroupId g = graph_.tiles[tile].group;
  GroupState& group = groups_[g];
  group.result = {now_, record, Link::none};
  if (--group.results_left != 0) return;
  const TileId last = graph_.groups[g].first + graph_.groups[g].slices - 1;
  if (graph_.tiles[last].vector_cycles == base::Cycles{0}) return store(last, group.result);
  const Ps at = npu_.core_clock.after(now_, npu_.core.vector_unit.pipeline_latency);
  inbox_.push({at, lanes_.vector_unit(c), last, Event::Kind::post_result, c, last, Ps{0}, Ps{0}});
}

void Dispatcher::State::post_result(std::uint32_t c, TileId tile) {
  GroupState& group = groups_[graph_.tiles[tile].group];
  group.post_result = true;
  group.post_result_at = now_;
  const CoreState& core = cores_[c];
  if (core.post_runs && core.post_cycles_done && core.unit[kVector].running == tile) end_post(c);
}

void Dispatcher::State::vector_done(std::uint32_t c, Ps trace_wait) {
  CoreState& core = cores_[c];
  UnitState& unit = core.unit[kVector];
  assert(unit.busy);
  const TileId tile = unit.running;
  if (core.post_runs) {
    core.post_cycles_done = true;
    core.post_worked_until = now_ - trace_wait;
    if (groups_[graph_.tiles[tile].group].post_result) end_post(c);
    return;
  }
  const std::uint64_t record = recorder_.vector(c, {unit.started, now_, unit.start_cause}, tile, false);
  recorder_.held(c, kVector, tile, now_, Ps{0}, trace_wait);
  unit.busy = false;
  unit.idle_since = now_;
  unit.last = {now_, record, Link::array};
  for (std::uint32_t o = 0; o < 2; ++o) release(c, tile, o, record);
  occurred(PolicyEvent::unit_idle);
  store(tile, {now_, record, Link::none});
  touch(c);
}

void Dispatcher::State::end_post(std::uint32_t c) {
  CoreState& core = cores_[c];
  UnitState& unit = core.unit[kVector];
  Cause cause = unit.start_cause;
  if (cause.link == Link::start_of) cause.record = tiles_[unit.running].compute_record;
  const std::uint64_t record = recorder_.vector(c, {unit.started, now_, cause}, unit.running, true);
  // Until the group's last result it would have waited anyway: only what the trace buffer adds is its stall.
  const Ps result = groups_[graph_.tiles[unit.running].group].post_result_at;
  recorder_.held(c, kVector, unit.running, now_, Ps{0}, now_ - std::max(core.post_worked_until, result));
  unit.busy = core.post_runs = false;
  unit.idle_since = now_;
  unit.last = {now_, record, Link::array};
  occurred(PolicyEvent::unit_idle);
  store(unit.running, {now_, record, Link::none});
  touch(c);
}

void Dispatcher::State::release(std::uint32_t c, TileId tile, std::uint32_t o, std::uint64_t record) {
  const std::uint32_t slot = tiles_[tile].slot[o];
  if (slot == kNoSlot) return;
  OperandRegion& region = cores_[c].region[o];
  if (!region.release(slot, now_, record)) return;
  recorder_.hold(c, o, slot, region[slot], now_);
  policy_.on_slot_free(*this, c, static_cast<std::uint8_t>(o));
  occurred(PolicyEvent::slot_free);
  touch(c);
}

// The group's result stands in its output slot: the slot drains.
void Dispatcher::State::store(TileId last, const Cause& cause) {
  const GroupId g = graph_.tiles[last].group;
  const std::uint32_t c = tiles_[last].core;
  OutputSlot& out = cores_[c].output[groups_[g].output_slot];
  recorder_.output(c, groups_[g].output_slot, last, out.since, now_, false);
  out.state = OutputSlot::State::draining;
  out.since = now_;
  Job job;
  job.write = true;
  job.operand = 2;
  job.slot = static_cast<std::uint8_t>(groups_[g].output_slot);
  job.core = static_cast<std::uint16_t>(c);
  job.tile = last;
  job.block = graph_.groups[g].output;
  job.keep = keep(job.block, use_.left(job.block));
  book_.queue(book_.open(job), now_, cause);
}

void Dispatcher::State::transfer_done(const arch::TransferDone& answer) {
  const TransferBook::Answer done = book_.done(now_, answer);
  if (done.job == kNoId) return;
  stepped();
  const Job job = book_.job(done.job);
  policy_.on_transfer_done(*this, job.core, job.operand);
  occurred(PolicyEvent::transfer_done);
  if (!done.complete) return;
  if (!job.write) return fill_complete(job, done.record);
  const Tile& tile = graph_.tiles[job.tile];
  CoreState& core = cores_[job.core];
  if (tile.kind == TileKind::movement) {
    release(job.core, job.tile, 0, done.record);
  } else {
    OutputSlot& out = core.output[job.slot];
    recorder_.output(job.core, job.slot, job.tile, out.since, now_, true);
    out = OutputSlot{};
    out.emptied = {now_, done.record, Link::output_slot};
    ++core.free_outputs;
    policy_.on_slot_free(*this, job.core, 2);
    occurred(PolicyEvent::slot_free);
  }
  touch(job.core);
  group_done(tile.group, done.record);
}

void Dispatcher::State::fill_complete(const Job& job, std::uint64_t record) {
  CoreState& core = cores_[job.core];
  OperandRegion& region = core.region[job.operand];
  recorder_.fill(job.core, job.operand, job.slot, region[job.slot], now_);
  region.fill_done(job.slot, now_, job.issued_at, record);
  use_.slot_full(job.core, job.operand, job.slot);
  std::erase_if(core.movements, [&](TileId t) {
    if (job.operand != 0 || tiles_[t].slot[0] != job.slot) return false;
    store_movement(t, {now_, record, Link::none});
    return true;
  });
  touch(job.core);
}

void Dispatcher::State::group_done(GroupId g, std::uint64_t record) {
  const Group& group = graph_.groups[g];
  groups_[g].done = true;
  groups_[g].done_at = now_;
  for (TileId t = group.first; t < group.first + group.slices; ++t) tiles_[t].phase = Phase::done;
  tiles_done += group.slices;
  --in_flight_;
  --groups_undone_;
  ++progress_;
  stepped();
  if (!graph_.is_host(group)) {
    policy_.on_tile_done(*this, group.first + group.slices - 1);
    occurred(PolicyEvent::tile_done);
  }
  OperatorState& op = operator_state(group.request, group.op);
  if (--op.left == 0) recorder_.finished_operator(group.request, group.op, op.first, now_);
  if (--groups_left_[group.request] == 0) {
    request_end[group.request] = now_;
    recorder_.finished_request(group.request, graph_.requests[group.request].arrival, now_);
  }
  for (const GroupId s : graph_.successors(g)) {
    const auto control = graph_.control(s);
    const bool barrier = std::binary_search(control.begin(), control.end(), g);
    predecessor_done(s, {now_, record, barrier ? Link::barrier : Link::dependence});
  }
  if (groups_undone_ == 0) end();
}

void Dispatcher::State::end() {
  drop_unwanted();
  run = RunState::done;
  makespan = now_;
}

void Dispatcher::State::predecessor_done(GroupId g, const Cause& cause) {
  groups_[g].ready = cause;
  if (--groups_[g].pending == 0) newly_ready_.emplace_back(graph_.groups[g].first, cause);
}

void Dispatcher::State::make_ready(TileId tile, const Cause& cause) {
  TileState& t = tiles_[tile];
  const Tile& what = graph_.tiles[tile];
  t.phase = Phase::ready;
  t.ready = cause;
  if (what.kind == TileKind::host) return queue_on_host(tile);
  if (what.slice == 0) {
    ready_[static_cast<int>(what.kind)].insert(tile);
    more_room_ |= !accepting_[static_cast<int>(what.kind)].empty();
  } else {
    t.core = tiles_[tile - 1].core;
    cores_[t.core].continuations.push_back(tile);
    cores_[t.core].new_slice = true;
    touch(t.core);
  }
  ready_since_.emplace_back(now_, tile);
  policy_.on_tile_ready(*this, tile);
  occurred(PolicyEvent::tile_ready);
}

}  // namespace tessera::scheduler
