#include "scheduler/policy/homes.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

namespace {
// By how much the path is slower than its pace where all that an operator is dealt to load: short packets, stores and
// other operators take their part.
constexpr std::int64_t kSlowness = 4;
// A run of tiles that is too long for one core whatever they are; keeps the question short.
constexpr int kLongRun = 64;
}  // namespace

void Homes::begin(const View& view) {
  pace_.measure(view.npu(), view.limits());
  for (auto& kind : waiting_) kind.assign(static_cast<std::size_t>(view.npu().cores), {});
  for (auto& cores : cores_) cores.clear();
  const auto& tiles = view.graph().tiles;
  operator_end_.clear();
  for (TileId t = 1; t < tiles.size(); ++t) {
    if (tiles[t].op != tiles[t - 1].op || tiles[t].request != tiles[t - 1].request) operator_end_.push_back(t);
  }
  operator_end_.push_back(static_cast<TileId>(tiles.size()));
  dealt_to_.clear();
  TileId t = 0;
  for (const TileId end : operator_end_) {
    std::set<std::uint32_t> homes;
    for (; t < end; ++t) homes.insert(home(view, t));
    dealt_to_.push_back(static_cast<std::int64_t>(homes.size()));
  }
}

void Homes::ready(const View& view, TileId t) {
  const Tile& tile = view.graph().tiles[t];
  if (tile.slice != 0) return;
  const auto kind = static_cast<std::size_t>(tile.kind);
  waiting_[kind][home(view, t)].insert(t);
  cores_[kind].insert(home(view, t));
}

void Homes::dispatched(const View& view, TileId t) {
  const Tile& tile = view.graph().tiles[t];
  if (tile.slice != 0) return;
  const auto kind = static_cast<std::size_t>(tile.kind);
  auto& waiting = waiting_[kind][home(view, t)];
  waiting.erase(t);
  if (waiting.empty()) cores_[kind].erase(home(view, t));
}

std::uint32_t Homes::next_core(const View& view, TileKind kind, std::uint32_t from) const {
  const auto& cores = cores_[static_cast<std::size_t>(kind)];
  for (auto i = cores.lower_bound(from); i != cores.end(); i = cores.lower_bound(from)) {
    from = view.next_accepting(kind, *i);
    if (from == kNoId || from == *i) return from;
  }
  return kNoId;
}

TileId Homes::next(TileKind kind, std::uint32_t core, TileId from) const {
  const auto i = at(kind, core).lower_bound(from);
  return i == at(kind, core).end() ? kNoId : *i;
}

TileId Homes::next_operator(TileId t) const { return *std::upper_bound(operator_end_.begin(), operator_end_.end(), t); }

TileId Homes::spare(const View& view, TileId first, std::uint32_t core) const {
  const std::uint32_t owner = home(view, first);
  if (owner == core) return first;
  const TileKind kind = view.graph().tiles[first].kind;
  const auto& waiting = at(kind, owner);
  const TileId last = *std::prev(waiting.lower_bound(next_operator(first)));
  // One that waits for its own core's next free place stays, unless that core has no place.
  if (last == first && view.next_accepting(kind, owner) == owner) return kNoId;
  return pays(view, first, last, owner, core) ? last : kNoId;
}

bool Homes::pays(const View& view, TileId first, TileId last, std::uint32_t owner, std::uint32_t core) const {
  const Tile& tile = view.graph().tiles[last];
  if (tile.kind == TileKind::movement) return true;  // waits for no unit and shares nothing
  const auto op = std::ranges::upper_bound(operator_end_, last) - operator_end_.begin();
  const std::int64_t sharers = dealt_to_[static_cast<std::size_t>(op)];
  if (sharers == 1) return true;  // not dealt at all
  const Ps bring = pace_.time(view.missing_bytes(last, core) * tile.slices * sharers) * kSlowness;
  const CoreUnit unit = tile.kind == TileKind::vector ? CoreUnit::vector_unit : CoreUnit::pe_array;
  Ps comes_to_it = std::max(Ps{0}, view.busy_until(owner, unit) - view.now());
  const auto& waiting = at(tile.kind, owner);
  int run = 0;
  for (auto i = waiting.lower_bound(first); i != waiting.end() && *i <= last; ++i) {
    if (comes_to_it > bring || ++run > kLongRun) return true;
    comes_to_it += view.predicted(*i) * tile.slices;
  }
  return comes_to_it > bring;
}

}  // namespace tessera::scheduler
