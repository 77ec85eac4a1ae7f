// From tiles and blocks to the finished graph: data edges, compressed rows, and the check that it can run at all.
#pragma once

#include <utility>
#include <vector>

#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

using ControlEdge = std::pair<GroupId, GroupId>;  // the second waits for the first to be stored

// What a graph that cannot run fails by: a block that nobody writes whole, or the first group of a cycle.
struct LinkFault {
  BlockId block = kNoId;
  GroupId group = kNoId;
};

// Fills every compressed row of `graph` from its tiles, groups and blocks. Fails if a block is read that no group
// writes whole (naming operator and tensor), or if the groups form a cycle (naming its operators and tiles); `fault`
// then says which.
[[nodiscard]] base::Result<TileGraph> link_tile_graph(TileGraph graph, const models::Network&,
                                                      std::vector<ControlEdge> control = {},
                                                      LinkFault* fault = nullptr);

}  // namespace tessera::scheduler
