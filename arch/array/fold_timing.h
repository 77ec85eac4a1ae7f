// One fold on the array in cycles, as closed forms of the array's parameters.
//
// Time 0 is the cycle in which the fold's first operand (stationary or moving) enters the array. Terms:
//   load    ceil(R / load_rows_per_cycle)                   writing the stationary operand, always all R rows
//   lead    load, or with `chased` the rows that the moving operand must stay behind
//   stream  moving operand, one step per cycle (at PeArraySpec::rate 1): os K, ws M, is N
//   hops    (rows - 1) x row_hop + (columns - 1) x column_hop    to the last cell: R and C if padded, else those in use
//   done    lead + stream - 1 + hops + mac_stages + edge_registers [+ output chain of C or R | + accumulator pass]
// Occupancy follows from what must be free before the next fold enters; it depends on this fold only, which is why
// the same rule joins folds of one tile and of two.
#pragma once

#include <cstdint>

#include "arch/spec/pe_array_spec.h"
#include "base/units.h"

namespace tessera::arch {

struct FoldShape {
  std::int64_t rows = 1, columns = 1;  // cells in use
  std::int64_t stream = 1;             // steps of the moving operand
  bool final = true;                   // last reduction step of its output block
  bool ends_step = false;              // reduction_major: last output block of a reduction step
  friend bool operator==(const FoldShape&, const FoldShape&) = default;
};

struct FoldTiming {
  base::Cycles stream_start{0};  // first moving operand enters
  base::Cycles latency{0};       // last result; of a final fold the pass or chain included
  base::Cycles occupancy{0};     // the next fold may start
};

[[nodiscard]] FoldTiming time_fold(const PeArraySpec&, const FoldShape&);

// Idle cycles that the sequencer leaves after a fold; part of its occupancy.
[[nodiscard]] base::Cycles gap_after(const PeArraySpec&, const FoldShape&);

}  // namespace tessera::arch
