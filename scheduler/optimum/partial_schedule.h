// A schedule that has been begun: what is known at a point at which its next action is chosen.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// An action of a schedule: a tile that goes to a core, a constant operand that is brought there before its tile, or
// patience until something happens.
struct Step {
  enum class Kind : std::uint8_t { dispatch, prefetch, idle };
  Kind kind = Kind::dispatch;
  std::uint8_t operand = 1;  // prefetch: 0 input, 1 weight
  TileId tile = kNoId;       // prefetch: one that reads the operand
  std::uint32_t core = 0;
  friend bool operator==(const Step&, const Step&) = default;
};

// Times are absolute; "by now" means that it has happened. What is not known is kNever.
struct PartialSchedule {
  struct TileTimes {
    bool dispatched = false;
    std::uint32_t core = 0;
    base::Ps decided{0};                        // end of its decision
    base::Ps started = base::kNever;            // of PE and vector tiles, by now
    std::array<base::Ps, 2> operand{};          // by operand: not full before
    std::array<BlockId, 2> held{kNoId, kNoId};  // by operand: what the slot holds that it refers to
  };
  struct Held {
    BlockId block = kNoId;
    base::Ps full{0};  // not before
  };
  struct Core {
    std::array<std::vector<Held>, 2> slots;  // by operand, those that are not empty
    std::array<bool, 2> victim{true, true};  // by operand: a load finds a slot now
  };
  struct Load {
    BlockId block = kNoId;
    base::Ps head{0};  // queued
  };

  base::Ps now{0};
  std::vector<TileId> order;     // dispatched tiles, in their order
  std::vector<TileTimes> tiles;  // by tile
  std::vector<base::Ps> stored;  // by group, by now
  std::vector<Core> cores;
  std::vector<Load> loads;     // of dispatched tiles and of prefetches
  std::vector<bool> launched;  // by TileGraph::operator_of
};

}  // namespace tessera::scheduler
