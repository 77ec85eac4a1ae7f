// How long a tile takes on the PE array: its folds in order, and the closed form of each (fold_timing).
//
// Order of folds: packs of groups outermost; inside, output_major: output blocks, then reduction steps (taps outer,
// channels inner); reduction_major: reduction steps, then output blocks. An output block is what a fold's outputs are:
// os R rows of m x C columns of n (one reduction step covers all of K), ws C columns of n, is C columns of m.
// The per-PE register model (register_array) moves real data through the same folds and gives the same numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "arch/array/fold_timing.h"
#include "arch/spec/pe_array_spec.h"
#include "arch/spec/stream_width.h"
#include "base/units.h"

namespace tessera::arch {

// What one tile asks of the array: m output positions x n output channels (per group) x a reduction of
// `channels` x `taps`, repeated over `groups` (groups times batch elements that the tile holds). All >= 1.
//
// A tile of several products of one kind (the phases of a transposed convolution) runs them one after the other; `m`
// and `taps` are then those of the whole. `macs` says how many of the multiplications count where not all do.
struct ArrayPhase {
  std::int64_t m = 1, taps = 1;
  friend auto operator<=>(const ArrayPhase&, const ArrayPhase&) = default;
};

struct ArrayShape {
  std::int64_t m = 1, n = 1;
  std::int64_t channels = 1, taps = 1;  // K = channels * taps
  std::int64_t groups = 1;
  bool accumulates = false;  // adds to partial sums of an earlier reduction slice: reads them too
  std::vector<ArrayPhase> phases = {};
  std::optional<std::int64_t> macs = {};  // nothing: all
  // The products that it consists of, without phases.
  [[nodiscard]] std::vector<ArrayShape> parts() const;
  friend auto operator<=>(const ArrayShape&, const ArrayShape&) = default;
};

struct ArrayWork {
  base::Cycles occupancy{0};  // start of the tile to the moment the next tile may start
  base::Cycles latency{0};    // start of the tile to its last result; >= occupancy is usual, not required
  // Start of the first fold of a last reduction step, i.e. whose results are final: a post-operation may start.
  base::Cycles last_step_offset{0};
  std::int64_t folds = 0;
  std::int64_t macs = 0;               // useful MACs only
  std::int64_t rows = 0, columns = 0;  // PEs in use in the largest fold
  // Bytes are operand elements here: reads of the stationary and moving operands and accesses of partial sums by
  // the array, for SRAM port conflicts and energy. Padding is not read.
  std::int64_t input_reads = 0, weight_reads = 0, output_reads = 0, output_writes = 0;
  OperandBits bits;  // of these elements; set by whoever knows the operator's tensors
  friend bool operator==(const ArrayWork&, const ArrayWork&) = default;
};

// One fold of a tile: what of the operands it covers.
struct Fold {
  FoldShape shape;
  std::int64_t first_group = 0, groups = 1;  // block_diagonal: several
  std::int64_t m_begin = 0, m_count = 1, n_begin = 0, n_count = 1;
  std::int64_t k_begin = 0, k_count = 1;  // in K = tap * channels + channel
  bool first_step = true;                 // of its output block: nothing to accumulate onto
};

// O(1) for each phase: composed from the at most eight distinct folds.
[[nodiscard]] ArrayWork plan_folds(const PeArraySpec&, const ArrayShape&);
// The work of one tile that does what two do, the second behind the first; start-up counts once.
[[nodiscard]] ArrayWork joined(const PeArraySpec&, const ArrayWork& first, ArrayWork second);

// The folds one by one, in order; for the register model and for traces at fold level.
void for_each_fold(const PeArraySpec&, const ArrayShape&, const std::function<void(const Fold&)>&);

// Groups that one fold computes side by side: 1 unless block_diagonal and a group fits rows and columns several times.
[[nodiscard]] std::int64_t groups_per_fold(const PeArraySpec&, const ArrayShape&);

}  // namespace tessera::arch
