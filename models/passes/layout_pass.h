// Decides, for every value, how its axes lie on the canonical ones.
#pragma once

#include <vector>

#include "models/graph/graph.h"
#include "models/network/layout.h"

namespace tessera::models {

// By value. Convolutions, pools and resizes want images, matrix products rows; element-wise operators, concats and
// slices keep what they get, so a layout spreads through them in both directions. A reshape or transpose that leaves
// an image an image passes it on where nothing else decides. What stays open is rows. Rows that a product runs through
// together lie on as few canonical axes as the operators allow that take parts of them (operators/axis_wishes.h).
[[nodiscard]] std::vector<Layout> assign_layouts(const Graph&);

}  // namespace tessera::models
