// Slots of a core's SRAM: who fills them, who holds them, and how output slots drain.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

// Null where the machine has no such slot.
LaneSeen* slot_lane(CheckState& s, std::uint16_t core, Operand operand, std::uint8_t slot) {
  const auto o = static_cast<std::size_t>(operand);
  if (core >= s.cores.size() || o > 2 || slot >= s.cores[core].slots[o]) return nullptr;
  const std::size_t unit = s.cores[core].first_slot + s.cores[core].offset[o] + slot;
  return unit < s.lanes.size() ? &s.lanes[unit] : nullptr;
}

void judge_load(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.operand() > Operand::weight) return;
  LaneSeen* lane = slot_lane(s, r.core(), r.operand(), r.slot());
  if (lane == nullptr) return s.wrong(Invariant::places, v.id, r, "there is no such slot");
  const bool part = lane->load != 0 && lane->load_tile == r.tile && lane->load_cause == r.cause;
  if (part && lane->load_number != r.task) s.wrong(Invariant::tasks, v.id, r, "parts of a load share their number");
  lane->load_bytes = (part ? lane->load_bytes : 0) + r.bytes();
  if (lane->load_bytes > static_cast<std::int64_t>(s.planned(r.tile, r.operand())))
    s.wrong(Invariant::bytes, v.id, r, "the parts of a load move more than its tile plans");
  lane->load = v.id;
  lane->load_end = r.end;
  lane->load_tile = r.tile;
  lane->load_number = r.task;
  lane->load_cause = r.cause;
}

void judge_fill(CheckState& s, const SpanView& v, LaneSeen& lane) {
  const Record& r = v.record;
  if (lane.owed == Name::hold)
    s.wrong(Invariant::operand_slots, v.id, r, "nobody held what a decision had brought into the slot before");
  const bool loaded = lane.load != 0 && lane.load_end == r.end && lane.load_tile == r.tile &&
                      lane.load_bytes == static_cast<std::int64_t>(s.planned(r.tile, r.operand()));
  // The slot is taken when the decision or the prefetch begins that asks for the load.
  const auto* asked = loaded ? s.path.find(lane.load_cause) : nullptr;
  const bool taken = asked != nullptr && asked->start == r.start && r.start >= lane.end;
  // A prefetch may be evicted while it fills, or before its decision has ended; the load of a tile that is taken back
  // ends with it; the end of the run ends all.
  const bool dropped = !loaded && (r.end == s.scene.trailer->end || s.policy_prefetches() || s.taken_back > 0);
  if (!taken && !dropped)
    s.wrong(Invariant::operand_slots, v.id, r, "no decision and no load of its tile fills the slot then");
  lane.filled_for = loaded ? r.tile : kNoTile;
  lane.full = r.end;
  // What a decision brings is held at once; a prefetch may find no reader.
  lane.owed = taken && asked->name == Name::decision ? Name::hold : Name::stall;
}

void judge_hold(CheckState& s, const SpanView& v, LaneSeen& lane) {
  const Record& r = v.record;
  lane.owed = Name::stall;
  const CoreSeen& core = s.cores[s.scene.core_of(r.unit)];
  const bool referenced = r.start == lane.full || std::binary_search(core.decided.begin(), core.decided.end(), r.start);
  const bool released = r.end == core.released || (!s.scene.clean && r.end == s.scene.trailer->end);
  if (lane.filled_for != r.tile || r.start < lane.full || !referenced || !released)
    s.wrong(Invariant::operand_slots, v.id, r, "the slot is not full for its tile, or nobody releases it then");
}

// Slots are granted in dispatch order: a tile may wait for the end of a decision that began before its own.
bool waited_for_another(const CoreSeen& core, Ps granted, Ps decided) {
  auto at = std::lower_bound(core.overtaken.begin(), core.overtaken.end(), std::pair{granted, Ps{-1}});
  return at != core.overtaken.end() && at->first == granted && at->second <= decided;
}

void judge_output(CheckState& s, const SpanView& v, LaneSeen& lane) {
  const Record& r = v.record;
  const TileSeen& t = s.tiles[r.tile];
  if (!s.last_of_group(r.tile))
    return s.wrong(Invariant::output_slots, v.id, r, "its tile is not the last of its group");
  const TileSeen& first = s.tiles[s.first_of_group(r.tile)];
  if (r.name == Name::accumulate) {
    const CoreSeen& core = s.cores[s.scene.core_of(r.unit)];
    const bool granted = first.dispatched == r.start || lane.full == r.start ||
                         waited_for_another(core, r.start, first.decided) ||
                         std::binary_search(core.taken_back.begin(), core.taken_back.end(), r.start);
    const bool cut = !s.scene.clean && r.end == s.scene.trailer->end;
    if (!cut && (!granted || first.started < r.start || r.end < t.ended))
      s.wrong(Invariant::output_slots, v.id, r, "it was not granted then, or does not cover its group's tasks");
    if (lane.owed == Name::draining)
      s.wrong(Invariant::output_slots, v.id, r, "the slot did not drain after its accumulation before");
    lane.owed = Name::draining;
    lane.filled_for = r.tile;
    lane.load_end = r.end;
    return;
  }
  const bool cut = !s.scene.clean && r.end == s.scene.trailer->end;
  if (!cut && (lane.filled_for != r.tile || lane.load_end != r.start || t.stored_at != r.end))
    s.wrong(Invariant::output_slots, v.id, r, "it does not follow its accumulation, or ends apart from its store");
  lane.owed = Name::stall;
  lane.filled_for = kNoTile;
  lane.full = r.end;  // empty from then on
}

// A store begins where its slot begins to drain; a movement's comes from its input slot.
void judge_store(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (s.row(r.tile).kind == TileTable::Kind::movement) {
    if (r.slot() != 0 && slot_lane(s, r.core(), Operand::input, r.slot()) == nullptr)
      s.wrong(Invariant::places, v.id, r, "there is no such slot");
    return;
  }
  const LaneSeen* lane = slot_lane(s, r.core(), Operand::output, r.slot());
  if (lane == nullptr || lane->filled_for != r.tile || lane->load_end != r.start)
    s.wrong(Invariant::output_slots, v.id, r, "the slot that it names does not begin to drain then");
}

}  // namespace

bool ends_slot_wait(const CriticalPathWalk::Node& cause, std::uint16_t core, const TileSeen& tile) {
  if (cause.core != core) return false;
  return cause.name == Name::store || cause.name == Name::undispatch ||
         (cause.name == Name::decision && cause.start <= tile.decided);
}

void judge_slot(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (!s.scene.whole() || s.scene.trailer == nullptr || r.tile == kNoTile || r.tile >= s.tiles.size()) return;
  LaneSeen& lane = s.lanes[r.unit];
  const bool slot = s.scene.header.units[r.unit].scope == Scope::sram;
  if (slot && (r.bytes() < 0 || static_cast<std::uint64_t>(r.bytes()) != s.planned(r.tile, r.operand())))
    s.wrong(Invariant::bytes, v.id, r,
            std::to_string(r.bytes()) + " bytes, of which its tile plans " +
                std::to_string(s.planned(r.tile, r.operand())));
  switch (r.name) {
    case Name::load: return judge_load(s, v);
    case Name::store: judge_store(s, v); break;
    case Name::fill: return judge_fill(s, v, lane);
    case Name::hold: return judge_hold(s, v, lane);
    case Name::accumulate:
    case Name::draining: return judge_output(s, v, lane);
    default: break;
  }
  // What releases operands: the end of a task, of a movement's store, and of an Undispatch.
  const bool movement = r.name == Name::store && s.row(r.tile).kind == TileTable::Kind::movement;
  if (movement && r.core() < s.cores.size()) s.cores[r.core()].released = r.end;
  if (r.name == Name::undispatch && r.core() < s.cores.size()) {
    s.cores[r.core()].released = r.end;
    s.cores[r.core()].taken_back.push_back(r.end);
  }
  if (r.name == Name::compute || r.name == Name::vector) s.cores[s.scene.core_of(r.unit)].released = r.end;
}

void finish_slots(CheckState& s) {
  for (std::size_t u = 0; u < s.lanes.size(); ++u) {
    const Name owed = s.lanes[u].owed;
    if (owed == Name::stall) continue;
    s.violated(owed == Name::hold ? Invariant::operand_slots : Invariant::output_slots,
               s.scene.header.units[u].path + ": its last " + (owed == Name::hold ? "fill" : "accumulation") +
                   " is followed by no " + std::string(to_string(owed)));
  }
}

}  // namespace tessera::trace
