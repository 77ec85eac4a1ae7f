// How many elements a set of boxes covers, each counted once.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace tessera::scheduler {

// Exact while the boxes cut their tensor into at most a few million cells (any regular tiling does); beyond that the
// largest box alone, which is less, so a lower bound stays one.
[[nodiscard]] std::int64_t union_elements(const std::vector<models::Box>& boxes);

}  // namespace tessera::scheduler
