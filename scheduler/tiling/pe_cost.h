// What tiles of given sizes would cost one PE operator, had it the machine for itself: an estimate for `auto` only.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "arch/array/fold_plan.h"
#include "arch/spec/npu_spec.h"
#include "models/network.h"
#include "scheduler/bounds/machine_rates.h"
#include "scheduler/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

class PeCost {
 public:
  struct Estimate {
    std::int64_t ps = 0;       // time
    std::int64_t bytes = 0;    // traffic, re-reads included
    std::int64_t tiles = 0;
    friend auto operator<=>(const Estimate&, const Estimate&) = default;  // time first
  };
  PeCost(const arch::NpuSpec&, const ScheduleSpec&, const MachineRates&, const PeNeeds&, const models::Operator&);

  // `input`, `packets`: bytes and DMA packets of one input tile.
  [[nodiscard]] Estimate estimate(const PeSizes&, std::int64_t input, std::int64_t packets) const;

 private:
  // What a deal of the groups leads to under the slot-reuse rule: how often input and weight tiles are loaded in all, and
  // the groups of the core that has most of them.
  struct Share {
    std::int64_t input, weight, groups;
  };
  // What the operator moves in all, in bytes and packets; `passed_on` by element-wise operators that inherit its blocks.
  struct Traffic {
    std::int64_t input, weight, stored, passed_on = 0, packets = 0;
    std::int64_t slices_at_once = 1;  // of the reduction, that a core loads at one time
  };
  [[nodiscard]] Share share(const PeCounts&, bool m_inside_n, Deal) const;
  [[nodiscard]] base::Ps moving_time(const PeSizes&, const Traffic&) const;
  [[nodiscard]] base::Ps array_time(const PeSizes&, const PeCounts&, std::int64_t groups) const;

  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  const MachineRates& rates_;
  const PeNeeds& needs_;
  const models::Operator& op_;
  std::int64_t post_cycles_ = 0;   // per ceil(elements / lanes)
};

}  // namespace tessera::scheduler
