// Ready tiles by home. A tile's home is the core that the tiling dealt it to (Group::core_hint), so that tiles which
// share weights or inputs meet on one core. The policy that owns a Homes reports every tile that becomes ready and
// every tile that it dispatches.
//
// A home is a wish, not a rule. A core that has used up its own tiles may take the last waiting tile of another core;
// the owner keeps the run of tiles before that one. Taking pays only if the tile's operands reach the taking core
// sooner than the owner would come to the tile: operands that are loaded a second time slow down every load, and where
// the memory is the limit, a core that waits costs nothing. Each question takes O(log tiles), and a look at a few tens
// of waiting tiles at most.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "scheduler/policy/memory_pace.h"
#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

class Homes {
 public:
  void begin(const View&);
  void ready(const View&, TileId);  // ignores later slices, which have no choice of core
  void dispatched(const View&, TileId);

  [[nodiscard]] std::uint32_t home(const View& view, TileId t) const {
    return view.graph().groups[view.graph().tiles[t].group].core_hint;
  }
  // The lowest waiting tile >= from whose home is `core`; kNoId: none.
  [[nodiscard]] TileId next(TileKind, std::uint32_t core, TileId from) const;
  // `first` is a ready tile. Returns the tile of its operator that `core` may take from the home of `first`: the last
  // one that waits there. kNoId: that home would come to the tile sooner. The home is assumed to go on with `first`, so
  // tiles before `first` do not count.
  [[nodiscard]] TileId spare(const View&, TileId first, std::uint32_t core) const;
  // The lowest core >= from that may take a tile of that kind and is home to a waiting one; kNoId: none.
  [[nodiscard]] std::uint32_t next_core(const View&, TileKind, std::uint32_t from) const;
  // The first tile after the operator of `t`; the same operator of another request counts as another one.
  [[nodiscard]] TileId next_operator(TileId t) const;

 private:
  [[nodiscard]] const std::set<TileId>& at(TileKind kind, std::uint32_t core) const {
    return waiting_[static_cast<std::size_t>(kind)][core];
  }
  // `owner` is home to the waiting tiles [first, last]: does it pay to run `last` on `core`?
  [[nodiscard]] bool pays(const View&, TileId first, TileId last, std::uint32_t owner, std::uint32_t core) const;

  MemoryPace pace_;
  std::vector<std::set<TileId>> waiting_[3];  // ready tiles, by kind and home
  std::set<std::uint32_t> cores_[3];          // by kind: homes of waiting tiles
  std::vector<TileId> operator_end_;          // by operator of a request: the tile after its last one; ascending
  std::vector<std::int64_t> dealt_to_;        // likewise: how many cores are home to its tiles
};

}  // namespace tessera::scheduler
