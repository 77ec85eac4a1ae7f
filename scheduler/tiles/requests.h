// From the tile graph of one request to that of several, before its edges are drawn.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// Requests of network 0, as a run says.
[[nodiscard]] std::vector<Request> requests_of(const RequestSpec&);
// Copies request 0 for every further one: same tiles and constants, activations `bytes` further on.
void repeat_requests(TileGraph&, std::uint32_t count, std::int64_t bytes);
// Buffer::loads of all buffers.
void count_loads(TileGraph&);

}  // namespace tessera::scheduler
