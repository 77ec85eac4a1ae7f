// What happened to a tile, step by step, and what each step waited for: the record that ended last of all that it
// waited for, which is also what the critical path follows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/explain/tile_life.h"

namespace tessera::trace {

struct TileStep {
  base::Ps at{0};
  std::string_view what;     // "ready", "decided", "input queued" ...
  base::Ps waited{0};        // since what the tile did before
  std::uint64_t record = 0;  // 0: no record of its own
  std::uint64_t cause = 0;   // id of the record that it waited for last; 0: none
  Link link = Link::none;
  std::string text;  // what it waited for, and how long it takes, in words
};

// In time.
[[nodiscard]] std::vector<TileStep> steps_of(const Story&, const TileLife&);

}  // namespace tessera::trace
