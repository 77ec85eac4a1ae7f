// The records of one tile, sorted by what they are, and when it became ready.
#pragma once

#include <array>
#include <vector>

#include "trace/explain/story.h"

namespace tessera::trace {

// How an operand of a tile came to its core.
struct OperandLife {
  bool needed = false;              // the tile has such an operand
  std::vector<const Event*> parts;  // of the load that was made for this tile; none: it was there, or on its way
  const Event* prefetch = nullptr;  // that load was asked for by this prefetch, not by the tile's decision
  base::Ps queued{0}, granted{0}, full{0};  // of that load: first part queued, first packet granted, last answer
  std::int64_t bytes = 0;
};

struct TileLife {
  std::uint32_t tile = kNoTile;
  base::Ps ready{-1};  // -1: it never was, or the trace does not say
  const Event* made_ready = nullptr;
  std::size_t producers = 0;             // groups that its group waits for
  std::vector<std::uint32_t> open;       // those whose results the trace does not have: their last tiles
  const Event* decision = nullptr;       // null: not dispatched; a task of the host never is
  std::vector<const Event*> earlier;     // decisions on it before that, each of which was taken back
  std::vector<const Event*> taken_back;  // when, of a group by its first slice
  std::array<OperandLife, 2> operand;
  const Event* task = nullptr;  // compute, vector or host_task
  const Event *drain = nullptr, *post = nullptr;
  std::vector<const Event*> stores;   // parts; of the last tile of a group, or of a movement
  std::vector<const Event*> waits;    // stalls of the units that its tasks ended
  std::vector<const Event*> held;     // stalls inside its tasks
  std::vector<const Event*> refused;  // answers that asked for it and were not legal
  std::uint16_t core = UnitInfo::kNoCore;

  [[nodiscard]] base::Ps stored() const;  // end of the last part; -1: none
  [[nodiscard]] base::Ps start() const;   // of its task, or of its store where it has none; -1: neither
};

[[nodiscard]] TileLife life_of(const Story&, std::uint32_t tile);

}  // namespace tessera::trace
