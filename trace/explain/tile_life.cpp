#include "trace/explain/tile_life.h"

#include <algorithm>

namespace tessera::trace {

using base::Ps;

namespace {

void sort_in(const Event& e, TileLife& life) {
  const Record& r = e.record;
  switch (r.name) {
    case Name::decision:
      if (life.decision != nullptr) life.earlier.push_back(life.decision);
      life.decision = &e;
      life.core = r.core();
      break;
    case Name::load:
      if (r.operand() < Operand::output) life.operand[static_cast<std::size_t>(r.operand())].parts.push_back(&e);
      break;
    case Name::undispatch: life.taken_back.push_back(&e); break;
    case Name::store: life.stores.push_back(&e); break;
    case Name::compute:
    case Name::vector:
    case Name::host_task: life.task = &e; break;
    case Name::drain: life.drain = &e; break;
    case Name::post: life.post = &e; break;
    case Name::stall: (r.nests() ? life.held : life.waits).push_back(&e); break;
    case Name::answer:
      if (r.refusal() != 0) life.refused.push_back(&e);
      break;
    default: break;
  }
}

// A prefetch that was evicted may have been loaded again: the load that counts is the one of the decision, else the
// last one of a prefetch.
void settle(const Story& story, const TileLife& life, OperandLife& o) {
  if (o.parts.empty()) return;
  const auto of_decision = [&life](const Event* e) {
    return life.decision != nullptr && e->record.cause == life.decision->id;
  };
  const bool own = std::any_of(o.parts.begin(), o.parts.end(), of_decision);
  const std::uint64_t cause = own ? life.decision->id : o.parts.back()->record.cause;
  std::erase_if(o.parts, [cause](const Event* e) { return e->record.cause != cause; });
  if (!own) o.prefetch = story.find(cause);
  o.queued = o.parts.front()->record.start;
  o.granted = base::kNever;
  for (const Event* e : o.parts) {
    o.queued = std::min(o.queued, e->record.start);
    o.granted = std::min(o.granted, e->record.start + e->waits.channel);
    o.full = std::max(o.full, e->record.end);
    o.bytes += e->record.bytes();
  }
}

// The record that ended what the last part of a group's result waited for: its store, or the task of the host.
const Event* result_of(const Story& story, std::uint32_t tile) {
  const Event* last = nullptr;
  for (const std::uint32_t i : story.of_tile(tile)) {
    const Event& e = story.at(i);
    if (e.record.name == Name::store || e.record.name == Name::host_task) last = &e;
  }
  return last;
}

void find_ready(const Story& story, TileLife& life) {
  const auto later = [&life](const Event* e) {
    if (e == nullptr || e->record.end < life.ready) return;
    if (e->record.end > life.ready || life.made_ready == nullptr || e->id > life.made_ready->id) life.made_ready = e;
    life.ready = e->record.end;
  };
  const TileTable::Tile& row = story.tile(life.tile);
  if (row.slice > 0) {
    for (const std::uint32_t i : story.of_tile(life.tile - 1))
      if (story.at(i).record.name == Name::decision) later(&story.at(i));
    return;
  }
  const Event* arrival = story.arrival(row.request);
  later(arrival);
  bool complete = arrival != nullptr;
  for (const TileTable::Edge& edge : story.producers(life.tile)) {
    ++life.producers;
    const Event* result = result_of(story, edge.from);
    complete = complete && result != nullptr;
    if (result == nullptr) life.open.push_back(edge.from);
    later(result);
  }
  if (!life.taken_back.empty()) later(life.taken_back.back());
  if (!complete) life.ready = Ps{-1}, life.made_ready = nullptr;
}

}  // namespace

Ps TileLife::stored() const {
  Ps end{-1};
  for (const Event* e : stores) end = std::max(end, e->record.end);
  return end;
}

Ps TileLife::start() const {
  if (task != nullptr) return task->record.start;
  return stores.empty() ? Ps{-1} : stores.front()->record.start;
}

TileLife life_of(const Story& story, std::uint32_t tile) {
  TileLife life;
  life.tile = tile;
  const TileTable::Tile& row = story.tile(tile);
  life.operand[0].needed = row.input_bytes != 0 && row.kind != TileTable::Kind::host;
  life.operand[1].needed = row.weight_bytes != 0 && row.kind != TileTable::Kind::host;
  for (const std::uint32_t i : story.of_tile(tile)) sort_in(story.at(i), life);
  for (OperandLife& o : life.operand) settle(story, life, o);
  find_ready(story, life);
  return life;
}

}  // namespace tessera::trace
