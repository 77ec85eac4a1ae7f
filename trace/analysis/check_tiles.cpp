// What becomes of each tile: its decision, task, post-operations, loads and store.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {

namespace {

// Later producers of the group than the decision: of those the latest.
void judge_order(CheckState& s, const SpanView& v) {
  if (!s.scene.lossless) return;
  for (const TileLinks::Producer& p : s.links.producers(s.first_of_group(v.record.tile))) {
    const TileSeen& from = s.tiles[p.tile];
    if (from.store == 0 || from.stored < static_cast<std::int64_t>(s.row(p.tile).output_bytes) ||
        from.stored_at > v.record.start) {
      s.wrong(Invariant::order, v.id, v.record, "tile " + std::to_string(p.tile) + " is not stored yet");
    }
  }
}

// Decisions of one core end nearly in the order in which they start: a launch is overtaken by what starts after it.
void note_decision(CoreSeen& core, Ps start, Ps end) {
  std::vector<Ps>& starts = core.decided;
  if (!starts.empty() && start <= starts.back()) core.overtaken.emplace_back(end, start);
  starts.push_back(start);
  for (std::size_t i = starts.size() - 1; i > 0 && starts[i - 1] > starts[i]; --i) std::swap(starts[i - 1], starts[i]);
}

std::string unlike(std::int64_t cycles, std::int64_t known) {
  return "takes " + std::to_string(cycles) + " cycles, others " + std::to_string(known);
}

// Cycles of a decision or prefetch; -1 where the end of the run cut it.
std::int64_t decision_cycles(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (s.scene.trailer != nullptr && r.end == s.scene.trailer->end) return -1;
  const base::Clock& clock = s.scene.core_clock;
  if (clock.align(r.end) != r.end) s.wrong(Invariant::causes, v.id, r, "it ends between two edges");
  return (clock.first_edge(r.end) - clock.first_edge(r.start)).count();
}

// Whether the decision on `tile`, which launched nothing, takes as long as all others of its kind.
void judge_ordinary(CheckState& s, const std::string& what, std::int64_t cycles) {
  if (cycles < 0) return;
  if (s.decision_cycles < 0) s.decision_cycles = cycles;
  if (cycles != s.decision_cycles)
    s.violated(Invariant::causes, what + ": a decision on it " + unlike(cycles, s.decision_cycles));
}
void judge_ordinary(CheckState& s, std::uint32_t tile, std::int64_t cycles) {
  if (cycles >= 0) judge_ordinary(s, s.name_of(tile), cycles);
}

// The first decision on an operator of a request launches it. Which one that is the end of the trace knows: with
// several schedulers a later one may end, and be recorded, before it. Of two that start together the longer one is the
// first.
void judge_length(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (!s.scene.lossless) return;
  const std::int64_t cycles = decision_cycles(s, v);
  OperatorRun* run = s.run_of(s.row(r.tile).request, s.row(r.tile).op);
  if (run == nullptr) return judge_ordinary(s, r.tile, cycles);
  const bool longer = run->launch >= 0 && (cycles < 0 || cycles > run->launch);
  if (run->from >= Ps{0} && (r.start > run->from || (r.start == run->from && !longer)))
    return judge_ordinary(s, r.tile, cycles);
  if (run->from >= Ps{0}) judge_ordinary(s, run->launched, run->launch);
  run->launch = cycles;
  run->launched = r.tile;
}

void judge_decision(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  TileSeen& t = s.tiles[r.tile];
  if (t.decisions++ != 0) s.wrong(Invariant::tiles, v.id, r, "its tile was decided on before");
  t.decisions = std::min<std::uint8_t>(t.decisions, 2);
  t.decision = v.id;
  t.decided = r.start;
  t.dispatched = r.end;
  t.core = r.core();
  if (r.core() >= s.cores.size()) s.wrong(Invariant::places, v.id, r, "there is no such core");
  const std::uint32_t slice = s.row(r.tile).slice;
  if (slice > 0 && s.tiles[r.tile - 1].decision != 0 && s.tiles[r.tile - 1].core != r.core())
    s.wrong(Invariant::places, v.id, r, "the slice before it went to another core");
  if (slice == 0) judge_order(s, v);
  if (r.core() < s.cores.size()) note_decision(s.cores[r.core()], r.start, r.end);
  judge_length(s, v);
  if (OperatorRun* run = s.run_of(s.row(r.tile).request, s.row(r.tile).op)) {
    if (run->from < Ps{0} || r.start < run->from) run->from = r.start;
  }
}

// All of the group that was decided on is as if it had not been.
void judge_undispatch(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (s.row(r.tile).slice != 0) s.wrong(Invariant::tiles, v.id, r, "a group is taken back by its first slice");
  if (s.tiles[r.tile].decision == 0 && s.scene.lossless)
    s.wrong(Invariant::tiles, v.id, r, "its tile is not dispatched");
  for (std::uint32_t tile = r.tile; tile < s.tiles.size() && s.row(tile).group == s.row(r.tile).group; ++tile) {
    TileSeen& t = s.tiles[tile];
    if (t.decision == 0) break;
    if (t.core != r.core()) s.wrong(Invariant::places, v.id, r, "it was dispatched to another core");
    if (t.tasks != 0 || t.store != 0 || t.load[0] != 0 || t.load[1] != 0)
      s.wrong(Invariant::tiles, v.id, r, "tile " + std::to_string(tile) + " has begun");
    t.decision = 0;
    t.decisions = 0;
    t.decided = t.dispatched = Ps{-1};
    t.core = 0xffff;
    ++s.taken_back;
  }
  s.tiles[r.tile].taken_back = v.id;
  s.tiles[r.tile].taken_back_at = r.end;
  if (s.scene.lossless) judge_ordinary(s, r.tile, decision_cycles(s, v));
}

void judge_task(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  TileSeen& t = s.tiles[r.tile];
  const auto kind = r.name == Name::compute ? TileTable::Kind::pe : TileTable::Kind::vector;
  if (s.row(r.tile).kind != kind) s.wrong(Invariant::tiles, v.id, r, "its tile is not of that kind");
  if (t.tasks++ != 0) s.wrong(Invariant::tiles, v.id, r, "its tile ran before");
  t.tasks = std::min<std::uint8_t>(t.tasks, 2);
  if (t.decision == 0 && s.scene.lossless) s.wrong(Invariant::tiles, v.id, r, "runs without a decision before it");
  if (r.macs() < 0 || static_cast<std::uint64_t>(r.macs()) != s.row(r.tile).macs) {
    s.wrong(Invariant::macs, v.id, r,
            std::to_string(r.macs()) + " MACs instead of " + std::to_string(s.row(r.tile).macs));
  }
  if (t.core != 0xffff && s.scene.core_of(r.unit) != t.core)
    s.wrong(Invariant::places, v.id, r, "its tile was dispatched to core " + std::to_string(t.core));
  if (r.name == Name::compute && (r.rows() != s.row(r.tile).rows || r.columns() != s.row(r.tile).columns))
    s.wrong(Invariant::places, v.id, r, "its tile uses other rows or columns");
  t.task = v.id;
  t.started = r.start;
  t.ended = r.end;
  if (r.name == Name::compute) t.task_number = r.task;
  s.macs += r.macs();
}

void judge_post(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  TileSeen& t = s.tiles[r.tile];
  if (!s.row(r.tile).post) s.wrong(Invariant::tiles, v.id, r, "its tile has no post-operations");
  if (t.posts++ != 0) s.wrong(Invariant::tiles, v.id, r, "its tile had its post-operations before");
  t.posts = std::min<std::uint8_t>(t.posts, 2);
  if (t.core != 0xffff && s.scene.core_of(r.unit) != t.core)
    s.wrong(Invariant::places, v.id, r, "its tile was dispatched to core " + std::to_string(t.core));
  t.post = v.id;
}

void judge_drain(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  TileSeen& t = s.tiles[r.tile];
  const bool cut = s.scene.trailer != nullptr && !s.scene.clean && r.end == s.scene.trailer->end;
  if (!cut && s.scene.core_clock.align(r.end) != r.end)
    s.wrong(Invariant::causes, v.id, r, "its last result comes between two edges");
  if (s.row(r.tile).kind != TileTable::Kind::pe) s.wrong(Invariant::tiles, v.id, r, "only PE tiles drain");
  if (t.drains++ != 0) s.wrong(Invariant::tiles, v.id, r, "its tile drained before");
  t.drains = std::min<std::uint8_t>(t.drains, 2);
  if (t.task != 0 && t.task_number != r.task) s.wrong(Invariant::tasks, v.id, r, "it is no task of its compute");
}

// Whether a load serves its tile itself; else it is a prefetch.
bool own_load(const CheckState& s, const Record& r) {
  const auto* cause = s.path.find(r.cause);
  return cause == nullptr || cause->name == Name::decision;
}

void judge_load(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.operand() != Operand::input && r.operand() != Operand::weight)
    return s.wrong(Invariant::places, v.id, r, "a load is of an input or a weight operand");
  TileSeen& t = s.tiles[r.tile];
  const auto o = static_cast<std::size_t>(r.operand());
  const auto planned = static_cast<std::int64_t>(s.planned(r.tile, r.operand()));
  if (r.bytes() <= 0 || r.bytes() > planned) {
    s.wrong(Invariant::bytes, v.id, r,
            std::to_string(r.bytes()) + " bytes of " + std::string(to_string(r.operand())) +
                ", of which its tile plans " + std::to_string(planned));
  }
  s.loaded += r.bytes();
  if (!s.scene.lossless || !own_load(s, r)) return;
  t.load[o] = v.id;
  t.bytes[o] += r.bytes();
  if (t.bytes[o] > planned) s.wrong(Invariant::bytes, v.id, r, "its tile loads more than it plans");
}

void judge_store(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  TileSeen& t = s.tiles[r.tile];
  const bool movement = s.row(r.tile).kind == TileTable::Kind::movement;  // stored from its input slot
  if (r.operand() != (movement ? Operand::input : Operand::output))
    s.wrong(Invariant::places, v.id, r, "its tile is stored from another region");
  if (t.store != 0 && t.store_number != r.task)
    s.wrong(Invariant::tasks, v.id, r, "parts of a store share their number");
  t.store_number = r.task;
  t.store = v.id;
  t.stored += r.bytes();
  t.stored_at = std::max(t.stored_at, r.end);
  s.stored += r.bytes();
  s.last_store = std::max(s.last_store, r.end);
  if (r.bytes() <= 0 || t.stored > static_cast<std::int64_t>(s.row(r.tile).output_bytes)) {
    s.wrong(Invariant::bytes, v.id, r,
            "its tile stores " + std::to_string(t.stored) + " bytes instead of " +
                std::to_string(s.row(r.tile).output_bytes));
  }
  if (OperatorRun* run = s.run_of(s.row(r.tile).request, s.row(r.tile).op)) run->to = std::max(run->to, r.end);
}

// What the host makes is there when its task ends: that stands for a store.
void judge_host_task(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  TileSeen& t = s.tiles[r.tile];
  if (s.row(r.tile).kind != TileTable::Kind::host) s.wrong(Invariant::tiles, v.id, r, "its tile is not of that kind");
  if (t.tasks++ != 0) s.wrong(Invariant::tiles, v.id, r, "its tile ran before");
  t.tasks = std::min<std::uint8_t>(t.tasks, 2);
  judge_order(s, v);
  if (r.start < s.host_free) s.wrong(Invariant::lanes, v.id, r, "the host's task before it has not ended");
  s.host_free = std::max(s.host_free, r.end);
  s.host_last = v.id;
  t.task = t.store = v.id;
  t.started = r.start;
  t.ended = t.stored_at = r.end;
  s.last_store = std::max(s.last_store, r.end);
  if (OperatorRun* run = s.run_of(s.row(r.tile).request, s.row(r.tile).op)) {
    run->from = r.start;
    run->to = r.end;
  }
}

constexpr std::uint64_t kMostUnderWay = 1 << 20;

// The number of a task; when it got it.
void note_task(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (!s.scene.whole() || s.scene.trailer == nullptr || r.name == Name::drain || r.name == Name::fold) return;
  // A task ends with a record; what is still under way is bounded by the machine.
  if (r.task == 0 || r.task > 2 * s.records + kMostUnderWay)
    return s.wrong(Invariant::tasks, v.id, r, "task " + std::to_string(r.task) + " is none of the run");
  if (s.tasks.size() <= r.task) s.tasks.resize(std::max<std::size_t>(r.task + 1, s.tasks.size() * 2));
  const bool ends = r.name == Name::vector || r.name == Name::post;
  const TaskSeen seen{r.tile, r.name, r.has(Field::operand) ? r.operand() : Operand::none, ends ? r.end : r.start};
  TaskSeen& task = s.tasks[r.task];
  if (task.name == Name::stall) {
    task = seen;
  } else if (task.tile != seen.tile || task.name != seen.name || task.operand != seen.operand ||
             task.given != seen.given || !r.has(Field::operand)) {
    s.wrong(Invariant::tasks, v.id, r, "its task number " + std::to_string(r.task) + " belongs to another task");
  }
}

}  // namespace

void judge_tile(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.name == Name::cap && s.scene.lossless)
    judge_ordinary(s, "channel " + std::to_string(r.channel()), decision_cycles(s, v));
  if (r.tile == kNoTile || r.tile >= s.tiles.size()) return;
  if (r.has(Field::task)) note_task(s, v);
  switch (r.name) {
    case Name::decision: return judge_decision(s, v);
    case Name::undispatch: return judge_undispatch(s, v);
    case Name::prefetch:
      if (r.core() >= s.cores.size() || r.operand() > Operand::weight)
        return s.wrong(Invariant::places, v.id, r, "there is no such core or operand region");
      ++s.prefetches;
      if (s.scene.lossless) judge_ordinary(s, r.tile, decision_cycles(s, v));
      s.cores[r.core()].prefetch[static_cast<std::size_t>(r.operand())] = v.id;
      if (r.bytes() <= 0 || static_cast<std::uint64_t>(r.bytes()) != s.planned(r.tile, r.operand()))
        s.wrong(Invariant::bytes, v.id, r, "its tile plans other bytes");
      return;
    case Name::compute:
    case Name::vector: return judge_task(s, v);
    case Name::post: return judge_post(s, v);
    case Name::drain: return judge_drain(s, v);
    case Name::load: return judge_load(s, v);
    case Name::store: return judge_store(s, v);
    case Name::host_task: return judge_host_task(s, v);
    default: return;
  }
}

void finish_tiles(CheckState& s) {
  for (std::size_t i = 0; i < s.tiles.size() && !s.judgement.enough(); ++i) {
    const TileTable::Tile& t = s.scene.tiles.tiles[i];
    const TileSeen& seen = s.tiles[i];
    const std::uint32_t tasks = t.kind == TileTable::Kind::movement ? 0 : 1;
    const std::uint32_t decisions = t.kind == TileTable::Kind::host ? 0 : 1;
    if (seen.decisions != decisions || seen.tasks != tasks || seen.posts != (t.post ? 1 : 0))
      s.violated(Invariant::tiles, s.name_of(i) + ": decided on " + std::to_string(seen.decisions) + " times, ran " +
                                       std::to_string(seen.tasks) + " times, with " + std::to_string(seen.posts) +
                                       " post-operations");
    for (std::size_t o = 0; o < 2; ++o) {
      const std::uint64_t planned = s.planned(static_cast<std::uint32_t>(i), static_cast<Operand>(o));
      if (seen.bytes[o] != 0 && seen.bytes[o] != static_cast<std::int64_t>(planned)) {
        s.violated(Invariant::bytes, s.name_of(i) + ": loads " + std::to_string(seen.bytes[o]) + " bytes of " +
                                         std::string(kOperandWords[o]) + " instead of " + std::to_string(planned) +
                                         " or none");
      }
    }
    if (seen.stored != static_cast<std::int64_t>(t.output_bytes)) {
      s.violated(Invariant::bytes, s.name_of(i) + ": stores " + std::to_string(seen.stored) + " bytes instead of " +
                                       std::to_string(t.output_bytes));
    }
  }
  s.path.finish(s.last_end);
  const CriticalPath& p = s.path.path();
  for (const std::string& problem : p.problems) s.violated(Invariant::path, problem);
  if (p.sum() != p.makespan || p.makespan.count() != s.scene.facts.makespan_ps) {
    s.violated(Invariant::path, "it adds up to " + text(p.sum()) + ", the last store ends at " + text(p.makespan) +
                                    ", the makespan is given as " + std::to_string(s.scene.facts.makespan_ps) + " ps");
  }
}

void finish_launches(CheckState& s) {
  for (const OperatorRun& run : s.runs) {
    if (run.from < Ps{0} || run.launch < 0) continue;
    if (s.launch_cycles < 0) s.launch_cycles = run.launch;
    if (run.launch != s.launch_cycles)
      s.violated(Invariant::causes,
                 s.name_of(run.launched) + ": the launch of its operator " + unlike(run.launch, s.launch_cycles));
  }
}

void finish_tasks(CheckState& s) {
  std::uint64_t holes = 0;
  Ps before{0};
  std::size_t last = s.tasks.size();
  while (last > 1 && s.tasks[last - 1].name == Name::stall) --last;
  for (std::size_t i = 1; i < last && !s.judgement.enough(); ++i) {
    const TaskSeen& t = s.tasks[i];
    if (t.name == Name::stall) {
      ++holes;
      continue;
    }
    if (t.given < before)
      s.violated(Invariant::tasks, "task " + std::to_string(i) + " of tile " + std::to_string(t.tile) + " began at " +
                                       text(t.given) + ", before the one with the number before it at " + text(before));
    before = std::max(before, t.given);
  }
  if (holes > s.prefetches + 2 * s.taken_back)
    s.violated(Invariant::tasks, std::to_string(holes) + " numbers belong to no task, and there are " +
                                     std::to_string(s.prefetches) + " prefetches that could have been dropped and " +
                                     std::to_string(s.taken_back) + " tiles that were taken back");
}

}  // namespace tessera::trace
