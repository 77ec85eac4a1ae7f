// Spans of exclusive units, and what arrays and vector units do with all of their time.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

// Arrays and vector units: their tasks and stalls fill the window.
bool filled(const UnitInfo& unit) {
  return unit.scope == Scope::vector || (unit.scope == Scope::pe && unit.index == 0);
}

bool is_inner_stall(const Record& r) { return r.name == Name::stall && r.nests(); }

// At the end of the span that it lengthens: the conflict, then the wait for the trace buffer.
void judge_inner(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  LaneSeen& lane = s.lanes[r.unit];
  const bool conflict = r.reason() == Reason::sram_conflict;
  const bool after = lane.last != 0 && lane.name != Name::stall && r.tile == lane.tile && r.start >= lane.start;
  const bool follows = conflict
                           ? lane.inner < Ps{0} && r.end <= lane.end && s.scene.header.units[r.unit].scope == Scope::pe
                           : r.end == lane.end && (lane.inner < Ps{0} || lane.inner == r.start);
  if (!after || !follows || r.cause != kNoCause || r.lack() != SlotLack::none)
    s.wrong(Invariant::reasons, v.id, r, "it does not lie at the end of the task before it");
  lane.inner = conflict && r.end != lane.end ? r.end : Ps{-1};
  lane.held += r.length();
}

// What a stall announces comes next.
void judge_promise(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  LaneSeen& lane = s.lanes[r.unit];
  if (lane.over) s.wrong(Invariant::reasons, v.id, r, "it follows a stall for the rest of the run");
  if (lane.stalled && r.tile != lane.tile)
    s.wrong(Invariant::reasons, v.id, r, "the stall before it was for tile " + std::to_string(lane.tile));
  if (lane.inner >= Ps{0}) s.wrong(Invariant::reasons, v.id, r, "the conflict before it ends within its task");
  lane.stalled = r.name == Name::stall && r.tile != kNoTile;
  lane.over = r.name == Name::stall && r.tile == kNoTile;
  lane.inner = Ps{-1};
}

}  // namespace

void judge_lane(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  const UnitInfo& unit = s.scene.header.units[r.unit];
  if (!s.scene.tile_level || !unit.exclusive) return;
  if (is_inner_stall(r)) {
    if (s.scene.lossless) judge_inner(s, v);
    return;
  }
  if (r.nests()) return;
  LaneSeen& lane = s.lanes[r.unit];
  if (r.end > r.start && r.start < lane.end) {
    s.violated(Invariant::lanes, unit.path + ": record " + std::to_string(v.id) + " at " + text(r.start) +
                                     " overlaps record " + std::to_string(lane.last) + ", which ends at " +
                                     text(lane.end));
  }
  if (filled(unit) && s.scene.lossless) {
    if (r.start > lane.end) {
      s.violated(Invariant::window, unit.path + ": neither busy nor stalled from " + text(lane.end) + " to record " +
                                        std::to_string(v.id) + " at " + text(r.start));
    }
    if (r.end == r.start && r.name == Name::stall) s.wrong(Invariant::reasons, v.id, r, "a stall without a length");
    judge_promise(s, v);
  }
  lane.last = v.id;
  if (r.name != Name::stall) {
    lane.task = v.id;
    lane.task_end = r.end;
  }
  lane.start = r.start;
  lane.end = std::max(lane.end, r.end);
  lane.tile = r.tile;
  lane.name = r.name;
  if (unit.scope == Scope::scheduler && s.scene.all()) s.deciding[r.unit].add(r.start, r.end);
}

void finish_lanes(CheckState& s, Ps end) {
  if (!s.scene.tile_level || !s.scene.lossless || s.scene.trailer == nullptr) return;
  for (std::size_t u = 0; u < s.lanes.size(); ++u) {
    const UnitInfo& unit = s.scene.header.units[u];
    if (!filled(unit)) continue;
    const LaneSeen& lane = s.lanes[u];
    if (lane.end != end) {
      s.violated(Invariant::window,
                 unit.path + ": busy and stalls end at " + text(lane.end) + ", the run at " + text(end));
    }
    if (lane.stalled || lane.inner >= Ps{0})
      s.violated(Invariant::reasons, unit.path + ": its last stall ends in nothing");
  }
}

}  // namespace tessera::trace
