// Where a run that followed a plan parted from it: made from the run's records of decisions and prefetches alone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "scheduler/policy/action_plan.h"
#include "scheduler/replay/tile_names.h"
#include "trace/record/sink.h"

namespace tessera::scheduler {

// Of dispatches whose planned start is known; times in ps.
struct PlanReport {
  struct Part {
    TileId tile = kNoId;
    std::string op;
    std::uint32_t core = 0;
    base::Ps planned{0}, taken{0};
    [[nodiscard]] base::Ps by() const { return taken - planned; }  // below 0: earlier
  };
  std::string table;
  std::uint64_t dispatches = 0;  // of the plan
  std::uint64_t timed = 0;       // of them, with a planned start
  std::uint64_t on_time = 0, later = 0, earlier = 0;
  std::optional<Part> first_later, first_earlier, most_later;  // by the order of the plan, and by how much
  base::Ps later_sum{0}, earlier_sum{0};                       // of all that are
  std::uint64_t prefetches = 0, skipped_prefetches = 0;        // of the plan; those that the run did without
  base::Ps planned_makespan = base::kNever, makespan{0};       // kNever: the plan does not say
};

class PlanComparison : public trace::Consumer {
 public:
  // All outlive the comparison.
  PlanComparison(const ActionPlan&, const TileNames&);

  void consume(std::span<const trace::Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;
  // After finish().
  [[nodiscard]] const PlanReport& report() const { return report_; }

 private:
  using Fetch = std::tuple<TileId, std::uint8_t, std::uint32_t>;  // tile, operand, core

  const ActionPlan& plan_;
  const TileNames& names_;
  std::map<TileId, base::Ps> taken_;
  std::map<Fetch, std::uint64_t> fetched_;
  PlanReport report_;
};

}  // namespace tessera::scheduler
