// When bytes moved that are known to have moved within windows of time: as evenly as the windows allow.
//
// A transfer says when its first packet was granted and when its last answer came, not how its bytes were spread over
// that time. Between what must have moved by a time (windows that have ended) and what may have moved (windows that
// have begun) there are many curves; this is the shortest one, a string pulled taut. Alone, a window is filled evenly.
// Of all curves it has the least peak, so that its rate stays below the rate of the bus that really moved the bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"

namespace tessera::trace {

struct ByteWindow {
  base::Ps begin{0},
      end{0};              // bytes moved at some time in [begin, end); where that is empty, in the picosecond after it
  std::int64_t bytes = 0;  // negative: none
};

struct MovedBytes {
  base::Ps at{0};
  std::int64_t bytes = 0;  // moved before `at`
};

// The corners of the curve, from (first begin, 0) to (last end, all bytes); straight between them. Empty: no windows.
[[nodiscard]] std::vector<MovedBytes> even_curve(const std::vector<ByteWindow>& windows);

}  // namespace tessera::trace
