// How large a run may be, and how large one is: judged before anything of it is built.
#pragma once

#include <cstdint>

namespace tessera::scheduler {

struct SizeLimits {
  std::int64_t tiles = 10'000'000;
  std::int64_t memory = 0;  // bytes of the simulator's own memory; 0: no limit
  friend bool operator==(const SizeLimits&, const SizeLimits&) = default;
};

// Memory and time follow from the tiles, by two GEMMs on tiny_8x8 (10,496 and 142,272 tiles) and what a tile, its
// blocks, its edges and the records of the critical path take. Good for saying "minutes" and "gigabytes", and for
// nothing finer.
struct RunSize {
  double tiles = 0;
  [[nodiscard]] double bytes() const { return tiles * 1300; }
  [[nodiscard]] double seconds() const { return tiles / 20'000; }
};

}  // namespace tessera::scheduler
