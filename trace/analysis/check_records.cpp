// What every record must keep by itself, and what it says about its tile and its unit.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

void judge_id(CheckState& s, const SpanView& v) {
  const bool follows = v.id == s.last_id + 1;
  if (v.id <= s.last_id) s.wrong(Invariant::ids, v.id, v.record, "its id does not ascend");
  else if (!follows && s.scene.tile_level && s.scene.lossless && !s.scene.without_answers)
    s.wrong(Invariant::ids, v.id, v.record,
            "ids " + std::to_string(s.last_id + 1) + " to " + std::to_string(v.id - 1) + " are missing");
  s.last_id = v.id;
}

void judge_span(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.end < r.start || r.start < Ps{0})
    s.wrong(Invariant::spans, v.id, r, "it ends before it starts, or starts before time 0");
  const bool detail = r.name == Name::fold && !s.scene.clean;  // of a compute that was cut off
  if (s.scene.trailer != nullptr && r.end > s.scene.trailer->end && !detail)
    s.wrong(Invariant::spans, v.id, r, "it ends after the run at " + text(s.scene.trailer->end));
  const bool point = r.name == Name::arrival || r.name == Name::counter || is_of_policy(r.name);
  if (point && r.start != r.end) s.wrong(Invariant::spans, v.id, r, "it has a length");
  if (!detail) s.last_end = std::max(s.last_end, r.end);
}

void judge_waits(CheckState& s, const SpanView& v) {
  const bool transfer = v.record.name == Name::load || v.record.name == Name::store;
  if (transfer != v.has_waits())
    return s.wrong(Invariant::waits, v.id, v.record,
                   transfer ? "a transfer without waits" : "waits of what is no transfer");
  if (!transfer) return;
  const Waits w = v.waits();
  Ps* sums = s.lanes[v.record.unit].waits;
  sums[0] += w.channel;
  sums[1] += w.noc;
  sums[2] += w.dram;
  const Ps length = v.record.length();
  const bool fit = w.channel >= Ps{0} && w.noc >= Ps{0} && w.dram >= Ps{0} && w.channel <= length &&
                   w.noc <= length - w.channel && w.dram <= length - w.channel - w.noc;
  const Ps granted = v.record.start + w.channel;  // a grant lies on an edge of the interconnect's clock
  if (fit && s.scene.interconnect_clock.align(granted) != granted)
    s.wrong(Invariant::waits, v.id, v.record, "its first packet was granted between two edges");
  if (!fit) s.wrong(Invariant::waits, v.id, v.record, "its waits do not fit into it");
}

// Units of which fields of the record speak.
void judge_place(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  const UnitInfo& unit = s.scene.header.units[r.unit];
  if (r.has(Field::channel) && unit.scope != Scope::scheduler && r.channel() != unit.index)
    s.wrong(Invariant::places, v.id, r,
            "it lies on " + unit.path + " and names channel " + std::to_string(r.channel()));
  if (r.has(Field::core) && r.core() >= s.cores.size()) s.wrong(Invariant::places, v.id, r, "there is no such core");
  if (unit.scope == Scope::sram) {
    if (!s.is_slot(r.unit, r.operand(), r.slot()))
      s.wrong(Invariant::places, v.id, r, "it lies on " + unit.path + " and names another slot");
    const bool output = r.name == Name::accumulate || r.name == Name::draining;
    if (output != (r.operand() == Operand::output))
      s.wrong(Invariant::places, v.id, r, "a slot of " + std::string(to_string(r.operand())) + " has no such span");
  }
  if (unit.scope == Scope::pe && (unit.index == 1) != (r.name == Name::drain))
    s.wrong(Invariant::places, v.id, r, "it does not belong on " + unit.path);
}

}  // namespace

bool judge_record(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  LaneSeen& lane = s.lanes[r.unit];
  ++lane.records;
  judge_id(s, v);
  judge_span(s, v);
  if (spec(r.name).level > s.scene.header.level)
    s.wrong(Invariant::level, v.id, r,
            "a trace of level " + std::string(to_string(s.scene.header.level)) + " does not keep it");
  if (s.scene.tile_level) judge_waits(s, v);
  if (r.cause != kNoCause && !s.scene.tile_level)
    s.wrong(Invariant::level, v.id, r, "a cause that the level does not keep");
  if (r.cause >= v.id) {
    s.wrong(Invariant::causes, v.id, r, "its cause " + std::to_string(r.cause) + " is not older");
    return false;
  }
  const Scope scope = s.scene.header.units[r.unit].scope;
  const bool of_core = scope == Scope::pe || scope == Scope::vector || scope == Scope::sram;
  if (of_core && s.scene.core_of(r.unit) >= s.cores.size()) {
    s.wrong(Invariant::places, v.id, r, "its unit is of no core");
    return false;
  }
  return !s.judgement.enough();
}

void judge_labels(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (s.scene.tile_level) judge_place(s, v);
  if (r.tile == kNoTile) {
    const bool free = r.name == Name::stall || r.name == Name::answer || !r.has(Field::tile);
    if (!free) s.wrong(Invariant::labels, v.id, r, "it is of no tile");
    if (r.name == Name::stall && (r.op != kNoOperator || r.request != 0))
      s.wrong(Invariant::labels, v.id, r, "it names a request or an operator, and no tile");
    return;
  }
  if (!s.scene.table) return;
  if (r.tile >= s.tiles.size()) return s.wrong(Invariant::labels, v.id, r, "its tile is not in the tile table");
  const TileTable::Tile& row = s.row(r.tile);
  if (r.op != row.op || r.request != row.request) {
    s.wrong(Invariant::labels, v.id, r,
            "request " + std::to_string(r.request) + ", operator " + std::to_string(r.op) + "; of its tile " +
                std::to_string(row.request) + ", " + std::to_string(row.op));
  }
}

}  // namespace tessera::trace
