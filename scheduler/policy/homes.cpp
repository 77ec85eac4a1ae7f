#include "scheduler/policy/homes.h"

#include <algorithm>

namespace tessera::scheduler {

void Homes::begin(const View& view) {
  for (auto& kind : waiting_) kind.assign(static_cast<std::size_t>(view.npu().cores), {});
  for (auto& cores : cores_) cores.clear();
  const auto& tiles = view.graph().tiles;
  operator_end_.clear();
  for (TileId t = 1; t < tiles.size(); ++t) {
    if (tiles[t].op != tiles[t - 1].op || tiles[t].request != tiles[t - 1].request) operator_end_.push_back(t);
  }
  operator_end_.push_back(static_cast<TileId>(tiles.size()));
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

TileId Homes::next_operator(TileId t) const {
  return *std::upper_bound(operator_end_.begin(), operator_end_.end(), t);
}

TileId Homes::spare(const View& view, TileId first, std::uint32_t core) const {
  const std::uint32_t owner = home(view, first);
  if (owner == core) return first;
  const TileKind kind = view.graph().tiles[first].kind;
  const auto& waiting = at(kind, owner);
  const TileId last = *std::prev(waiting.lower_bound(next_operator(first)));
  // One that waits for its own core's next free place stays, unless that core has no place.
  return last == first && view.next_accepting(kind, owner) == owner ? kNoId : last;
}

}  // namespace tessera::scheduler
