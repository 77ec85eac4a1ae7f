// What became of one unit's records on their way to a file.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"

namespace tessera::trace {

struct UnitCount {
  std::uint64_t emitted = 0, kept = 0, lost = 0;  // emitted = kept + lost
  struct Range {
    base::Ps begin{0}, end{0};
    friend bool operator==(const Range&, const Range&) = default;
  };
  // Runs of lost records between kept ones, ascending: from the start of the first to the end of the last of a run.
  std::vector<Range> lost_ranges;
  base::Ps waits[3] = {base::Ps{0}, base::Ps{0}, base::Ps{0}};  // channel, noc, dram: summed over what was kept
  friend bool operator==(const UnitCount&, const UnitCount&) = default;
};

}  // namespace tessera::trace
