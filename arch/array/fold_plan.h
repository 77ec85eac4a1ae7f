// How long a tile takes on the PE array: folds, and the closed form of each.
//
// A fold has an occupancy (cycles until the next fold may start) and a latency (cycles until its last result); the
// same rule joins the last fold of a tile and the first of the next. The per-PE register model (register_array)
// moves real data and gives the same numbers.
#pragma once

#include <cstdint>

#include "arch/spec/pe_array_spec.h"
#include "sim/base/units.h"

namespace tessera::arch {

// What one tile asks of the array: m output positions x n output channels (per group) x a reduction of
// `channels` x `taps`, repeated over `groups` (groups times batch elements that the tile holds).
struct ArrayShape {
  std::int64_t m = 1, n = 1;
  std::int64_t channels = 1, taps = 1;   // K = channels * taps
  std::int64_t groups = 1;
  friend auto operator<=>(const ArrayShape&, const ArrayShape&) = default;
};

struct ArrayWork {
  base::Cycles occupancy{0};        // start of the tile to the moment the next tile may start
  base::Cycles latency{0};          // start of the tile to its last result; >= occupancy is usual, not required
  base::Cycles last_step_offset{0}; // start of the last reduction step's folds: where a post-operation may start
  std::int64_t folds = 0;
  std::int64_t macs = 0;            // useful MACs only
  std::int64_t rows = 0, columns = 0;  // PEs in use in the largest fold
  // Bytes are operand elements here: reads of the stationary and moving operands and accesses of partial sums by
  // the array, for SRAM port conflicts and energy.
  std::int64_t input_reads = 0, weight_reads = 0, output_reads = 0, output_writes = 0;
};

[[nodiscard]] ArrayWork plan_folds(const PeArraySpec&, const ArrayShape&);

}  // namespace tessera::arch
