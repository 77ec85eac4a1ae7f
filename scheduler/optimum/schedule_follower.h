// The policy of a search: takes the steps that it is given, each as soon as it is legal, and keeps what is known of the
// schedule so far for whoever chooses the next one.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "scheduler/bounds/durations.h"
#include "scheduler/optimum/block_service.h"
#include "scheduler/optimum/partial_schedule.h"
#include "scheduler/policy/action_plan.h"
#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

class ScheduleFollower final : public Policy {
 public:
  // The step that comes after so many; nothing: the run is of no use any more, and ends as a failure.
  using Choose = std::function<std::optional<Step>(std::size_t depth, const View&)>;
  using Started = std::function<base::Ps(TileId)>;  // PlainMachine::started

  // All outlive the follower.
  ScheduleFollower(const TileGraph&, const arch::NpuSpec&, const Durations&, const BlockService&, Choose, Started);

  // What is known now.
  [[nodiscard]] PartialSchedule partial(const View&) const;
  // Prefetched operands that no tile has found yet: as the steps that brought them.
  [[nodiscard]] const std::vector<Step>& unused() const { return unused_; }
  // Of a run that came to its end.
  [[nodiscard]] const ActionPlan& plan() const { return plan_; }

  [[nodiscard]] std::string_view name() const override { return "optimum"; }
  [[nodiscard]] Action decide(const View&) override;
  [[nodiscard]] EventSet subscriptions() const override { return EventSet::all(); }
  void on_tile_done(const View&, TileId) override;

 private:
  [[nodiscard]] Action take(const View&, const Step&);
  void note(const View&, const Dispatch&);
  void note(const View&, const Prefetch&);
  void settle_idle(const View&);
  void drop_evicted(const View&);
  [[nodiscard]] base::Ps full(std::uint32_t core, std::size_t operand, BlockId) const;
  void load(std::uint32_t core, std::size_t operand, BlockId, base::Ps decided);
  [[nodiscard]] BlockId held(const View&, std::uint32_t core, std::uint8_t operand, BlockId wanted) const;
  [[nodiscard]] BlockId operand(TileId t, std::size_t o) const {
    return o == 0 ? graph_.tiles[t].input : graph_.tiles[t].weight;
  }

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const Durations& durations_;
  const BlockService& service_;
  Choose choose_;
  Started started_;
  PartialSchedule so_far_;  // but `now`, `started`, and what the slots hold
  struct Filled {
    std::uint32_t core;
    std::size_t operand;
    BlockId block;
    base::Ps full;
  };
  std::vector<Filled> filled_;  // the last of its kind counts
  std::vector<Step> unused_;
  std::optional<Step> next_;
  std::size_t depth_ = 0;
  bool idles_ = false;
  base::Ps idle_from_{0};
  ActionPlan plan_;
};

}  // namespace tessera::scheduler
