// The tiles of one operator, summarised: when, what units waited for on their account, which decisions were unusual.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "trace/explain/tile_life.h"

namespace tessera::trace {

// What a decision on one of its tiles had that others have not.
struct Unusual {
  std::uint32_t tile = kNoTile;
  base::Ps at{0};
  std::string text;
};

struct OperatorWaits {
  std::uint32_t op = 0;
  std::size_t tiles = 0, dispatched = 0;
  std::uint32_t first_tile = kNoTile, last_tile = kNoTile;  // that started first; whose result came last
  base::Ps first{-1}, last{-1};                             // first decision or task, last store or task of the host
  std::array<base::Ps, kReasonCount> stalls{};              // of units, ended by its tiles
  base::Ps to_decision{0}, to_start{0}, work{0}, to_stored{0};  // summed: ready to decision, its end to the task, ...
  std::vector<std::size_t> by_core;                             // tiles
  std::uint32_t longest = kNoTile;                              // tile that waited longest from ready to its task
  base::Ps longest_wait{0}, middle_wait{0};                     // middle: the median
  std::uint64_t unusual_count = 0;
  std::vector<Unusual> unusual;  // the first of them
};

[[nodiscard]] OperatorWaits waits_of(const Story&, std::uint32_t op, std::size_t most_unusual);

}  // namespace tessera::trace
