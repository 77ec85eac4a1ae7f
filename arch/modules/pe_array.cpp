#include "arch/modules/pe_array.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {

PeArray::PeArray(sc_core::sc_module_name name, std::uint32_t core, base::Clock clock)
    : sc_module(name), core_(core), clock_(clock) {
  SC_HAS_PROCESS(PeArray);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << wake_;
}

void PeArray::start(const ComputeTask& task) {
  assert(phase_ == Phase::idle && task.start >= sim::now());
  task_ = task;
  phase_ = Phase::starting;
  if (task.start == sim::now()) begin();
  arm();
}

void PeArray::begin() {
  phase_ = Phase::running;
  start_edge_ = clock_.first_edge(task_.start);
  extension_ = base::Cycles{0};
  trace_wait_ = base::Ps{0};
  end_ = clock_.edge(start_edge_ + task_.work->occupancy);
  sram->mark(task_.slots, marks_);
}

void PeArray::wake() {
  const base::Ps now = sim::now();
  while (!results_.empty() && results_.front().time <= now) {
    completion->result_done(core_, results_.front().tile);
    results_.pop_front();
  }
  if (phase_ == Phase::starting && task_.start <= now) {
    begin();
  } else if (phase_ == Phase::running && end_ <= now) {
    end_planned();
  } else if (phase_ == Phase::waiting_for_trace && end_ <= now) {
    finish();
  }
  arm();
}

// The ports are shared fairly: the DMA can take every second access from the array and no more, so a compute lasts at
// most twice as long as it would alone. What the DMA has left then fits behind it.
void PeArray::end_planned() {
  const std::int64_t occupancy = task_.work->occupancy.count();
  const PortCycles needed = sram->cycles_needed(end_, task_.slots, marks_, *task_.work);
  const std::int64_t longest = 2 * std::max(occupancy, needed.own);
  const base::Cycles extra{std::max<std::int64_t>(0, std::min(needed.all, longest) - occupancy)};
  if (extra > extension_) {
    extension_ = extra;
    end_ = clock_.edge(start_edge_ + task_.work->occupancy + extension_);
    return;
  }
  left_behind_ += base::Cycles{std::max<std::int64_t>(0, needed.all - longest)};
  if (trace_buffer.size() > 0) {
    const base::Ps admitted = clock_.align(trace_buffer->admit(end_));
    if (admitted > end_) {
      trace_wait_ = admitted - end_;
      end_ = admitted;
      phase_ = Phase::waiting_for_trace;
      return;
    }
  }
  finish();
}

void PeArray::finish() {
  // Conflicts move the last result as they move the end; waiting for the trace buffer holds the array, not the data.
  const base::Ps result = std::max(end_, clock_.edge(start_edge_ + task_.work->latency + extension_));
  phase_ = Phase::idle;
  const base::Ps conflict =
      clock_.edge(start_edge_ + task_.work->occupancy + extension_) - clock_.edge(start_edge_ + task_.work->occupancy);
  const std::uint32_t tile = task_.tile;
  completion->compute_done(core_, conflict, trace_wait_);
  if (result <= end_) {
    completion->result_done(core_, tile);
  } else {
    results_.push_back({result, tile});
  }
}

void PeArray::arm() {
  base::Ps next = base::kNever;
  if (!results_.empty()) next = results_.front().time;
  if (phase_ == Phase::starting) next = std::min(next, task_.start);
  if (phase_ == Phase::running || phase_ == Phase::waiting_for_trace) next = std::min(next, end_);
  if (next != base::kNever) sim::notify_at(wake_, next);
}

}  // namespace tessera::arch
