// Ready tiles by home: the core that the tiling dealt them to (Group::core_hint), so that tiles which share weights or
// inputs meet on one core. A policy keeps it up to date in on_tile_ready() and when it dispatches.
//
// A home is a wish: a core whose own tiles are used up takes the last of another core's, which leaves that core its run
// of tiles, if that core would come to it later than the operands could come here: what is loaded again slows all
// loads, and where the memory is the limit a core that waits costs nothing. Every question is O(log tiles), but for a
// look at no more than a few tens of waiting tiles.
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
  void ready(const View&, TileId);  // later slices have no choice of core: ignored
  void dispatched(const View&, TileId);

  [[nodiscard]] std::uint32_t home(const View& view, TileId t) const {
    return view.graph().groups[view.graph().tiles[t].group].core_hint;
  }
  // The lowest tile >= from of that core; kNoId: none.
  [[nodiscard]] TileId next(TileKind, std::uint32_t core, TileId from) const;
  // What `core` may take from others of the operator of `first`, a ready tile: the last that waits at the same home;
  // kNoId where the home would come to it sooner. The home is reckoned to go on with `first`, so what it has before is
  // left out.
  [[nodiscard]] TileId spare(const View&, TileId first, std::uint32_t core) const;
  // The lowest core >= from that may take a tile of that kind and has one of its own waiting; kNoId: none.
  [[nodiscard]] std::uint32_t next_core(const View&, TileKind, std::uint32_t from) const;
  // First tile of the operator (of a request) after that of `t`.
  [[nodiscard]] TileId next_operator(TileId t) const;

 private:
  [[nodiscard]] const std::set<TileId>& at(TileKind kind, std::uint32_t core) const {
    return waiting_[static_cast<std::size_t>(kind)][core];
  }
  // Whether moving the last of the tiles [first, last] that wait at `owner` to `core` pays.
  [[nodiscard]] bool pays(const View&, TileId first, TileId last, std::uint32_t owner, std::uint32_t core) const;

  MemoryPace pace_;
  std::vector<std::set<TileId>> waiting_[3];  // by kind and core
  std::set<std::uint32_t> cores_[3];          // by kind: those with waiting tiles
  std::vector<TileId> operator_end_;          // ascending
  std::vector<std::int64_t> dealt_to_;        // by operator: cores that are home to some of its tiles
};

}  // namespace tessera::scheduler
