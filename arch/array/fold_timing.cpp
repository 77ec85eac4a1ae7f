#include "arch/array/fold_timing.h"

#include <algorithm>

namespace tessera::arch {
namespace {

using base::Cycles;

struct Terms {
  std::int64_t load, lead, hops, row_delay;
};

Terms terms_of(const PeArraySpec& a, const FoldShape& f) {
  const bool padded = a.partial_folds == PartialFolds::padded;
  const std::int64_t rows = padded ? a.rows : f.rows;
  const std::int64_t columns = padded ? a.columns : f.columns;
  Terms t{};
  t.hops = (rows - 1) * a.row_hop + (columns - 1) * a.column_hop;
  if (a.dataflow == Dataflow::output_stationary) return t;
  t.load = base::ceil_div(a.rows, a.load_rows_per_cycle);
  // Chased: the row written in cycle i may be used from cycle i + 1, and is reached row_hop cycles per row later.
  // Row r is written in cycle r / load_rows_per_cycle, so only an array that hops faster than it loads waits.
  t.lead = t.load;
  if (a.stationary_load == StationaryLoad::chased) {
    t.lead = 1;
    for (const std::int64_t r : {a.load_rows_per_cycle * (t.load - 1), std::int64_t{0}})
      t.lead = std::max(t.lead, r / a.load_rows_per_cycle + 1 - r * a.row_hop);
    // How much later than row 0 the last row lets go of its old operand than the load would reach it.
    for (std::int64_t r : {std::int64_t{0}, a.rows - 1})
      t.row_delay = std::max(t.row_delay, r * a.row_hop - r / a.load_rows_per_cycle);
  }
  return t;
}

std::int64_t output_chain(const PeArraySpec& a) {
  if (a.dataflow != Dataflow::output_stationary) return 0;
  switch (a.output_drain) {
    case OutputDrain::in_place: return 0;
    case OutputDrain::columns: return a.columns;
    case OutputDrain::rows: return a.rows;
  }
  return 0;
}

// os: a cell may copy its next sum to its output register only when the chain has moved the last one out. The chain
// moves when the last cell has copied; the first register is empty one shift later, and an enable registered
// in between costs one cycle more (axis_sa: `conflict` is seen a cycle after `ad_valid`).
std::int64_t output_interval(const PeArraySpec& a, const FoldShape& f, std::int64_t hops) {
  if (a.output_drain == OutputDrain::in_place) return f.stream;
  const bool along_row = a.output_drain == OutputDrain::columns;
  const std::int64_t length = along_row ? a.columns : a.rows;
  const std::int64_t hop = along_row ? a.column_hop : a.row_hop;
  // Register i of the chain is empty after i + 1 shifts; its cell's next sum comes i hops after the first cell's.
  const std::int64_t slack = hop == 0 ? length - 1 : 0;
  return std::max(f.stream, hops + 2 + slack);
}

std::int64_t stationary_interval(const PeArraySpec& a, const FoldShape& f, const Terms& t, std::int64_t drained) {
  if (a.stationary_buffers == 1) {
    if (!a.drain_overlap) return drained;
    return t.lead + f.stream + t.row_delay;  // the load follows the last step of the moving operand
  }
  // The next load runs under this stream, or under this drain, into the second buffer.
  const std::int64_t moving = a.drain_overlap ? f.stream : drained - t.lead;
  return std::max({t.load, moving, t.lead + t.row_delay});
}

}  // namespace

FoldTiming time_fold(const PeArraySpec& a, const FoldShape& f) {
  const Terms t = terms_of(a, f);
  std::int64_t done = t.lead + f.stream - 1 + t.hops + a.mac_stages + a.edge_registers + output_chain(a);
  const bool os = a.dataflow == Dataflow::output_stationary;
  // The pass follows the stream of the block's last fold through the same delays, one row per step.
  if (!os && a.accumulator_pass && f.final) done += f.stream + a.fold_gap.count();
  std::int64_t interval = 0;
  if (os) interval = a.drain_overlap ? output_interval(a, f, t.hops) : done;
  else interval = stationary_interval(a, f, t, done);
  interval += a.fold_gap.count() + (f.final ? a.block_gap.count() : 0);
  return {Cycles{t.lead}, Cycles{done}, Cycles{interval}};
}

}  // namespace tessera::arch
