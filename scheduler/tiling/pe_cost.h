// What tiles of given sizes would cost one PE operator, had it the machine for itself: an estimate for `auto` only.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "arch/array/fold_plan.h"
#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/bounds/machine_rates.h"
#include "scheduler/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

class PeCost {
 public:
  struct Estimate {
    std::int64_t ps = 0;     // time
    std::int64_t bytes = 0;  // traffic, re-reads included
    std::int64_t tiles = 0;
    friend auto operator<=>(const Estimate&, const Estimate&) = default;  // time first
  };
  // One transfer of a kind.
  struct Moves {
    std::int64_t bytes = 0, packets = 1;
    Crowding crowding = {};
  };
  // What tiles of given sizes take, whatever their order and deal.
  struct Tiles {
    PeCounts counts;
    base::Cycles group{0};    // array or vector unit, for one group
    Moves input;              // of one tile
    std::int64_t weight = 0;  // bytes of one tile's
    Moves store;              // of one group
  };
  PeCost(const arch::NpuSpec&, const ScheduleSpec&, const MachineRates&, const PeNeeds&, const models::Operator&);

  // Looks at no address and plans no fold: stores and cycles are the least possible.
  [[nodiscard]] Tiles least_tiles(const PeSizes&, const Moves& input, std::int64_t weight) const;
  [[nodiscard]] Moves least_input(const PeSizes& s) const { return {.bytes = needs_.least_input_bytes(s)}; }
  // What these lower bounds stand for.
  [[nodiscard]] Moves exact_input(const PeSizes&, std::int64_t bytes) const;
  [[nodiscard]] Moves exact_store(const PeSizes&) const;
  [[nodiscard]] base::Cycles group_cycles(const PeSizes&, const PeCounts&) const;
  // Grows with every part of `tiles`: of the least tiles it is a lower bound.
  [[nodiscard]] Estimate estimate(const PeSizes&, const Tiles&) const;
  // At most the estimate of any order and deal: loads nothing twice.
  [[nodiscard]] Estimate bound(const PeSizes&, const Tiles&) const;

 private:
  // What a deal of the groups leads to under the slot-reuse rule: how often input and weight tiles are loaded in all,
  // and the groups of the core that has most of them.
  struct Share {
    std::int64_t input, weight, groups;
  };
  // What the operator moves in all, in bytes and packets; `passed_on` by element-wise operators that inherit its
  // blocks.
  struct Traffic {
    std::int64_t input, weight, stored, passed_on = 0, packets = 0;
  };
  [[nodiscard]] Share share(const PeCounts&, bool m_inside_n, Deal) const;
  [[nodiscard]] Estimate estimate(const Tiles&, const Share&) const;
  [[nodiscard]] base::Cycles least_cycles(const PeSizes&, const PeCounts&) const;
  [[nodiscard]] base::Ps moving_time(const Tiles&, const Traffic&) const;

  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  const MachineRates& rates_;
  const PeNeeds& needs_;
  const models::Operator& op_;
  std::int64_t post_cycles_ = 0;  // per ceil(elements / lanes)
  base::Ps way_, overhead_;       // of a packet; of a tile, never hidden
};

}  // namespace tessera::scheduler
