#include "trace/analysis/check.h"

#include <algorithm>
#include <cstdlib>

#include "trace/analysis/critical_path.h"
#include "trace/record/spans.h"

namespace tessera::trace {
namespace {

using base::Ps;
constexpr std::size_t kMaxLines = 100;

struct TileSeen {
  std::uint32_t decisions = 0, tasks = 0, posts = 0;
  std::int64_t macs = 0;
  std::int64_t bytes[2] = {0, 0};  // demand loads of input and weight
  std::int64_t stored = 0;         // of its group, on the last tile
  Ps decided{-1}, first_load{-1}, started{-1}, store_end{-1};
};

// The spans of an array or vector unit that fill its window, and the rest for overlap.
struct LaneSpan {
  Ps start, end;
  std::uint64_t id;
};

std::string at(std::uint64_t id, const Record& r) {
  return "record " + std::to_string(id) + " (" + std::string(to_string(r.name)) + " [" +
         std::to_string(r.start.count()) + ", " + std::to_string(r.end.count()) + ") ps" +
         (r.tile == kNoTile ? "" : ", tile " + std::to_string(r.tile)) + ")";
}

}  // namespace

struct InvariantCheck::State {
  State(const TraceHeader& h, const TileTable& t, const Trailer* tr)
      : header(h), tiles(t), trailer(tr), lanes(h.units.size()), counts(h.units.size()), seen(t.tiles.size()) {}
  const TraceHeader& header;
  const TileTable& tiles;
  const Trailer* trailer;
  std::vector<std::vector<LaneSpan>> lanes;
  std::vector<std::uint64_t> counts;
  std::vector<TileSeen> seen;
  CriticalPathWalk path;
  std::vector<std::string> violations, notes;
  std::uint64_t more = 0, records = 0, last_id = 0;
  bool all_stored = true;
  Ps last_end{0};

  void violated(std::string line) {
    if (violations.size() < kMaxLines) {
      violations.push_back(std::move(line));
    } else {
      ++more;
    }
  }
  [[nodiscard]] bool complete() const { return header.level >= Level::tile && !header.device; }
  [[nodiscard]] bool clean() const { return trailer != nullptr && trailer->clean_end; }
  void judge(const Record& r, std::uint64_t id);
  void note_tile(const Record& r, std::uint64_t id);
  void judge_lanes(Ps end);
  void judge_tiles();
  void judge_edges();
  void judge_macs();
  void judge_path();
  void judge_trailer(Ps end);
};

void InvariantCheck::State::judge(const Record& r, std::uint64_t id) {
  ++records;
  ++counts[r.unit];
  if (id <= last_id) violated(at(id, r) + ": its id does not ascend");
  last_id = id;
  last_end = std::max(last_end, r.end);
  if (r.end < r.start) violated(at(id, r) + ": ends before it starts");
  if (r.start < Ps{0}) violated(at(id, r) + ": starts before the first arrival");
  if (r.cause >= id) violated(at(id, r) + ": its cause " + std::to_string(r.cause) + " is not older");
  if (header.units[r.unit].exclusive && !r.nests() && r.end > r.start) lanes[r.unit].push_back({r.start, r.end, id});
  if (r.tile == kNoTile) return;
  if (r.tile >= seen.size()) return violated(at(id, r) + ": its tile is not in the tile table");
  note_tile(r, id);
}

void InvariantCheck::State::note_tile(const Record& r, std::uint64_t id) {
  TileSeen& t = seen[r.tile];
  switch (r.name) {
    case Name::decision:
      ++t.decisions;
      t.decided = r.start;
      break;
    case Name::compute:
    case Name::vector:
      ++t.tasks;
      t.macs += r.macs();
      t.started = r.start;
      if (t.decisions == 0 && complete()) violated(at(id, r) + ": runs without a decision before it");
      break;
    case Name::post: ++t.posts; break;
    case Name::load:
      if (t.first_load < Ps{0} || r.start < t.first_load) t.first_load = r.start;
      if (t.decisions > 0 && r.start >= t.decided && r.operand() < Operand::output)
        t.bytes[static_cast<std::size_t>(r.operand())] += r.bytes();
      break;
    case Name::store:
      t.stored += r.bytes();
      t.store_end = std::max(t.store_end, r.end);
      break;
    default: break;
  }
}

// Exclusive lanes never overlap; those of arrays and vector units also have no hole.
void InvariantCheck::State::judge_lanes(Ps end) {
  for (std::size_t u = 0; u < lanes.size(); ++u) {
    auto& spans = lanes[u];
    std::sort(spans.begin(), spans.end(), [](const LaneSpan& a, const LaneSpan& b) {
      return a.start != b.start ? a.start < b.start : a.id < b.id;
    });
    const UnitInfo& unit = header.units[u];
    const bool filled = complete() && trailer != nullptr &&
                        (unit.scope == Scope::vector || (unit.scope == Scope::pe && unit.index == 0));
    Ps covered{0};
    std::uint64_t before = 0;
    for (const LaneSpan& s : spans) {
      if (s.start < covered) {
        violated(unit.path + ": record " + std::to_string(s.id) + " at " + std::to_string(s.start.count()) +
                 " ps overlaps record " + std::to_string(before) + ", which ends at " +
                 std::to_string(covered.count()) + " ps");
      } else if (filled && s.start > covered) {
        violated(unit.path + ": neither busy nor stalled from " + std::to_string(covered.count()) + " ps to record " +
                 std::to_string(s.id) + " at " + std::to_string(s.start.count()) + " ps");
      }
      if (s.end > covered) {
        covered = s.end;
        before = s.id;
      }
    }
    if (filled && covered != end) {
      violated(unit.path + ": busy and stalls end at " + std::to_string(covered.count()) + " ps, the run at " +
               std::to_string(end.count()) + " ps");
    }
  }
}

void InvariantCheck::State::judge_tiles() {
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const TileTable::Tile& t = tiles.tiles[i];
    const TileSeen& s = seen[i];
    const std::string name = "tile " + std::to_string(i) + " (" + tiles.operators[t.op].name + ")";
    const std::uint32_t tasks = t.kind == TileTable::Kind::movement ? 0 : 1;
    if (s.decisions != 1) violated(name + ": dispatched " + std::to_string(s.decisions) + " times");
    if (s.tasks != tasks)
      violated(name + ": runs " + std::to_string(s.tasks) + " times instead of " + std::to_string(tasks));
    if (s.posts != (t.post ? 1u : 0u)) violated(name + ": " + std::to_string(s.posts) + " post-operations");
    if (t.kind == TileTable::Kind::pe && s.macs != static_cast<std::int64_t>(t.macs)) {
      violated(name + ": " + std::to_string(s.macs) + " MACs instead of " + std::to_string(t.macs));
    }
    const std::uint64_t planned[2] = {t.input_bytes, t.weight_bytes};
    for (std::size_t o = 0; o < 2; ++o) {
      if (s.bytes[o] != 0 && s.bytes[o] != static_cast<std::int64_t>(planned[o])) {
        violated(name + ": loads " + std::to_string(s.bytes[o]) + " bytes of " +
                 std::string(to_string(static_cast<Operand>(o))) + " instead of " + std::to_string(planned[o]) +
                 " or none");
      }
    }
    if (s.stored != static_cast<std::int64_t>(t.output_bytes)) {
      violated(name + ": stores " + std::to_string(s.stored) + " bytes instead of " + std::to_string(t.output_bytes));
    }
  }
}

void InvariantCheck::State::judge_edges() {
  for (const TileTable::Edge& e : tiles.edges) {
    const TileSeen &from = seen[e.from], &to = seen[e.to];
    const Ps stored = from.store_end;
    const auto early = [&](Ps when, const char* what) {
      if (when >= Ps{0} && (stored < Ps{0} || when < stored)) {
        violated("tile " + std::to_string(e.to) + " is " + what + " at " + std::to_string(when.count()) +
                 " ps, before tile " + std::to_string(e.from) + " is stored" +
                 (stored < Ps{0} ? "" : " at " + std::to_string(stored.count()) + " ps"));
      }
    };
    early(to.decided, "dispatched");
    early(to.started, "run");
  }
}

void InvariantCheck::State::judge_macs() {
  std::int64_t macs = 0;
  for (const TileSeen& s : seen) macs += s.macs;
  const auto it = header.meta.find("macs");
  if (it != header.meta.end() && std::to_string(macs) != it->second) {
    violated("MACs of all computes are " + std::to_string(macs) + ", of the network " + it->second);
  }
}

void InvariantCheck::State::judge_path() {
  const CriticalPath& p = path.path();
  for (const std::string& problem : p.problems) violated("critical path: " + problem);
  if (p.sum() != p.makespan) {
    violated("critical path adds up to " + std::to_string(p.sum().count()) + " ps, the makespan is " +
             std::to_string(p.makespan.count()) + " ps");
  }
  const auto it = trailer->meta.find("makespan_ps");
  if (it != trailer->meta.end() && std::to_string(p.makespan.count()) != it->second) {
    violated("the last store ends at " + std::to_string(p.makespan.count()) + " ps, the makespan is given as " +
             it->second + " ps");
  }
}

void InvariantCheck::State::judge_trailer(Ps end) {
  if (trailer == nullptr) return violated("no trailer: the trace is truncated");
  if (last_end > end)
    violated("a span ends at " + std::to_string(last_end.count()) + " ps, after the run at " +
             std::to_string(end.count()) + " ps");
  if (trailer->events != records)
    violated("the trailer counts " + std::to_string(trailer->events) + " records, the trace has " +
             std::to_string(records));
  for (std::size_t u = 0; u < counts.size(); ++u) {
    const UnitCount& c = trailer->units[u];
    if (c.kept != counts[u] || c.emitted != c.kept + c.lost) {
      violated(header.units[u].path + ": the trailer counts " + std::to_string(c.emitted) +
               " emitted = " + std::to_string(c.kept) + " kept + " + std::to_string(c.lost) +
               " lost records, the trace has " + std::to_string(counts[u]));
    }
    if (!header.device && c.lost != 0)
      violated(header.units[u].path + ": " + std::to_string(c.lost) + " records lost in a lossless trace");
  }
}

InvariantCheck::InvariantCheck(const TraceHeader& header, const TileTable& tiles, const Trailer* trailer)
    : state_(std::make_unique<State>(header, tiles, trailer)) {}
InvariantCheck::~InvariantCheck() = default;

void InvariantCheck::consume(std::span<const Record> records, std::uint64_t first_id) {
  for_each_span(records, first_id, [this](const SpanView& s) { state_->judge(s.record, s.id); });
  if (state_->complete()) state_->path.consume(records, first_id);
}

void InvariantCheck::finish(base::Ps end) {
  State& s = *state_;
  s.judge_trailer(end);
  s.judge_lanes(end);
  if (!s.complete()) {
    s.notes.push_back(
        s.header.device
            ? "records may be missing (trace of the modelled buffer): tiles, stalls and critical path are not judged"
            : "tiles, stalls and critical path need level tile; this trace has level " +
                  std::string(to_string(s.header.level)));
  } else if (!s.clean()) {
    s.notes.push_back("the run did not end: tiles and critical path are not judged");
  } else {
    s.path.finish(end);
    if (s.tiles.tiles.empty()) {
      s.notes.push_back("the trace has no tile table: tiles are not judged");
    } else {
      s.judge_tiles();
      s.judge_edges();
      s.judge_macs();
    }
    s.judge_path();
  }
  if (s.more > 0) s.violations.push_back("and " + std::to_string(s.more) + " more");
}

const std::vector<std::string>& InvariantCheck::violations() const { return state_->violations; }
const std::vector<std::string>& InvariantCheck::notes() const { return state_->notes; }
std::uint64_t InvariantCheck::records() const { return state_->records; }

}  // namespace tessera::trace
