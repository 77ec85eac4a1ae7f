// What every unit did at one instant, and what it waited for.
#pragma once

#include <string>
#include <vector>

#include "trace/explain/story.h"

namespace tessera::trace {

struct UnitAt {
  std::uint16_t unit = 0;
  std::vector<const Event*> doing;  // spans that are open; of a DMA channel several
  std::string text;
};

struct Instant {
  base::Ps at{0};
  std::vector<UnitAt> units;          // in the order of the unit table, those with something to say
  const Event* nearest = nullptr;     // the decision or prefetch that began nearest, at or before where as near
  std::vector<const Event*> waiting;  // the host's requests that are open
  std::size_t tiles_started = 0, tiles_done = 0;
};

[[nodiscard]] Instant instant_of(const Story&, base::Ps at);

}  // namespace tessera::trace
