// The sequencer of a weight- or input-stationary array. For every fold it decides when the stationary operand is
// loaded, when the moving operand streams in, and when the accumulators pass on their results. It uses what hardware
// would have, counters and the results that leave the array, and asks no closed form: the closed forms are proved
// against it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/array/register_record.h"

namespace tessera::arch {

[[nodiscard]] inline bool double_buffered(const PeArraySpec& a) { return a.stationary_buffers > 1; }
// Whether the moving operand follows the load at a distance of one row.
[[nodiscard]] inline bool chased(const PeArraySpec& a) { return a.stationary_load == StationaryLoad::chased; }
// How many columns of a fold's results the sequencer waits for.
[[nodiscard]] inline std::int64_t awaited_columns(const PeArraySpec& a, const Fold& f) {
  return a.partial_folds == PartialFolds::padded ? a.columns : f.shape.columns;
}

class StationarySequencer {
 public:
  // The part of a fold that enters at one edge of the array in one cycle; fold -1: nothing enters.
  struct Step {
    std::int32_t fold = -1;
    std::int32_t step = 0;
  };

  StationarySequencer(const PeArraySpec& spec, RegisterRecord& record, std::int64_t early)
      : a_(spec), record_(record), early_(early), load_cycles_(base::ceil_div(spec.rows, spec.load_rows_per_cycle)),
        issued_(static_cast<std::size_t>(record.folds()) + 1) {}

  // Decides what happens in cycle `now`. The caller asks for every cycle once, in order.
  void step(std::int64_t now);
  // In that cycle: rows of the stationary operand that are loaded (fold = folds(): they belong to the next tile's first
  // fold), the step of the moving operand that streams in, and the step of the accumulator pass.
  [[nodiscard]] const Step& load() const { return load_; }
  [[nodiscard]] const Step& stream() const { return stream_; }
  [[nodiscard]] const Step& pass() const { return pass_; }
  [[nodiscard]] bool nothing_enters() const { return load_.fold < 0 && stream_.fold < 0 && pass_.fold < 0; }
  // In an array through which nothing moves any more: the next cycle in which the sequencer does something, where it
  // only lets time pass until then (the start-up, a gap); else the cycle after this one.
  [[nodiscard]] std::int64_t wakes_at() const;

 private:
  // When the sequencer started the load and the stream of one fold; empty: not yet.
  struct Issue {
    std::optional<std::int64_t> load_start, stream_start;
  };

  void start_stream();
  void start_load();
  [[nodiscard]] bool may_stream() const;
  [[nodiscard]] bool may_load() const;
  [[nodiscard]] Step next_pass();
  [[nodiscard]] std::int64_t pass_begin() const;
  void take_steps();

  // Whether the second buffer is filled while the fold before drains. The end of that drain shows only in its results.
  [[nodiscard]] bool loads_ahead() const { return double_buffered(a_) && !a_.drain_overlap; }
  [[nodiscard]] Issue& issue(std::int64_t fold) { return issued_[static_cast<std::size_t>(fold)]; }
  [[nodiscard]] const Issue& issue(std::int64_t fold) const { return issued_[static_cast<std::size_t>(fold)]; }
  [[nodiscard]] std::int64_t stream_length(std::int64_t fold) const {
    return record_.fold(std::min(fold, record_.folds() - 1)).shape.stream;
  }
  [[nodiscard]] std::int64_t gap(std::int64_t fold) const { return gap_after(a_, record_.fold(fold).shape).count(); }
  // Cycles from the start of a load to the start of the stream over it. With chased loads the moving operand's own hops
  // give the rest.
  [[nodiscard]] std::int64_t lead() const { return chased(a_) && a_.row_hop > 0 ? 1 : load_cycles_; }
  // How many cycles the last row holds an operand longer than the next load's write to that row allows for.
  [[nodiscard]] std::int64_t row_delay() const;

  const PeArraySpec& a_;
  RegisterRecord& record_;
  std::int64_t early_;
  std::int64_t load_cycles_;
  std::int64_t now_ = 0;
  std::int64_t next_load_ = 0, load_step_ = 0;
  std::int64_t next_stream_ = 0, stream_step_ = -1;
  std::int64_t next_pass_ = 0;
  std::optional<std::int64_t> load_ready_, stream_ready_;
  std::vector<Issue> issued_;
  Step load_, stream_, pass_;
};

}  // namespace tessera::arch
