// The dispatcher: the state machine between the tile graph, the policy and the machine. Pure: it never reads a clock;
// every input carries the time, every effect goes to Machine and to the trace sink.
//
// One instant (docs/semantics.md 1.6): the machine reports the completions of time t (any order), then calls settle(t)
// once; the dispatcher sorts them (phase, unit id, sequence), applies them, runs its own timers of t (arrivals,
// decision ends, post starts and ends), asks the policy until nothing more happens at t, and submits new transfers
// last. Between instants the machine wakes it at next() at the latest.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "arch/transfer/transfer.h"
#include "base/units.h"
#include "scheduler/dispatch/machine.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/record/lanes.h"
#include "trace/record/sink.h"

namespace tessera::scheduler {

class Policy;
struct TakenAction;

enum class RunState : std::uint8_t { running, done, failed };

struct DispatchCounts {
  std::uint64_t asked = 0, waits = 0;  // questions to the policy; those that it answered with Wait
  std::uint64_t dispatches = 0, prefetches = 0, illegal = 0;
  std::uint64_t loads = 0, load_hits = 0;  // operands of dispatched tiles: missing, already there
  // The same in bytes; what was there had been used before, or a Prefetch had brought it and this is its first use.
  std::int64_t loaded_bytes = 0, reused_bytes = 0, prefetched_bytes = 0;
  std::uint64_t prefetches_evicted = 0;  // before they were full
  std::uint64_t caps = 0;                // rates of channels that were set or lifted
  std::uint64_t undispatches = 0;  // their tiles' dispatches and operands are in none of the counts above but one:
                                   // `dispatches` counts every decision
};

class Dispatcher {
 public:
  // All references outlive the dispatcher.
  Dispatcher(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&,
             const trace::Lanes&, Policy&, Machine&, trace::Sink&);
  ~Dispatcher();

  // Also records what the policy answers and what it weighed (trace.decisions). Before the first settle().
  void record_answers();
  // Told of every action that is accepted, before it has changed anything.
  void on_action(std::function<void(const TakenAction&)>);
  // The run fails when its time passes `limit`. Without a call it may last as long as times can be counted.
  void stop_after(base::Ps limit);

  // Completions of time `now`; they take effect in settle(now).
  // Occupancy end of the tile that runs on the array. The last `conflict + trace_wait` of that time are stalls, not
  // busy: first sram_conflict, then trace_buffer (a full device trace buffer with policy `stall`).
  void compute_done(base::Ps now, std::uint32_t core, base::Ps conflict, base::Ps trace_wait = {});
  void result_done(base::Ps now, std::uint32_t core, TileId tile);
  // End of the vector unit's task; the last `trace_wait` of that time it waited for the trace buffer.
  void vector_done(base::Ps now, std::uint32_t core, base::Ps trace_wait = {});
  void transfer_done(base::Ps now, const arch::TransferDone&);

  void settle(base::Ps now);
  [[nodiscard]] base::Ps next() const;  // earliest timer of its own; kNever = waits for the machine

  [[nodiscard]] RunState state() const;
  [[nodiscard]] base::Ps makespan() const;    // state() == done: the last store's answer
  [[nodiscard]] std::string failure() const;  // state() == failed: the policy's error with tile and cycle, or the time
  // When nothing is pending and tiles are left: who waits for whom, one line a tile, at most `lines`.
  [[nodiscard]] std::string wait_chain(std::size_t lines) const;
  [[nodiscard]] std::uint32_t tiles_done() const;
  [[nodiscard]] const DispatchCounts& counts() const;
  // By request: when its last result was stored; kNever: not yet.
  [[nodiscard]] const std::vector<base::Ps>& request_ends() const;
  // Closes open stall gaps with no_work until `end` and emits what is still open. After done or failed.
  void finish(base::Ps end);

 private:
  class State;
  const trace::Lanes* lanes_;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::scheduler
