// Everything the dispatcher knows, and the transitions between. Internal to scheduler/dispatch: each .cpp of this
// folder implements one aspect: dispatcher.cpp the instant, completions.cpp what the machine answers,
// core_sequencer.cpp starts and grants, host.cpp tasks of the host, decision.cpp the policy's actions, taking_back.cpp
// Undispatch among them, legality.cpp their rules, answers.cpp the record of what it answered, stalls.cpp idle time,
// view.cpp what the policy sees, outcome.cpp the end of a run.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/dispatch/buffer_use.h"
#include "scheduler/dispatch/core_state.h"
#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/dispatch/event.h"
#include "scheduler/dispatch/recorder.h"
#include "scheduler/dispatch/shared_weights.h"
#include "scheduler/dispatch/transfer_book.h"
#include "scheduler/policy/action_plan.h"
#include "scheduler/policy/policy.h"
#include "scheduler/tiles/id_set.h"

namespace tessera::scheduler {

class Dispatcher::State final : public View {
 public:
  State(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&, const trace::Lanes&,
        Policy&, Machine&, trace::Sink&);

  // The instant (dispatcher.cpp).
  void post(const Event& e) { inbox_.push(e); }
  void transfer_answer(base::Ps now, const arch::TransferDone&);
  void settle(base::Ps now);
  [[nodiscard]] base::Ps next() const { return inbox_.next(); }

  // The policy's error ends the run (decision.cpp).
  void fail(const std::string& what);
  // The end (outcome.cpp).
  void finish(base::Ps end);
  [[nodiscard]] std::string wait_chain(std::size_t lines) const;

  // View (view.cpp).
  [[nodiscard]] base::Ps now() const override { return now_; }
  [[nodiscard]] const TileGraph& graph() const override { return graph_; }
  [[nodiscard]] const arch::NpuSpec& npu() const override { return npu_; }
  [[nodiscard]] const arch::MachineLimits& limits() const override { return limits_; }
  [[nodiscard]] const ScheduleSpec& schedule() const override { return schedule_; }
  [[nodiscard]] TileId next_ready(TileKind, TileId from) const override;
  [[nodiscard]] bool ready(TileId) const override;
  [[nodiscard]] std::span<const TileId> continuations(std::uint32_t core) const override;
  [[nodiscard]] std::uint32_t next_accepting(TileKind, std::uint32_t from) const override;
  [[nodiscard]] std::uint32_t next_continuing(std::uint32_t from) const override;
  [[nodiscard]] Illegal check(const Action&) const override;
  [[nodiscard]] std::int64_t missing_bytes(TileId, std::uint32_t core) const override;
  [[nodiscard]] Residency residency(BlockId, std::uint8_t operand, std::uint32_t core) const override;
  [[nodiscard]] base::Ps predicted(TileId) const override;
  [[nodiscard]] std::uint32_t queued(std::uint32_t core, CoreUnit) const override;
  [[nodiscard]] TileId queued_tile(std::uint32_t core, CoreUnit, std::uint32_t index) const override;
  [[nodiscard]] base::Ps busy_until(std::uint32_t core, CoreUnit) const override;
  [[nodiscard]] std::uint32_t open_groups(std::uint32_t core) const override { return cores_[core].open; }
  [[nodiscard]] std::uint32_t evictable_slots(std::uint32_t core, std::uint8_t operand) const override;
  [[nodiscard]] std::uint32_t free_output_slots(std::uint32_t core) const override { return cores_[core].free_outputs; }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const override;
  [[nodiscard]] base::ByteRate cap(std::uint32_t channel) const override { return caps_[channel].rate; }
  [[nodiscard]] bool arrived(std::uint32_t request) const override;
  [[nodiscard]] std::uint32_t tiles_left() const override { return undispatched_; }
  [[nodiscard]] const IdSet& accepting(TileKind kind) const override { return accepting_[static_cast<int>(kind)]; }
  [[nodiscard]] SlotState slot(std::uint32_t core, std::uint8_t operand, std::uint32_t index) const override;

  RunState run = RunState::running;
  base::Ps makespan{0};
  std::string failure;
  base::Ps time_limit = base::kNever;
  std::function<void(const TakenAction&)> on_action;  // empty: nobody wants to know
  std::uint32_t tiles_done = 0;
  std::vector<base::Ps> request_end;  // by request
  DispatchCounts counts;
  bool records_answers = false;

 private:
  using Phase = TileState::Phase;
  struct ChannelCap {
    base::ByteRate rate;   // of the last accepted Cap
    std::uint64_t at = 0;  // steps of the run when it was accepted, from 1; 0: never
  };
  struct OperatorState {
    std::uint32_t left = 0;
    base::Ps first = base::kNever;
  };

  // dispatcher.cpp
  void apply(const Event&);
  void tile_events();
  void touch(std::uint32_t core);
  void refresh(std::uint32_t core);  // accepting sets and journal after a change of the core
  void look_for_room(std::uint32_t core, std::uint8_t lacks);
  void prune(CoreState&);
  void prune_schedulers();
  [[nodiscard]] base::Ps oldest_ready();                      // since when some tile has been ready; now: none is
  [[nodiscard]] base::Ps idle_since(const CoreState&) const;  // of the units that a tile might still be judged on
  // completions.cpp
  void arrive(std::uint32_t request);
  void compute_done(std::uint32_t core, base::Ps conflict, base::Ps trace_wait);
  void result_done(std::uint32_t core, TileId);
  void slice_result(std::uint32_t core, TileId, std::uint64_t record);
  void vector_done(std::uint32_t core, base::Ps trace_wait);
  void end_post(std::uint32_t core);
  void post_result(std::uint32_t core, TileId);
  void transfer_done(const arch::TransferDone&);
  void fill_complete(const Job&, std::uint64_t record);
  void group_done(GroupId, std::uint64_t record);
  void end();
  void predecessor_done(GroupId, const Cause&);
  void make_ready(TileId, const Cause&);
  void release(std::uint32_t core, TileId, std::uint32_t operand, std::uint64_t record);
  void store(TileId last, const Cause&);
  // core_sequencer.cpp
  void grant(std::uint32_t core);
  void start_units(std::uint32_t core);
  [[nodiscard]] bool startable(const CoreState&, std::uint32_t unit) const;
  [[nodiscard]] bool operands_full(const CoreState&, TileId) const;
  void start_tile(std::uint32_t core, std::uint32_t unit);
  void start_post(std::uint32_t core);
  void dispatched(TileId);  // its decision ended
  void store_movement(TileId, const Cause&);
  // host.cpp
  void queue_on_host(TileId);
  void start_host();
  void host_done(TileId);
  // decision.cpp
  bool ask();  // true if an action was accepted
  [[nodiscard]] bool due() const;
  [[nodiscard]] bool room() const;
  [[nodiscard]] bool pending() const;
  void occurred(PolicyEvent);
  // Something was dispatched, ended, was stored, arrived, or was slept through: what bounds how often rates are set.
  void stepped() { ++steps_; }
  bool answer(std::uint32_t scheduler, const Action&);
  [[nodiscard]] Cause before(const SchedulerState&) const;
  void begin_decision(std::uint32_t scheduler, std::uint32_t core, const Cause&, base::Cycles length);
  void begin(std::uint32_t scheduler, const Dispatch&);
  void begin(std::uint32_t scheduler, const Prefetch&);
  void begin(std::uint32_t scheduler, const Undispatch&);
  void begin(std::uint32_t scheduler, const Cap&);
  bool begin(std::uint32_t scheduler, const Wait&);
  void bind_operand(const Dispatch&, std::uint32_t operand, const Cause&);
  JobId take_victim(std::uint32_t core, std::uint32_t operand, BlockId, TileId, const Cause&, bool demand);
  [[nodiscard]] bool keep(BlockId, std::uint32_t uses_left);  // in a shared SRAM
  void take_place(TileId, std::uint32_t core);
  void decision_end(std::uint32_t scheduler);
  void wake(std::uint32_t scheduler);
  void reject(std::uint32_t scheduler, const Action&, Illegal);
  // taking_back.cpp
  [[nodiscard]] Illegal check(const Undispatch&) const;
  [[nodiscard]] std::uint32_t dispatched_slices(const Group&) const;
  [[nodiscard]] Illegal may_give_back(const Group&, TileId, std::uint32_t operand) const;
  void taken_back(TileId first, std::uint64_t record);
  void drop_unwanted();
  void let_go(TileId, std::uint32_t operand);
  void give_back_operands(TileId, std::uint64_t record);
  void leave_queue(TileId, const Cause&);
  // answers.cpp
  void record_answer(std::uint32_t scheduler, const Action&, Illegal);
  [[nodiscard]] Recorder::Choice weighed(const Candidate&) const;
  // legality.cpp
  [[nodiscard]] Illegal check(const Dispatch&) const;
  [[nodiscard]] Illegal check(const Prefetch&) const;
  [[nodiscard]] Illegal check(const Wait&) const;
  [[nodiscard]] Illegal check(const Cap&) const;
  [[nodiscard]] Cause became_legal(const Dispatch&) const;
  [[nodiscard]] base::Ps became_legal(const Prefetch&) const;
  [[nodiscard]] base::Ps scheduler_idle_since() const;  // some scheduler
  [[nodiscard]] bool new_group(const Tile&) const;
  // stalls.cpp
  void judge_idle(TileId, std::uint32_t core);
  void explain_gap(std::uint32_t core, std::uint32_t unit, TileId);
  void explain_post_gap(std::uint32_t core, TileId);
  [[nodiscard]] Cause control_done(GroupId) const;

  [[nodiscard]] std::uint32_t unit_of(const Tile& t) const { return t.kind == TileKind::pe ? kArray : kVector; }
  [[nodiscard]] OperatorState& operator_state(std::uint32_t request, std::uint32_t op) {
    return operator_[graph_.operator_of(request, op)];
  }
  [[nodiscard]] BlockId operand(const Tile& t, std::uint32_t o) const { return o == 0 ? t.input : t.weight; }
  [[nodiscard]] std::string at_cycle() const;

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const ScheduleSpec& schedule_;
  const trace::Lanes& lanes_;
  Policy& policy_;
  Machine& machine_;
  Recorder recorder_;
  TransferBook book_;
  BufferUse use_;
  SharedWeights shared_;

  base::Ps now_{0}, edge_{0};                // this instant and the first core clock edge at or after it
  EventHeap inbox_;                          // completions and timers
  std::vector<arch::TransferDone> answers_;  // of the instant that is coming
  std::vector<std::uint32_t> touched_;
  std::vector<std::pair<TileId, Cause>> newly_ready_;

  std::vector<TileState> tiles_;
  std::vector<GroupState> groups_;
  std::vector<CoreState> cores_;
  std::vector<SchedulerState> schedulers_;
  HostState host_;
  IdSet ready_[kDispatchedKinds];                        // by kind: ready first slices and single tiles
  IdSet accepting_[kDispatchedKinds], continuing_;       // cores
  std::deque<std::pair<base::Ps, TileId>> ready_since_;  // oldest first; front still ready
  BlockedTimes schedulers_busy_;                         // all of them
  std::size_t prune_schedulers_at_ = 256;

  std::vector<OperatorState> operator_;         // of all requests
  std::vector<std::uint32_t> groups_left_;      // by request
  std::vector<std::vector<GroupId>> arrivals_;  // groups by request
  std::vector<std::uint64_t> arrival_record_;
  std::vector<bool> arrived_;

  bool eventful_ = false;         // something has happened since it was last seen whether the policy is to be asked
  std::uint64_t progress_ = 1;    // results stored and requests arrived: what bounds how often a tile is taken back
  std::vector<ChannelCap> caps_;  // by DMA channel
  std::uint32_t capped_ = 0;      // channels that the policy holds to a rate
  std::uint64_t steps_ = 1;
  // Since the policy last waited for the next event: a tile may have come to be legal somewhere; something happened
  // that it subscribed to.
  bool more_room_ = false, told_ = false;
  EventSet subscribed_;
  std::uint64_t decisions_ = 0, sleeps_ = 0;
  std::uint32_t illegal_now_ = 0;
  std::uint32_t undispatched_ = 0, in_flight_ = 0, groups_undone_ = 0, busy_schedulers_ = 0, to_arrive_ = 0,
                sleepers_ = 0;
};

}  // namespace tessera::scheduler
