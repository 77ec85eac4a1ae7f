// How large a run may be, and how large one is: judged before anything of it is built.
#pragma once

#include <cstdint>

namespace tessera::scheduler {

struct SizeLimits {
  std::int64_t tiles = 10'000'000;
  std::int64_t memory = 0;  // bytes of the simulator's own memory; 0: no limit
  friend bool operator==(const SizeLimits&, const SizeLimits&) = default;
};

// Memory and time follow from the tiles: what a tile, its blocks, its edges and the records of the critical path take.
// Measured as the most that was resident: 1,200 to 1,300 B a tile of a GEMM or a network without convolutions, 1,650 to
// 1,750 B of small convolutional networks (tiny_cnn x 10,000 requests on tiny_8x8 and edge_8tops, tiny_residual x 5,000
// on many_core_64). Good for saying "minutes" and "gigabytes", and for nothing finer.
struct RunSize {
  double tiles = 0;
  [[nodiscard]] double bytes() const { return tiles * 1750; }
  [[nodiscard]] double seconds() const { return tiles / 20'000; }
};

}  // namespace tessera::scheduler
