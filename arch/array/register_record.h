// What both register grids share: the folds of a tile, its operands, and the record of what was observed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "arch/array/register_array.h"

namespace tessera::arch {

// An operand on a wire. group -1: padding, a zero that belongs to nobody.
struct Element {
  std::int32_t value = 0;
  std::int32_t group = -1;
};

// Groups, m, n and k are counted within a fold here.
class RegisterRecord {
 public:
  RegisterRecord(const PeArraySpec&, const ArrayShape&, const ArrayOperands&);

  [[nodiscard]] const Fold& fold(std::int64_t i) const { return folds_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::int64_t folds() const { return static_cast<std::int64_t>(folds_.size()); }

  // Reads of an operand by the array.
  Element input(const Fold&, std::int64_t group, std::int64_t m, std::int64_t k);
  Element weight(const Fold&, std::int64_t group, std::int64_t k, std::int64_t n);
  // A sum of the fold has arrived outside: added to, or set as, the partial sum.
  void write_output(const Fold&, std::int64_t group, std::int64_t m, std::int64_t n, std::int64_t sum);
  // The output as it stands; an accumulator pass writes it at last.
  std::int64_t& output(const Fold&, std::int64_t group, std::int64_t m, std::int64_t n);
  void count_output(const Fold&);
  void count_mac() { ++run_.work.macs; }

  // Fold i begins in `cycle`; i = folds() is the next tile's first fold.
  void begin_fold(std::int64_t i, std::int64_t cycle);
  // How many results the sequencer awaits of fold i, and one of them being there at the start of `cycle`.
  void await(std::int64_t i, std::int64_t results) { missing_[static_cast<std::size_t>(i)] = results; }
  void result(std::int64_t i, std::int64_t cycle);
  [[nodiscard]] bool drained(std::int64_t i, std::int64_t cycle) const {
    return missing_[static_cast<std::size_t>(i)] == 0 && last_result_[static_cast<std::size_t>(i)] <= cycle;
  }
  // Every result is in and the next tile's start is known.
  [[nodiscard]] bool finished() const { return next_tile_known_ && drained_folds_ == folds_.size(); }
  [[nodiscard]] RegisterRun take() { return std::move(run_); }

 private:
  const ArrayShape& shape_;
  const ArrayOperands& operands_;
  std::vector<Fold> folds_;
  std::vector<std::int64_t> missing_, last_result_;
  std::size_t drained_folds_ = 0;
  bool next_tile_known_ = false;
  bool final_seen_ = false;
  RegisterRun run_;
};

// The two grids: with os the sums stay in the cells, with ws and is an operand does.
void run_output_grid(const PeArraySpec&, RegisterRecord&, SequencerFault);
void run_stationary_grid(const PeArraySpec&, RegisterRecord&, SequencerFault);

}  // namespace tessera::arch
