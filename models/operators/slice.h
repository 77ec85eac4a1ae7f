// What a Slice takes.
#pragma once

#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

// What is left of one axis: `count` elements from `begin` on, each `step` after (below 0: before) the one before.
struct SliceCut {
  std::int64_t begin = 0, step = 1, count = 0;
};
// By axis of the input; fails where the node does not fit it.
[[nodiscard]] std::vector<SliceCut> slice_cuts(const NodeReader&);

}  // namespace tessera::models
