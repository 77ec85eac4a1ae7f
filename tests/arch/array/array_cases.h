// Arrays and shapes for the tests, drawn or listed, and how a failure names them.
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>

#include "arch/array/fold_plan.h"

namespace tessera::arch {

inline std::string describe(const PeArraySpec& a, const ArrayShape& s) {
  return fmt::format(
      "dataflow {} {}x{} mac {} hops {}/{} buffers {} overlap {} gaps {}/{}/{} start {} order {} partial {} load {} "
      "x{} drain {} "
      "edge {} pass {} grouped {} reduction {} | m {} n {} channels {} taps {} groups {}",
      static_cast<int>(a.dataflow), a.rows, a.columns, a.mac_stages, a.row_hop, a.column_hop, a.stationary_buffers,
      a.drain_overlap, a.fold_gap.count(), a.block_gap.count(), a.step_gap.count(), a.start_up.count(),
      static_cast<int>(a.fold_order), static_cast<int>(a.partial_folds), static_cast<int>(a.stationary_load),
      a.load_rows_per_cycle, static_cast<int>(a.output_drain), a.edge_registers, a.accumulator_pass,
      static_cast<int>(a.grouped), static_cast<int>(a.reduction), s.m, s.n, s.channels, s.taps, s.groups);
}

class CaseSource {
 public:
  explicit CaseSource(std::uint32_t seed) : engine_(seed) {}

  [[nodiscard]] std::int64_t number(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint32_t>(high - low + 1));
  }
  [[nodiscard]] bool flag() { return number(0, 1) == 1; }
  template <class E>
  [[nodiscard]] E one_of(std::int64_t kinds) {
    return static_cast<E>(number(0, kinds - 1));
  }

  // Every parameter drawn; sizes small, so that partial folds and waits of every kind are common.
  [[nodiscard]] PeArraySpec spec() {
    PeArraySpec a;
    a.rows = number(1, 6);
    a.columns = number(1, 6);
    a.dataflow = one_of<Dataflow>(3);
    a.grouped = one_of<Grouped>(2);
    a.reduction = one_of<Reduction>(2);
    a.mac_stages = number(0, 3);
    a.row_hop = number(0, 3);
    a.column_hop = number(0, 2);
    a.stationary_buffers = number(1, 2);
    a.drain_overlap = flag();
    a.fold_gap = base::Cycles{number(0, 3)};
    a.block_gap = base::Cycles{number(0, 2)};
    a.step_gap = base::Cycles{number(0, 2)};
    a.start_up = base::Cycles{number(0, 2)};
    a.fold_order = one_of<FoldOrder>(2);
    a.partial_folds = one_of<PartialFolds>(2);
    a.stationary_load = one_of<StationaryLoad>(2);
    a.load_rows_per_cycle = number(1, a.rows);
    a.output_drain = one_of<OutputDrain>(3);
    a.edge_registers = number(0, 3);
    a.accumulator_pass = flag();
    return a;
  }
  [[nodiscard]] ArrayShape shape() {
    return {number(1, 14), number(1, 14), number(1, 12), number(1, 3), number(1, 4), flag()};
  }

 private:
  std::mt19937 engine_;
};

}  // namespace tessera::arch
