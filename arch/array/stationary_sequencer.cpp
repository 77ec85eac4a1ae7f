#include "arch/array/stationary_sequencer.h"

#include <algorithm>
#include <limits>

namespace tessera::arch {

void StationarySequencer::step(std::int64_t now) {
  now_ = now;
  start_stream();
  start_load();
  if (a_.accumulator_pass) pass_ = next_pass();
  take_steps();
}

std::int64_t StationarySequencer::wakes_at() const {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::int64_t at = kNever;
  if (next_load_ == 0) at = a_.start_up.count();
  for (const auto& ready : {load_ready_, stream_ready_})
    if (ready) at = std::min(at, *ready);
  if (a_.accumulator_pass && next_pass_ < std::min(next_stream_, record_.folds())) at = std::min(at, pass_begin());
  return at == kNever ? now_ + 1 : std::max(at, now_ + 1);
}

// The pass follows the last fold of an output block at the distance of two folds.
std::int64_t StationarySequencer::pass_begin() const {
  return *issue(next_pass_).stream_start + stream_length(next_pass_) + a_.fold_gap.count();
}

// Starts the load of the next fold (after the last: of the next tile's first) when its place is free.
void StationarySequencer::start_load() {
  if (next_load_ > record_.folds() || (next_load_ > 0 && load_step_ < load_cycles_)) return;
  if (!load_ready_ && may_load()) load_ready_ = now_ + (next_load_ == 0 || loads_ahead() ? 0 : gap(next_load_ - 1));
  if (!load_ready_ || now_ < *load_ready_) return;
  load_ready_.reset();
  issue(next_load_).load_start = now_;
  load_step_ = 0;
  ++next_load_;
}

bool StationarySequencer::may_load() const {
  if (next_load_ == 0) return now_ >= a_.start_up.count();
  const auto& streamed = issue(next_load_ - 1).stream_start;
  if (!streamed) return false;
  const std::int64_t stream_end = *streamed + stream_length(next_load_ - 1);
  if (loads_ahead()) return now_ >= *streamed + row_delay();
  // Just in time: the moving operand's port is free when the load has led far enough.
  if (double_buffered(a_)) return now_ >= *streamed + row_delay() - early_ && now_ + lead() >= stream_end;
  if (!a_.drain_overlap) return record_.drained(next_load_ - 1, now_);
  return now_ >= stream_end + row_delay() - early_;
}

std::int64_t StationarySequencer::row_delay() const {
  if (!chased(a_)) return 0;
  return std::max<std::int64_t>(0, (a_.rows - 1) * a_.row_hop - (a_.rows - 1) / a_.load_rows_per_cycle);
}

// Starts to stream when the operand is (far enough) loaded and, if the load ran ahead, the array has drained.
void StationarySequencer::start_stream() {
  if (next_stream_ > record_.folds() || (next_stream_ > 0 && stream_step_ >= 0)) return;
  if (!stream_ready_ && may_stream())
    stream_ready_ = now_ + (loads_ahead() && next_stream_ > 0 ? gap(next_stream_ - 1) : 0);
  if (!stream_ready_ || now_ < *stream_ready_) return;
  stream_ready_.reset();
  issue(next_stream_).stream_start = now_;
  // A fold begins with its load; a load that ran ahead into the second buffer counts from where it had to begin.
  record_.begin_fold(next_stream_, now_ - lead());
  if (next_stream_ < record_.folds()) {
    const Fold& f = record_.fold(next_stream_);
    const bool passed_on = a_.accumulator_pass && f.shape.final;
    record_.await(next_stream_, f.shape.stream * awaited_columns(a_, f) * (passed_on ? 2 : 1));
    stream_step_ = 0;
  }
  ++next_stream_;
}

bool StationarySequencer::may_stream() const {
  const auto& loaded = issue(next_stream_).load_start;
  if (!loaded || now_ < *loaded + lead()) return false;
  return next_stream_ == 0 || !loads_ahead() || record_.drained(next_stream_ - 1, now_);
}

StationarySequencer::Step StationarySequencer::next_pass() {
  Step entering;
  const std::int64_t streamed = std::min(next_stream_, record_.folds());
  while (next_pass_ < streamed && !record_.fold(next_pass_).shape.final) ++next_pass_;
  if (next_pass_ < streamed) {
    const std::int64_t begin = pass_begin();
    if (now_ >= begin) entering = {static_cast<std::int32_t>(next_pass_), static_cast<std::int32_t>(now_ - begin)};
    if (now_ - begin == stream_length(next_pass_) - 1) ++next_pass_;
  }
  return entering;
}

// The counters of what has begun move on by the step that this cycle sees.
void StationarySequencer::take_steps() {
  load_ = stream_ = {};
  if (next_load_ > 0 && load_step_ < load_cycles_)
    load_ = {static_cast<std::int32_t>(next_load_ - 1), static_cast<std::int32_t>(load_step_++)};
  if (stream_step_ < 0) return;
  const std::int64_t fold = next_stream_ - 1;
  stream_ = {static_cast<std::int32_t>(fold), static_cast<std::int32_t>(stream_step_)};
  if (++stream_step_ == stream_length(fold)) stream_step_ = -1;
}

}  // namespace tessera::arch
