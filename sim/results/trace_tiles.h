// The tile graph as the trace carries it: plain data that a reader understands without the scheduler.
#pragma once

#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/file/tile_table.h"

namespace tessera::sim {

[[nodiscard]] trace::TileTable tile_table(const models::Network& network, const scheduler::TileGraph& graph);

}  // namespace tessera::sim
