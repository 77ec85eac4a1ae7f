// Parameters of a PE array: R x C multiply-accumulate cells in a grid.
//
// Real arrays differ in how operands enter, how long they travel and whether the next fold may begin under the end
// of the one before; each difference that was seen in RTL is a parameter (arch/array has the closed forms).
#pragma once

#include <cstdint>

#include "sim/base/units.h"

namespace tessera::arch {

enum class Dataflow : std::uint8_t { output_stationary, weight_stationary, input_stationary };
enum class Fidelity : std::uint8_t { closed_form, detailed };
// A convolution with many groups: one group after the other; several groups on the diagonal of the array at once;
// or on the vector unit.
enum class Grouped : std::uint8_t { serial, block_diagonal, vector };
// The reduction of a convolution: kernel taps and channels as one axis of K, or tap by tap (channels only).
enum class Reduction : std::uint8_t { flattened, per_tap };

struct PeArraySpec {
  std::int64_t rows = 16;
  std::int64_t columns = 16;
  Dataflow dataflow = Dataflow::weight_stationary;
  Fidelity fidelity = Fidelity::closed_form;
  Grouped grouped = Grouped::serial;
  Reduction reduction = Reduction::flattened;

  std::int64_t mac_stages = 1;             // pipeline stages of one MAC
  std::int64_t row_hop = 1;                // cycles from one row to the next
  std::int64_t column_hop = 1;             // cycles from one column to the next
  std::int64_t stationary_buffers = 2;     // 1: the next stationary operand loads after the stream; 2: under it
  bool drain_overlap = true;               // the next fold may start under the drain of this one
  base::Cycles fold_gap{0};                // idle cycles between two folds
  base::Cycles start_up{0};                // once per tile, before its first fold
};

}  // namespace tessera::arch
