#include "arch/array/fold_timing.h"

#include <algorithm>

namespace tessera::arch {
namespace {

using base::Cycles;

struct Terms {
  std::int64_t stream = 0;     // cycles of the moving operand
  std::int64_t load = 0;       // cycles that write the stationary operand
  std::int64_t lead = 0;       // cycles by which its start precedes the moving operand's
  std::int64_t hops = 0;       // first cell to last cell
  std::int64_t row_delay = 0;  // chased: how long the next load must hold back for rows that are reached late
};

Terms terms_of(const PeArraySpec& a, const FoldShape& f) {
  const bool os = a.dataflow == Dataflow::output_stationary;
  const bool padded = a.partial_folds == PartialFolds::padded;
  // ws, is: partial sums leave at the bottom row, whichever rows are in use.
  const std::int64_t rows = padded || !os ? a.rows : f.rows;
  const std::int64_t columns = padded ? a.columns : f.columns;
  Terms t{};
  t.stream = a.rate.stream_cycles(f.stream);
  t.hops = (rows - 1) * a.row_hop + (columns - 1) * a.column_hop;
  if (os) return t;
  t.load = base::ceil_div(a.rows, a.load_rows_per_cycle);
  t.lead = t.load;
  if (a.stationary_load == StationaryLoad::chased) {
    // Row r is written in cycle r / load_rows_per_cycle and in use from the next one; the moving operand reaches it
    // r hops after row 0. One cycle of lead is enough unless the moving operand is broadcast to all rows.
    t.lead = a.row_hop > 0 ? 1 : t.load;
    // Row r keeps its operand r hops longer than row 0, and would be written only r / load_rows_per_cycle later.
    t.row_delay = std::max(std::int64_t{0}, (a.rows - 1) * a.row_hop - (a.rows - 1) / a.load_rows_per_cycle);
  }
  return t;
}

// Length of the chain through which results leave; 0: none.
std::int64_t output_chain(const PeArraySpec& a) {
  if (a.dataflow != Dataflow::output_stationary || a.output_drain == OutputDrain::in_place) return 0;
  return a.output_drain == OutputDrain::columns ? a.columns : a.rows;
}

// The cycle in which a sequencer that waits for the drain may start the next fold: the results are registered.
// Results of a combinational path are seen one edge later.
std::int64_t drained(const PeArraySpec& a, std::int64_t done) {
  return done + (a.mac_stages + a.edge_registers == 0 && output_chain(a) == 0 ? 1 : 0);
}

std::int64_t output_interval(const PeArraySpec& a, const Terms& t, std::int64_t done) {
  if (!a.drain_overlap) return drained(a, done);
  // The chain moves when the last cell has copied its sum, `hops` after the first one, and moves as a whole: the
  // first cell's next sum must not come before it is empty.
  const std::int64_t chain = output_chain(a);
  return chain == 0 ? t.stream : std::max(t.stream, t.hops + chain);
}

std::int64_t stationary_interval(const PeArraySpec& a, const Terms& t, std::int64_t done) {
  if (a.stationary_buffers == 1) {
    if (!a.drain_overlap) return drained(a, done);
    // The load follows the last step of the moving operand, once its own port is free.
    return std::max(t.load, t.lead + t.stream + t.row_delay);
  }
  // The next load runs under this stream, or under this drain, into the second buffer.
  const std::int64_t moving = a.drain_overlap ? t.stream : drained(a, done) - t.lead;
  return std::max({t.load, moving, t.lead + t.row_delay});
}

}  // namespace

FoldTiming time_fold(const PeArraySpec& a, const FoldShape& f) {
  const Terms t = terms_of(a, f);
  const bool os = a.dataflow == Dataflow::output_stationary;
  std::int64_t done = t.lead + t.stream - 1 + t.hops + a.mac_stages + a.edge_registers + output_chain(a);
  // The pass follows the stream of the block's last fold through the same delays, one row per step.
  if (!os && a.accumulator_pass && f.final) done += f.stream + a.fold_gap.count();
  const std::int64_t interval = os ? output_interval(a, t, done) : stationary_interval(a, t, done);
  return {Cycles{t.lead}, Cycles{done}, Cycles{interval} + gap_after(a, f)};
}

Cycles gap_after(const PeArraySpec& a, const FoldShape& f) {
  return a.fold_gap + (f.final ? a.block_gap : Cycles{0}) + (f.ends_step ? a.step_gap : Cycles{0});
}

}  // namespace tessera::arch
