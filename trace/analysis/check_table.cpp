// The tile table: groups, slices, edges, and what they add up to.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {

TileLinks::TileLinks(const TileTable& table) : start_(table.tiles.size() + 2) {
  const auto first = [&table](std::uint32_t tile) { return tile - table.tiles[tile].slice; };
  for (const TileTable::Edge& e : table.edges) ++start_[first(e.to) + 1];
  for (std::size_t i = 1; i < start_.size(); ++i) start_[i] += start_[i - 1];
  producers_.resize(table.edges.size());
  std::vector<std::uint32_t> next(start_.begin(), start_.end() - 1);
  for (const TileTable::Edge& e : table.edges)
    producers_[next[first(e.to)]++] = {e.from, e.kind == TileTable::EdgeKind::control};
}

namespace {

// Slices of a group follow one another, and agree in what they share.
const char* wrong_row(const std::vector<TileTable::Tile>& tiles, std::size_t i, std::int64_t cores) {
  using Kind = TileTable::Kind;
  const TileTable::Tile& t = tiles[i];
  const bool last = i + 1 == tiles.size() || tiles[i + 1].group != t.group;
  if (t.slice == 0) {
    if (t.group != (i == 0 ? 0 : tiles[i - 1].group + 1)) return "its group does not follow the one before";
    if (i == 0 ? t.request != 0 : t.request < tiles[i - 1].request || t.request > tiles[i - 1].request + 1)
      return "its request does not follow the one before";
    if (i > 0 && t.request == tiles[i - 1].request && t.op < tiles[i - 1].op) return "its operator goes back";
  } else {
    if (i == 0) return "it is no first slice";
    const TileTable::Tile& before = tiles[i - 1];
    if (before.group != t.group || before.slice + 1 != t.slice) return "its slice does not follow one";
    if (before.op != t.op || before.request != t.request || before.kind != t.kind || before.core != t.core)
      return "it differs from the slice before it";
  }
  if (!last && (t.output_bytes != 0 || t.post)) return "only the last tile of a group is stored";
  if (t.kind == Kind::host ? t.output_bytes + t.input_bytes + t.weight_bytes + t.macs + t.slice != 0
                           : last && t.output_bytes == 0)
    return t.kind == Kind::host ? "the machine moves nothing for a task of the host" : "its group stores nothing";
  if (t.post && t.kind != Kind::pe) return "only PE tiles have post-operations";
  if (t.kind == Kind::movement && (t.macs != 0 || t.weight_bytes != 0 || t.slice != 0 || t.input_bytes == 0))
    return "a movement has an input and nothing else";
  // A PE tile may have no MACs: outputs of a transposed convolution that no input reaches.
  if (t.kind == Kind::pe ? t.rows == 0 || t.columns == 0 : t.rows != 0 || t.columns != 0)
    return "PE tiles and no others use rows and columns";
  if (t.core != TileTable::kAnyCore && cores > 0 && t.core >= cores) return "it prefers a core that there is not";
  return nullptr;
}

bool judge_rows(CheckState& s) {
  const std::vector<TileTable::Tile>& tiles = s.scene.tiles.tiles;
  bool sound = true;
  for (std::size_t i = 0; i < tiles.size() && !s.judgement.enough(); ++i) {
    if (const char* wrong = wrong_row(tiles, i, s.scene.facts.cores)) {
      s.violated(Invariant::table, s.name_of(i) + ": " + wrong);
      sound = false;
    }
  }
  return sound;
}

// From the last tile of a group to a later one, of the same request, once for each operand and kind.
bool judge_edges(CheckState& s) {
  using Kind = TileTable::EdgeKind;
  bool sound = true;
  const TileTable::Edge* before = nullptr;
  std::uint32_t same = 0;
  for (const TileTable::Edge& e : s.scene.tiles.edges) {
    if (s.judgement.enough()) return false;
    const bool after_control = before != nullptr && before->kind == Kind::control && e.kind != Kind::control;
    const bool follows = before == nullptr || e.to > before->to || (e.to == before->to && !after_control);
    same = before != nullptr && e == *before ? same + 1 : 0;
    if (e.from >= e.to || !s.last_of_group(e.from) || s.row(e.from).request != s.row(e.to).request || !follows ||
        same > 1 || (e.kind == Kind::control && s.row(e.to).slice != 0)) {
      s.violated(Invariant::table, "the edge from tile " + std::to_string(e.from) + " to tile " + std::to_string(e.to) +
                                       " is none of a tile graph");
      sound = false;
    }
    before = &e;
  }
  return sound;
}

void sum_macs(CheckState& s) {
  unsigned __int128 macs = 0;
  for (const TileTable::Tile& t : s.scene.tiles.tiles) macs += t.macs;
  if (macs != static_cast<unsigned __int128>(s.scene.facts.macs)) {
    s.violated(Invariant::macs, "MACs of all tiles are not the network's " + std::to_string(s.scene.facts.macs));
  }
}

}  // namespace

bool judge_table(CheckState& s) {
  const TileTable& table = s.scene.tiles;
  if (table.tiles.empty()) return false;
  const bool sound = judge_rows(s) && judge_edges(s);
  if (s.scene.trailer != nullptr && s.scene.trailer->operators != sums_by_operator(table))
    s.violated(Invariant::table, "its operators, or what their tiles add up to, are not those of the index");
  if (!sound) return false;
  s.links = TileLinks(table);
  sum_macs(s);
  for (std::uint32_t i = 0; i < table.tiles.size(); ++i) {
    const TileTable::Tile& t = table.tiles[i];
    if (s.runs.empty() || s.runs.back().request != t.request || s.runs.back().op != t.op)
      s.runs.push_back({t.request, t.op, i, 0});
    ++s.runs.back().count;
  }
  return true;
}

OperatorRun* CheckState::run_of(std::uint32_t request, std::uint32_t op) {
  const auto at =
      std::lower_bound(runs.begin(), runs.end(), std::pair{request, op}, [](const OperatorRun& r, auto key) {
        return std::pair{r.request, r.op} < key;
      });
  return at != runs.end() && at->request == request && at->op == op ? &*at : nullptr;
}

}  // namespace tessera::trace
