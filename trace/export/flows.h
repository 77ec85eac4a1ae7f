// The arrows of a timeline: what a tile's tasks hand on to each other, and a result's store to the tiles that read it.
//
//   each part of a load  -> its tile's task; of a movement: its store
//   compute              -> the compute of the group's next slice
//   last compute         -> drain; post-operations
//   post, else drain, else compute; vector task -> each part of the store
//   store                -> the first part of the load of the operand that it feeds; where the tile found that operand
//                           in a slot: its task; over a control edge: the tile's first load, else its task
//
// An arrow goes forward in time: what it leads to begins when it has ended, or has begun in the case of
// post-operations. What a trace has lost has no arrows.
#pragma once

#include "trace/export/timeline.h"

namespace tessera::trace {

void add_flows(const TileTable&, Timeline&);

}  // namespace tessera::trace
