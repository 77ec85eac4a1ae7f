// The bytes that no schedule of a tile graph can avoid moving.
#pragma once

#include <cstdint>

#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

struct Traffic {
  std::int64_t dram_read = 0, dram_write = 0;  // at the DRAM
  std::int64_t core_read = 0, core_write = 0;  // over channels and interconnect, to and from the cores
};

// Each byte of the union of the boxes that tiles load, once, and each byte that groups store, once: bytes of elements,
// without padding. With a shared SRAM intermediates may never see the DRAM.
[[nodiscard]] Traffic compulsory_traffic(const TileGraph&, std::int64_t element_bytes, bool shared_sram);

}  // namespace tessera::scheduler
