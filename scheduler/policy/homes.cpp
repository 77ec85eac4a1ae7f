#include "scheduler/policy/homes.h"

#include <algorithm>
#include <set>

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
  look_for_operators(view);
  deal(view);
}

void Homes::look_for_operators(const View& view) {
  const auto& tiles = view.graph().tiles;
  operators_.clear();
  operator_of_.resize(tiles.size());
  std::set<std::uint32_t> homes;
  for (TileId t = 0; t < tiles.size(); ++t) {
    if (t == 0 || tiles[t].op != tiles[t - 1].op || tiles[t].request != tiles[t - 1].request) {
      operators_.emplace_back();
      homes.clear();
    }
    homes.insert(home(view, t));
    operators_.back() = {t + 1, static_cast<std::int64_t>(homes.size())};
    operator_of_[t] = static_cast<std::uint32_t>(operators_.size() - 1);
  }
}

void Homes::deal(const View& view) {
  const auto& tiles = view.graph().tiles;
  const auto cores = static_cast<std::size_t>(view.npu().cores);
  const auto takes_part = [&](TileId t) { return tiles[t].slice == 0 && tiles[t].kind != TileKind::host; };
  count_.assign(kDispatchedKinds * cores, 0);
  rows_.assign(count_.size() + 1, 0);
  place_.assign(tiles.size(), 0);
  for (TileId t = 0; t < tiles.size(); ++t)
    if (takes_part(t)) ++rows_[row(tiles[t].kind, home(view, t)) + 1];
  for (std::size_t i = 1; i < rows_.size(); ++i) rows_[i] += rows_[i - 1];
  dealt_.assign(rows_.back(), kNoId);
  std::vector<std::uint32_t> next(rows_.begin(), rows_.end() - 1);
  for (TileId t = 0; t < tiles.size(); ++t) {
    if (!takes_part(t)) continue;
    place_[t] = next[row(tiles[t].kind, home(view, t))]++;
    dealt_[place_[t]] = t;
  }
  waiting_ = IdSet(dealt_.size());
  for (IdSet& set : cores_) set = IdSet(cores);
}

void Homes::ready(const View& view, TileId t) {
  const Tile& tile = view.graph().tiles[t];
  if (tile.slice != 0) return;
  waiting_.insert(place_[t]);
  if (count_[row(tile.kind, home(view, t))]++ == 0) cores_[static_cast<std::size_t>(tile.kind)].insert(home(view, t));
}

void Homes::dispatched(const View& view, TileId t) {
  const Tile& tile = view.graph().tiles[t];
  if (tile.slice != 0) return;
  waiting_.erase(place_[t]);
  if (--count_[row(tile.kind, home(view, t))] == 0) cores_[static_cast<std::size_t>(tile.kind)].erase(home(view, t));
}

TileId Homes::next(TileKind kind, std::uint32_t core, TileId from) const {
  const std::size_t r = row(kind, core);
  if (count_[r] == 0) return kNoId;
  std::uint32_t place = rows_[r];
  if (from != 0) {
    const auto begin = dealt_.begin() + rows_[r], end = dealt_.begin() + rows_[r + 1];
    place = static_cast<std::uint32_t>(std::lower_bound(begin, end, from) - dealt_.begin());
  }
  place = waiting_.next(place);
  return place < rows_[r + 1] ? dealt_[place] : kNoId;
}

Homes::Offer Homes::offer(const View& view, TileId first) const {
  const auto& graph = view.graph();
  const TileKind kind = graph.tiles[first].kind;
  Offer offer;
  offer.first = first;
  offer.owner = home(view, first);
  const std::size_t r = row(kind, offer.owner);
  const auto begin = dealt_.begin() + rows_[r], end = dealt_.begin() + rows_[r + 1];
  const auto after = static_cast<std::uint32_t>(std::lower_bound(begin, end, next_operator(first)) - dealt_.begin());
  const TileId last = dealt_[waiting_.last_below(after)];
  // One that waits for its own core's next free place stays, unless that core has no place.
  if (last == first && view.accepting(kind).contains(offer.owner)) return offer;
  offer.last = last;
  const Tile& tile = graph.tiles[last];
  const std::int64_t sharers = operators_[operator_of_[last]].homes;
  // A movement waits for no unit and shares nothing; an operator with one home was not dealt at all.
  offer.freely = kind == TileKind::movement || sharers == 1;
  if (offer.freely) return offer;
  offer.times = tile.slices * sharers;
  const CoreUnit unit = kind == TileKind::vector ? CoreUnit::vector_unit : CoreUnit::pe_array;
  Ps comes_to_it = std::max(Ps{0}, view.busy_until(offer.owner, unit) - view.now());
  int run = 0;
  for (std::uint32_t p = waiting_.next(place_[first]); p < after; p = waiting_.next(p + 1)) {
    if (++run > kLongRun) {
      offer.freely = true;
      return offer;
    }
    comes_to_it += view.predicted(dealt_[p]) * graph.tiles[dealt_[p]].slices;
  }
  offer.sooner_than = comes_to_it;
  std::int64_t bytes = 0;
  for (const BlockId b : {tile.input, tile.weight})
    if (b != kNoId) bytes += graph.blocks[b].bytes;
  offer.freely = pays(offer, bytes);
  return offer;
}

bool Homes::pays(const Offer& offer, std::int64_t missing) const {
  return offer.sooner_than > pace_.time(missing * offer.times) * kSlowness;
}

TileId Homes::take(const View& view, const Offer& offer, std::uint32_t core) const {
  if (offer.owner == core) return offer.first;
  if (offer.last == kNoId) return kNoId;
  return offer.freely || pays(offer, view.missing_bytes(offer.last, core)) ? offer.last : kNoId;
}

}  // namespace tessera::scheduler
