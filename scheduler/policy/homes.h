// Ready tiles by home. A tile's home is the core that the tiling dealt it to (Group::core_hint), so that tiles which
// share weights or inputs meet on one core. The policy that owns a Homes reports every tile that becomes ready and
// every tile that it dispatches.
//
// A home is a wish, not a rule. A core that has used up its own tiles may take the last waiting tile of another core;
// the owner keeps the run of tiles before that one. Taking pays only if the tile's operands reach the taking core
// sooner than the owner would come to the tile: operands that are loaded a second time slow down every load, and where
// the memory is the limit, a core that waits costs nothing. Questions cost the same on 4 cores and on 1000: sets are
// bits, and what an offer comes to is worked out once, by a look at a few tens of waiting tiles at most.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/policy/memory_pace.h"
#include "scheduler/policy/policy.h"
#include "scheduler/tiles/id_set.h"

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
  // Cores that are home to a waiting tile.
  [[nodiscard]] const IdSet& waiting(TileKind kind) const { return cores_[static_cast<std::size_t>(kind)]; }
  // The lowest core >= from that may take a tile of that kind and is home to a waiting one; kNoId: none.
  [[nodiscard]] std::uint32_t next_core(const View& view, TileKind kind, std::uint32_t from) const {
    return waiting(kind).next_common(view.accepting(kind), from);
  }
  // The first tile after the operator of `t`; the same operator of another request counts as another one.
  [[nodiscard]] TileId next_operator(TileId t) const { return operators_[operator_of_[t]].end; }

  // What the home of a tile can spare; good for one decision.
  struct Offer {
    TileId last = kNoId;   // the tile that may be taken; kNoId: none
    TileId first = kNoId;  // the one that the home is assumed to go on with
    std::uint32_t owner = 0;
    bool freely = false;      // it pays on any core
    base::Ps sooner_than{0};  // else only where its operands are brought in less time
    std::int64_t times = 1;   // how often each missing byte counts: slices, and all who share
  };
  // `first` is a ready tile. Offered is the last tile of its operator that waits at its home.
  [[nodiscard]] Offer offer(const View&, TileId first) const;
  // The tile that `core` may take of the offer; kNoId: its home would come to it sooner. The home takes `first`.
  [[nodiscard]] TileId take(const View&, const Offer&, std::uint32_t core) const;
  [[nodiscard]] TileId spare(const View& view, TileId first, std::uint32_t core) const {
    return take(view, offer(view, first), core);
  }

 private:
  struct Operator {  // of one request
    TileId end = 0;  // the tile after its last one
    std::int64_t homes = 0;
  };
  [[nodiscard]] bool pays(const Offer&, std::int64_t missing) const;
  void look_for_operators(const View&);
  void deal(const View&);
  [[nodiscard]] std::size_t row(TileKind kind, std::uint32_t core) const {
    return static_cast<std::size_t>(kind) * count_.size() / kDispatchedKinds + core;
  }

  MemoryPace pace_;
  std::vector<Operator> operators_;         // ascending
  std::vector<std::uint32_t> operator_of_;  // by tile
  // First slices and single tiles by kind, home and id; a tile's place among them, and the first place of each row.
  std::vector<TileId> dealt_;
  std::vector<std::uint32_t> place_, rows_;
  IdSet waiting_;                     // places of ready tiles
  std::vector<std::uint32_t> count_;  // of them, by row
  IdSet cores_[kDispatchedKinds];     // homes of waiting tiles
};

}  // namespace tessera::scheduler
