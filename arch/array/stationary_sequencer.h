// When the folds of a weight- or input-stationary array load their operand, stream the other one, and pass on what the
// accumulators hold: counters and the array's own results, as hardware would have them; no closed form is asked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/array/register_record.h"

namespace tessera::arch {

[[nodiscard]] inline bool double_buffered(const PeArraySpec& a) { return a.stationary_buffers > 1; }
// The moving operand follows the load at a distance of one row.
[[nodiscard]] inline bool chased(const PeArraySpec& a) { return a.stationary_load == StationaryLoad::chased; }
// Columns of a fold whose results the sequencer waits for.
[[nodiscard]] inline std::int64_t awaited_columns(const PeArraySpec& a, const Fold& f) {
  return a.partial_folds == PartialFolds::padded ? a.columns : f.shape.columns;
}

class StationarySequencer {
 public:
  // What is at an edge of the array in a cycle; fold -1: nothing.
  struct Step {
    std::int32_t fold = -1;
    std::int32_t step = 0;
  };

  StationarySequencer(const PeArraySpec& spec, RegisterRecord& record, std::int64_t early)
      : a_(spec), record_(record), early_(early), load_cycles_(base::ceil_div(spec.rows, spec.load_rows_per_cycle)),
        issued_(static_cast<std::size_t>(record.folds()) + 1) {}

  // Decides cycle `now`, every cycle once and in order.
  void step(std::int64_t now);
  // What that cycle sees: rows of the stationary operand (fold = folds(): of the next tile's first fold), a step of the
  // moving one, a step of the accumulator pass.
  [[nodiscard]] const Step& load() const { return load_; }
  [[nodiscard]] const Step& stream() const { return stream_; }
  [[nodiscard]] const Step& pass() const { return pass_; }

 private:
  // Times of one fold as they came about.
  struct Issue {
    std::optional<std::int64_t> load_start, stream_start;
  };

  void start_stream();
  void start_load();
  [[nodiscard]] bool may_stream() const;
  [[nodiscard]] bool may_load() const;
  [[nodiscard]] Step next_pass();
  void take_steps();

  // The second buffer is filled under the drain of the fold before, whose end only its results tell.
  [[nodiscard]] bool loads_ahead() const { return double_buffered(a_) && !a_.drain_overlap; }
  [[nodiscard]] Issue& issue(std::int64_t fold) { return issued_[static_cast<std::size_t>(fold)]; }
  [[nodiscard]] const Issue& issue(std::int64_t fold) const { return issued_[static_cast<std::size_t>(fold)]; }
  [[nodiscard]] std::int64_t stream_length(std::int64_t fold) const {
    return record_.fold(std::min(fold, record_.folds() - 1)).shape.stream;
  }
  [[nodiscard]] std::int64_t gap(std::int64_t fold) const { return gap_after(a_, record_.fold(fold).shape).count(); }
  // Cycles between the write of a row and the arrival of the moving operand that its own hops already give.
  [[nodiscard]] std::int64_t lead() const { return chased(a_) && a_.row_hop > 0 ? 1 : load_cycles_; }
  // By when the last row has let go of an operand, against the cycle in which a load would write it.
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
