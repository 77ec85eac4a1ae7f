// Stalls: each lies between the points in time to which the law gives its reason (docs/semantics.md 11.3 to 11.12).
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

// The window of a reason, and the cause of a stall with it.
struct Expected {
  Ps from{0}, to{0};
  std::uint64_t cause = kNoCause;
  bool to_the_end = false;  // it ends where the window does
};

struct Stalled {
  CheckState& s;
  const SpanView& v;
  const Record& r;
  const TileSeen& tile;

  [[nodiscard]] Ps arrival() const {
    const std::uint32_t request = s.row(r.tile).request;
    return request < s.arrived.size() ? s.arrived[request] : Ps{0};
  }
  // When the last of the groups that the tile waits for over a control edge was stored.
  [[nodiscard]] Ps controls_done() const {
    Ps done{0};
    if (s.row(r.tile).slice > 0) return done;
    for (const TileLinks::Producer& p : s.links.producers(r.tile)) {
      if (p.control) done = std::max(done, s.tiles[p.tile].stored_at);
    }
    return done;
  }
  [[nodiscard]] bool post() const {
    return s.scene.header.units[r.unit].scope == Scope::vector && s.row(r.tile).kind == TileTable::Kind::pe;
  }
};

// Reasons that name a record: what ended the wait.
bool expect_caused(const Stalled& x, Expected& e) {
  const auto* cause = x.s.path.find(x.r.cause);
  if (cause == nullptr) return false;
  const std::uint16_t core = x.s.scene.core_of(x.r.unit);
  e.cause = x.r.cause;
  e.from = x.tile.dispatched;
  e.to = cause->end;
  if (x.r.reason() == Reason::output_slot) {
    e.to_the_end = true;
    return ends_slot_wait(*cause, core, x.tile);
  }
  if (cause->name != Name::load || cause->core != core || cause->operand > Operand::weight) return false;
  if (x.s.planned(x.r.tile, cause->operand) == 0) return false;
  const std::uint64_t own = x.tile.load[static_cast<std::size_t>(cause->operand)];
  if (own != 0 && own != x.r.cause) return false;
  e.to_the_end = x.r.reason() == Reason::load;
  return x.r.reason() == Reason::load || x.r.end < cause->end;  // in the queue: before its data came
}

// The decision on the tile, and what took back a tile that stood before it.
bool expect_dispatch(const Stalled& x, Expected& e) {
  e = {x.tile.decided, x.tile.dispatched, x.tile.decision, true};
  if (x.r.cause == x.tile.decision) return true;
  const auto* cause = x.s.path.find(x.r.cause);
  if (cause == nullptr || cause->name != Name::undispatch || cause->core != x.s.scene.core_of(x.r.unit)) return false;
  e = {x.tile.ready_at, cause->end, x.r.cause, true};
  return true;
}

bool expect(const Stalled& x, Expected& e) {
  const TileSeen& t = x.tile;
  switch (x.r.reason()) {
    case Reason::no_work: e = {Ps{0}, x.arrival(), x.s.arrivals[x.s.row(x.r.tile).request], true}; return true;
    case Reason::pe_result: e = {x.arrival(), x.r.end, kNoCause}; return x.post();
    case Reason::barrier: e = {x.arrival(), x.controls_done(), t.ready, true}; return true;
    case Reason::dependence: e = {std::max(x.arrival(), x.controls_done()), t.ready_at, t.ready, true}; return true;
    case Reason::operand_slot: e = {t.ready_at, t.decided}; return x.r.lack() != SlotLack::none;
    case Reason::scheduler:
    case Reason::policy:
      x.s.decided_stalls.push_back({x.r.start, x.r.end, x.v.id, x.r.reason() == Reason::scheduler});
      e = {t.ready_at, t.decided};
      return true;
    case Reason::dispatch: return expect_dispatch(x, e);
    case Reason::dma_queue:
    case Reason::load:
    case Reason::output_slot: return expect_caused(x, e);
    case Reason::sync: e = {t.dispatched, x.r.end}; return x.s.scene.core_clock.align(x.r.start) == x.r.end;
    default: return false;
  }
}

}  // namespace

void judge_stall(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.name != Name::stall || r.nests() || !s.scene.lossless) return;
  if (r.lack() != SlotLack::none && r.reason() != Reason::operand_slot)
    s.wrong(Invariant::reasons, v.id, r, "only reason operand_slot lacks something");
  if (r.tile == kNoTile) {
    if (r.reason() != Reason::no_work || r.cause != kNoCause) s.wrong(Invariant::reasons, v.id, r, "no task ended it");
    return;
  }
  if (r.tile >= s.tiles.size() || s.row(r.tile).request >= s.arrivals.size()) return;
  const Stalled x{s, v, r, s.tiles[r.tile]};
  const bool pieces =
      x.post() ? r.reason() == Reason::no_work || r.reason() == Reason::pe_result : r.reason() != Reason::pe_result;
  Expected e;
  if (!pieces || !expect(x, e) || r.start < e.from || r.end > e.to || (e.to_the_end && r.end != e.to) ||
      r.cause != e.cause) {
    s.wrong(Invariant::reasons, v.id, r,
            "reason " + std::string(to_string(r.reason())) + " with cause " + std::to_string(r.cause) +
                " does not hold then");
  }
}

void finish_stalls(CheckState& s) {
  // The time in which all schedulers decide.
  std::vector<Interval> busy;
  bool first = true;
  for (std::size_t u = 0; u < s.deciding.size(); ++u) {
    if (s.scene.header.units[u].scope != Scope::scheduler) continue;
    const std::vector<Interval>& own = s.deciding[u].joined();
    std::vector<Interval> both;
    for (std::size_t i = 0, j = 0; !first && i < busy.size() && j < own.size();) {
      const Ps begin = std::max(busy[i].begin, own[j].begin), end = std::min(busy[i].end, own[j].end);
      if (end > begin) both.push_back({begin, end});
      (busy[i].end < own[j].end ? i : j) += 1;
    }
    busy = first ? own : both;
    first = false;
  }
  for (const DecidedStall& stall : s.decided_stalls) {
    const auto next =
        std::partition_point(busy.begin(), busy.end(), [&stall](const Interval& i) { return i.end <= stall.start; });
    const bool covered = next != busy.end() && next->begin <= stall.start && stall.end <= next->end;
    const bool apart = next == busy.end() || next->begin >= stall.end;
    if (stall.all_busy ? !covered : !apart) {
      s.violated(Invariant::reasons,
                 "record " + std::to_string(stall.id) + " (stall [" + std::to_string(stall.start.count()) + ", " +
                     std::to_string(stall.end.count()) + ") ps): reason " +
                     (stall.all_busy ? "scheduler, and one was idle" : "policy, and all were busy"));
    }
  }
}

}  // namespace tessera::trace
