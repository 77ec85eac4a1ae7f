// Parameters of a PE array: R x C multiply-accumulate cells in a grid.
//
// Real arrays differ in how operands enter, how long they travel and whether the next fold may begin under the end
// of the one before. Each difference that was found in RTL is a parameter here; arch/array has the closed forms and
// the register model that they are proved against. Defaults describe a plain modern array: double-buffered
// stationary operand, one cycle per hop, drain hidden under the next fold. configs/npu/rtl/ holds the settings of
// arrays whose RTL was simulated, each with the place in that RTL from which a number comes.
#pragma once

#include <cstdint>

#include "base/units.h"

namespace tessera::arch {

enum class Dataflow : std::uint8_t { output_stationary, weight_stationary, input_stationary };
enum class Fidelity : std::uint8_t { closed_form, detailed };
// A convolution with many groups: one group after the other; several groups on the diagonal of the array at once;
// or on the vector unit.
enum class Grouped : std::uint8_t { serial, block_diagonal, vector };
// A transposed convolution: one product for each phase of its strides, of the taps that the phase has; or a convolution
// of the input with zeros put between its elements, which the array multiplies like any other.
enum class Transposed : std::uint8_t { phases, zero_insertion };
// The reduction of a convolution: kernel taps and channels as one axis of K, or tap by tap (channels only).
enum class Reduction : std::uint8_t { flattened, per_tap };
// Order of the folds of a tile. output_major: every reduction step of one output block, then the next block (partial
// sums of one block alive at a time). reduction_major: one reduction step over all blocks, then the next step.
enum class FoldOrder : std::uint8_t { output_major, reduction_major };
// ws and is: before_stream fills the whole array, then the moving operand starts. chased writes row r at cycle r, and
// the moving operand follows one row behind (it reaches row r only after r hops).
enum class StationaryLoad : std::uint8_t { before_stream, chased };
// os: how results leave. in_place: they are taken from the cells at no cost (SCALE-Sim's code). columns, rows: every
// cell copies its sum to an output register; these form shift chains along a row or a column of the array, and the
// whole array shifts C or R times once its last cell has copied (axis_sa: columns). Folds whose reduction is shorter
// than hops + C are held back until the chain is empty; between two tiles of unlike K that is not looked at.
enum class OutputDrain : std::uint8_t { in_place, columns, rows };
// Folds that use fewer rows or columns. padded: the sequencer does not care, they take full time (all three RTLs).
// trimmed: results are awaited only from cells in use. Then the hops to unused columns are not waited for, with os
// those to unused rows neither. Never shorter: the load (it writes all R rows, else stale operands would take part),
// the rows that a partial sum passes (ws, is: it leaves at the bottom row), an output chain's length.
enum class PartialFolds : std::uint8_t { padded, trimmed };

// MACs per cell and cycle at a precision, in thousandths: as fine as a machine file may state it. Only the stream of
// the moving operand changes, to ceil(steps / rate) cycles. A cell of rate 2 takes two steps of the moving operand per
// cycle (half-size operands over the same wires), one of rate 1/4 a step every four cycles. Hops, MAC pipeline, edge
// registers and output chains are registers that move every cycle whatever they hold, and loading the stationary
// operand is no MAC: fill and drain keep their length.
struct MacRate {
  std::int64_t thousandths = 1000;
  // Cycles of `steps` >= 1 steps of the moving operand.
  [[nodiscard]] constexpr std::int64_t stream_cycles(std::int64_t steps) const {
    return base::ceil_div(steps * 1000, thousandths);
  }
  friend constexpr bool operator==(MacRate, MacRate) = default;
};

struct PeArraySpec {
  std::int64_t rows = 16;
  std::int64_t columns = 16;
  Dataflow dataflow = Dataflow::weight_stationary;
  Fidelity fidelity = Fidelity::closed_form;
  Grouped grouped = Grouped::serial;
  Transposed transposed_convolution = Transposed::phases;
  Reduction reduction = Reduction::flattened;

  std::int64_t mac_stages = 1;          // registers from operands to sum in one MAC; 0: combinational
  std::int64_t row_hop = 1;             // cycles from one row to the next; 0: broadcast
  std::int64_t column_hop = 1;          // cycles from one column to the next; 0: broadcast
  std::int64_t stationary_buffers = 2;  // ws, is: 1: the next operand loads after the stream; 2: under it
  bool drain_overlap = true;            // the next fold may start under the drain of this one
  base::Cycles fold_gap{0};             // idle cycles after every fold (issue of the next one)
  base::Cycles start_up{0};             // once per tile, before its first fold

  FoldOrder fold_order = FoldOrder::output_major;
  PartialFolds partial_folds = PartialFolds::padded;
  StationaryLoad stationary_load = StationaryLoad::before_stream;  // ws, is
  std::int64_t load_rows_per_cycle = 1;             // ws, is: rows of the stationary operand written per cycle
  OutputDrain output_drain = OutputDrain::columns;  // os
  // Registers at the array's edges, in and out together: they delay every result and cost no throughput.
  std::int64_t edge_registers = 0;
  // ws, is: results collect in accumulators behind the array; when an output block is complete, a pass of one
  // row per cycle reads them out. It runs in the shadow of the next folds, but the last block's pass is seen.
  bool accumulator_pass = false;
  base::Cycles block_gap{0};  // idle cycles after the last fold of an output block, besides fold_gap
  // reduction_major: idle cycles after the folds of one reduction step, besides fold_gap; however many folds share the
  // step. One of two readings of NVDLA's overhead (docs/accuracy.md); no shipped machine needs it.
  base::Cycles step_gap{0};
  // At the run's precision (NpuSpec::mac_rate); no key of its own. The register model has rate 1 only.
  MacRate rate;
  friend bool operator==(const PeArraySpec&, const PeArraySpec&) = default;
};

}  // namespace tessera::arch
