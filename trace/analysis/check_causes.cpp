// Causes: each record names the one that the law names (docs/trace.md, causes and links).
#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

using Node = CriticalPathWalk::Node;

struct Caused {
  CheckState& s;
  const SpanView& v;
  const Record& r;
  const Node* cause;
  const TileSeen& tile;
  const LaneSeen& lane;
  std::uint16_t core;  // of the record's unit

  void wrong(const char* what) const {
    s.wrong(Invariant::causes, v.id, r,
            std::string(what) + " is not its cause, record " + std::to_string(r.cause) + ", link " +
                std::string(to_string(r.link)));
  }
  [[nodiscard]] bool is(std::uint64_t id, Link link) const { return id != 0 && r.cause == id && r.link == link; }
  [[nodiscard]] Ps at() const { return cause->end; }
};

// --- decisions --------------------------------------------------------------------------------------------------

// What made the tile ready: of its producers' stores and the arrival the last record; for a later slice the decision
// before; of a tile that was taken back that.
void note_ready(CheckState& s, std::uint32_t tile, Link& link) {
  TileSeen& t = s.tiles[tile];
  const TileTable::Tile& row = s.row(tile);
  link = Link::none;
  if (row.slice > 0) {
    t.ready = s.tiles[tile - 1].decision;
    t.ready_at = s.tiles[tile - 1].dispatched;
    link = Link::dependence;
    return;
  }
  if (row.request < s.arrivals.size()) {
    t.ready = s.arrivals[row.request];
    t.ready_at = s.arrived[row.request];
  }
  for (const TileLinks::Producer& p : s.links.producers(tile)) {
    const TileSeen& from = s.tiles[p.tile];
    if (from.store == 0 || from.store < t.ready) continue;
    if (from.store > t.ready) link = Link::dependence;
    if (p.control) link = Link::barrier;
    t.ready = from.store;
    t.ready_at = from.stored_at;
  }
  if (t.taken_back == 0) return;
  t.ready = t.taken_back;
  t.ready_at = t.taken_back_at;
  link = Link::dependence;
}

void judge_decision(const Caused& c) {
  Link ready_link = Link::none;
  note_ready(c.s, c.r.tile, ready_link);
  const bool free_later = c.lane.task != 0 && c.lane.task_end > c.tile.ready_at;
  switch (c.r.link) {
    case Link::none:
    case Link::dependence:
    case Link::barrier:
      if (!c.is(c.tile.ready, ready_link) || free_later) c.wrong("what made its tile ready");
      return;
    case Link::scheduler:
      if (!c.is(c.lane.task, Link::scheduler) || !free_later) c.wrong("the scheduler's decision before");
      return;
    case Link::operand_slot:
    case Link::queue:
      if (c.cause == nullptr || c.at() > c.r.start || c.tile.ready_at > c.r.start || c.cause->name == Name::arrival)
        c.wrong("what made it legal");
      return;
    default: c.wrong("what no decision waits for");
  }
}

void judge_prefetch(const Caused& c) {
  const bool first = c.lane.task == 0;
  const std::uint64_t arrival = c.s.arrivals.empty() ? 0 : c.s.arrivals[0];
  if (!c.is(first ? arrival : c.lane.task, first ? Link::none : Link::scheduler))
    c.wrong("the scheduler's decision before");
}

// --- transfers --------------------------------------------------------------------------------------------------

void judge_load(const Caused& c) {
  const bool named =
      c.cause != nullptr && c.r.link == Link::none && c.cause->tile == c.r.tile && c.cause->core == c.r.core() &&
      c.at() == c.r.start &&
      (c.cause->name == Name::decision || (c.cause->name == Name::prefetch && c.cause->operand == c.r.operand()));
  if (!named) c.wrong("the decision or prefetch that asked for it");
}

// What completed the result.
void judge_store(const Caused& c) {
  if (c.cause == nullptr || c.r.link != Link::none || c.at() != c.r.start) return c.wrong("what completed its result");
  const TileTable::Tile& row = c.s.row(c.r.tile);
  bool named = false;
  if (row.kind == TileTable::Kind::movement) {
    named = c.r.cause == c.tile.decision ||
            (c.cause->name == Name::load && c.cause->core == c.r.core() && c.cause->operand == Operand::input);
  } else if (row.kind == TileTable::Kind::vector) {
    named = c.r.cause == c.tile.task;
  } else if (row.post) {
    named = c.r.cause == c.tile.post;
  } else {
    named = (c.cause->name == Name::compute || c.cause->name == Name::drain) &&
            c.s.scene.core_of(c.cause->unit) == c.r.core();
  }
  if (!named) c.wrong("what completed its result");
}

// --- units ------------------------------------------------------------------------------------------------------

// The unit starts on the first edge at or after the end of the latest cause.
void judge_start(const Caused& c) {
  if (c.cause == nullptr || c.s.scene.core_clock.align(c.at()) != c.r.start) return c.wrong("what it waited for last");
  switch (c.r.link) {
    case Link::array:
      if (c.r.cause != c.lane.task) c.wrong("the unit's task before");
      return;
    case Link::queue:
      if (c.cause->name != Name::undispatch || c.cause->core != c.core || c.at() < c.tile.dispatched)
        c.wrong("what took back a tile that stood before it");
      return;
    case Link::output_slot:
      if (!ends_slot_wait(*c.cause, c.core, c.tile) || c.at() < c.tile.dispatched)
        c.wrong("what gave it its output slot");
      return;
    case Link::none:
      if (c.cause->name == Name::load) {
        const auto o = static_cast<std::size_t>(c.cause->operand);
        const bool own = o < 2 && c.tile.load[o] != 0;
        if (c.cause->core != c.core || o > 1 || c.s.planned(c.r.tile, c.cause->operand) == 0 ||
            (own && c.tile.load[o] != c.r.cause) || c.at() < c.tile.dispatched)
          c.wrong("the load of an operand");
      } else if (c.r.cause != c.tile.decision) {
        c.wrong("its decision");
      }
      return;
    default: c.wrong("what no task waits for");
  }
}

void judge_drain(const Caused& c) {
  const bool behind = c.is(c.lane.task, Link::array) && c.lane.task_end == c.r.start;
  const bool own = c.is(c.tile.task, Link::none) && c.tile.ended == c.r.start;
  if (!behind && !own) c.wrong("its compute, or the drain before");
}

void judge_post(const Caused& c) {
  if (c.r.link == Link::start_of) {
    if (!c.is(c.tile.task, Link::start_of) || c.tile.started > c.r.start || c.tile.ended < c.r.start)
      c.wrong("the compute of its tile");
    return;
  }
  judge_start(c);
  if (c.r.link != Link::array) c.wrong("the unit's task before");
}

// What was stored last of all that the task reads, or the host's task before.
void judge_host_task(const Caused& c) {
  Link ready_link = Link::none;
  note_ready(c.s, c.r.tile, ready_link);
  const bool behind = c.s.host_last != 0 && c.s.host_free > c.tile.ready_at;
  if (behind ? !c.is(c.s.host_last, Link::host) : !c.is(c.tile.ready, ready_link))
    return c.wrong("what it waited for last");
  if (c.cause == nullptr || c.at() != c.r.start) c.wrong("what ended when it began");
}

}  // namespace

void judge_cause(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  static const TileSeen kNone;
  const bool cap = r.name == Name::cap;
  if (!s.scene.lossless || !r.has(Field::link) || (!cap && r.tile >= s.tiles.size())) return;
  const Node* cause = r.cause == kNoCause ? nullptr : s.path.find(r.cause);
  if (r.cause == kNoCause) {
    const bool cut = s.scene.trailer != nullptr && !s.scene.clean && r.end == s.scene.trailer->end;
    if (!cut) s.wrong(Invariant::causes, v.id, r, "it has no cause");
    return;
  }
  const Caused c{s, v, r, cause, cap ? kNone : s.tiles[r.tile], s.lanes[r.unit], s.scene.core_of(r.unit)};
  if (cause == nullptr) return c.wrong("a span that can be one");
  switch (r.name) {
    case Name::decision: return judge_decision(c);
    case Name::prefetch:
    case Name::undispatch:
    case Name::cap: return judge_prefetch(c);
    case Name::load: return judge_load(c);
    case Name::store: return judge_store(c);
    case Name::compute:
    case Name::vector: return judge_start(c);
    case Name::drain: return judge_drain(c);
    case Name::post: return judge_post(c);
    case Name::host_task: return judge_host_task(c);
    default: return;
  }
}

}  // namespace tessera::trace
