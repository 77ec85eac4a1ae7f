// The bytes that no schedule of a tile graph can avoid moving.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

struct Traffic {
  std::int64_t dram_read = 0, dram_write = 0;        // bytes on the DRAM's data buses
  std::int64_t core_read = 0, core_write = 0;        // bytes over channels and interconnect, to and from the cores
  std::int64_t packets_read = 0, packets_write = 0;  // that carry them
  // Of what is read, that a DRAM's write queue may answer without the memory's latency and data bus.
  std::int64_t forwarded = 0, packets_forwarded = 0;

  Traffic& operator+=(const Traffic& o) {
    dram_read += o.dram_read, dram_write += o.dram_write, core_read += o.core_read, core_write += o.core_write;
    packets_read += o.packets_read, packets_write += o.packets_write;
    forwarded += o.forwarded, packets_forwarded += o.packets_forwarded;
    return *this;
  }
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

// Each byte of the union of the boxes that tiles load, once, and each byte that groups store, once: bytes of elements,
// without padding. With a shared SRAM intermediates may never see the DRAM. Packets are those of the blocks that no
// other block of their tensor contains, once, for only a box that contains another can stand for it; and those of the
// groups' outputs.
[[nodiscard]] Traffic compulsory_traffic(const TileGraph&, const arch::MachineLimits&);

// The same one by one. Of any of them together all must move, each before the first tile that uses it starts, or before
// its group is stored: bytes of a load are those of elements that no block before it has, and what a write queue may
// answer, or a shared SRAM may write later, is not counted at the DRAM.
struct CompulsoryMoves {
  std::vector<Traffic> load;   // by block; nothing of one that no tile loads
  std::vector<Traffic> store;  // by group; nothing of the host's
};
[[nodiscard]] CompulsoryMoves compulsory_moves(const TileGraph&, const arch::MachineLimits&);

// Whether a DRAM's write queue may hold bytes of the bursts that a load of the block touches: what a tile waits for
// has been stored, but a burst that is partly outside the block may still be written by others.
[[nodiscard]] bool may_be_forwarded(const Block&);

}  // namespace tessera::scheduler
