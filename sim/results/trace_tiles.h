// What the trace needs to know of a run before its first record: the tile graph as plain data, and the head.
#pragma once

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/file/tile_table.h"

namespace tessera::sim {

[[nodiscard]] trace::TileTable tile_table(const models::Network& network, const scheduler::TileGraph& graph);

}  // namespace tessera::sim
