// What no completion of a partial schedule can beat. As in docs/semantics.md 13.1, every duration is its
// contention-free least and every rate its peak; but what has happened counts with the time that it took, tiles keep
// the order in which their core got them, and no action begins before the one that stands before it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/bounds/one_resource.h"
#include "scheduler/optimum/block_service.h"
#include "scheduler/optimum/partial_schedule.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class ScheduleBound {
 public:
  // All outlive the bound.
  ScheduleBound(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const Durations&,
                const BlockService&);

  // Of all schedules that begin so; with a step, of those that go on with it.
  [[nodiscard]] base::Ps of(const PartialSchedule&, const Step* next = nullptr);
  // The same, less sharp and many times as fast, for a step from the partial schedule that of() was asked last for,
  // without a step.
  [[nodiscard]] base::Ps quick(const PartialSchedule&, const Step& next) const;

 private:
  struct Unit {
    base::Ps free{0};              // the last of its tiles ends
    std::vector<base::Ps> starts;  // of its tiles, in order
  };
  struct Core {
    Unit unit[2];                    // array, vector unit
    std::vector<GroupId> groups;     // that take an output slot, in order
    std::array<base::Ps, 2> slot{};  // by operand: a load finds a slot
  };
  struct Begun {
    base::Ps begin{0}, decided{0};
  };

  void place(const PartialSchedule&, const Step* next);
  void place(const PartialSchedule&, TileId, const PartialSchedule::TileTimes&);
  void place_rest(const PartialSchedule&);
  void place_rest_of(const PartialSchedule&, GroupId);
  void find_slots(const PartialSchedule&);
  [[nodiscard]] Begun begin(const PartialSchedule&, const Step&) const;
  [[nodiscard]] PartialSchedule::TileTimes times(const PartialSchedule&, const Step&, base::Ps decided) const;
  [[nodiscard]] base::Ps available(BlockId) const;
  [[nodiscard]] base::Ps ready(GroupId) const;
  [[nodiscard]] base::Ps output_slot(const Core&) const;
  [[nodiscard]] base::Ps queue_place(const Core&, std::size_t unit) const;
  [[nodiscard]] bool resident(const PartialSchedule&, BlockId) const;
  // The end of a decision without a launch.
  [[nodiscard]] base::Ps decided_after(base::Ps begin) const {
    return npu_.core_clock.after(begin, npu_.scheduler.dispatch_latency);
  }
  [[nodiscard]] base::Ps floor_after(const Begun&) const;
  // When the tile leaves its unit; its group's result is not before `result`.
  base::Ps finish(TileId, base::Ps start, base::Ps& result) const;

  [[nodiscard]] base::Ps end_of_groups() const;
  [[nodiscard]] base::Ps end_of_arrays() const;
  [[nodiscard]] base::Ps end_of_vectors() const;
  [[nodiscard]] base::Ps end_of_decisions() const;
  [[nodiscard]] base::Ps end_of_moves(const PartialSchedule&) const;

  [[nodiscard]] std::size_t unit_of(TileId t) const { return graph_.tiles[t].kind == TileKind::pe ? 0 : 1; }

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const BlockService& service_;
  const Durations& d_;
  std::vector<base::Ps> after_;       // by group: from its store to the end of the run
  std::vector<base::Ps> rest_;        // by tile: from its start to the end of the run
  std::vector<base::Ps> block_rest_;  // by block: from when it is full to the end of the run
  std::vector<bool> alone_;           // by block: no other block of the graph can stand for it

  // Of the partial schedule that was asked for last: what is not before.
  std::vector<Core> cores_;
  std::vector<base::Ps> decision_, start_, end_;  // by tile; a decision's begin
  std::vector<base::Ps> result_, stored_;         // by group
  std::vector<bool> placed_;                      // by tile: dispatched, or the next step
  std::vector<PartialSchedule::Load> next_loads_;
  base::Ps floor_{0};  // no decision after these begins before
};

}  // namespace tessera::scheduler
