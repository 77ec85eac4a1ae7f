// What must hold of every tile graph, checked by painting elements: no grid, no index, no shared code with the builder.
#pragma once

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler::tests {

// Adds a GoogleTest failure for each rule that is broken (at most a few of a kind).
void check_outputs_written_once(const TileGraph&, const models::Network&);
void check_operands_cover(const TileGraph&,
                          const models::Network&);  // loads hold all that the output needs; MACs add up
void check_producers_cover(const TileGraph&, const models::Network&);
void check_slots(const TileGraph&, const arch::NpuSpec&);
void check_addresses(const TileGraph&, std::int64_t burst);  // moved bytes by a set of bursts; no two tensors share any
void check_order(const TileGraph&, const models::Network&);  // ids, groups, rows, predecessors before successors
void check_edges_by_all_pairs(const TileGraph&);             // quadratic: small graphs only

}  // namespace tessera::scheduler::tests
