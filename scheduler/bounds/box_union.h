// How many elements a set of boxes covers, each counted once.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace tessera::scheduler {

// By box: how many elements it covers that none before it does. Any of these numbers together are at most what their
// boxes cover. Exact while the boxes cut their tensor into at most a few million cells (any regular tiling does);
// beyond that the largest box alone has its elements, so a lower bound stays one.
[[nodiscard]] std::vector<std::int64_t> first_elements(const std::vector<models::Box>& boxes);

// All of them.
[[nodiscard]] std::int64_t union_elements(const std::vector<models::Box>& boxes);

}  // namespace tessera::scheduler
