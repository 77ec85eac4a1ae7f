// The cost of one PE operator that is cut into tiles of given sizes, estimated as if the operator had the machine for
// itself. Only the search for automatic sizes uses the estimate; no result of a run depends on its truth.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>

#include "arch/array/fold_plan.h"
#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

// Other operators want the memory too: so much of the time for which one occupies it counts besides.
inline constexpr std::int64_t kOthersWantMemory = 3;

class PeCost {
 public:
  struct Estimate {
    std::int64_t ps = 0;     // time
    std::int64_t bytes = 0;  // traffic, with operands that are loaded again
    std::int64_t tiles = 0;
    friend auto operator<=>(const Estimate&, const Estimate&) = default;  // time first
  };
  // One transfer: of an input tile, or of a group's output.
  struct Moves {
    std::int64_t bytes = 0, packets = 1;
    Crowding crowding = {};
  };
  // What tiles of given sizes need, in whatever order they run and however they are dealt to the cores.
  struct Tiles {
    PeCounts counts;
    base::Cycles group{0};    // one group's time on the array, or on the vector unit if that is longer
    Moves input;              // one tile's input
    std::int64_t weight = 0;  // bytes of one tile's weights
    Moves store;              // one group's output
  };
  // A machine of which not all is used.
  struct Part {
    std::int64_t cores = 1;
    std::array<std::int64_t, 3> slots{2, 2, 2};  // input, weight, output
  };
  PeCost(const arch::NpuSpec&, const arch::MachineLimits&, const PeNeeds&, const models::Operator&, const Part&);

  // Without looking at addresses or planning folds: bytes stored and cycles are the least possible.
  [[nodiscard]] Tiles least_tiles(const PeSizes&, const Moves& input, std::int64_t weight) const;
  [[nodiscard]] Moves least_input(const PeSizes& s) const { return {.bytes = needs_.least_input_bytes(s)}; }
  // The exact values whose lower bounds least_tiles() holds.
  [[nodiscard]] Moves exact_input(const PeSizes&, std::int64_t bytes) const;
  [[nodiscard]] Moves exact_store(const PeSizes&) const;
  [[nodiscard]] base::Cycles group_cycles(const PeSizes&, const PeCounts&) const;
  // The estimate grows with every part of `tiles`, so that the estimate of the least tiles is a lower bound.
  [[nodiscard]] Estimate estimate(const PeSizes&, const Tiles&) const;
  [[nodiscard]] Estimate estimate(const PeSizes&) const;  // of the exact tiles
  // No order and no deal has a lower estimate: the bound loads nothing twice.
  [[nodiscard]] Estimate bound(const PeSizes&, const Tiles&) const;

 private:
  // The outcome of dealing the groups to the cores: how many input and weight tiles are loaded in all, given that slots
  // are reused, and how many groups the busiest core has.
  struct Share {
    std::int64_t input, weight, groups;
  };
  // Everything that the operator moves, in bytes and in packets. `passed_on`: bytes that its heirs move, the
  // element-wise operators that inherit its blocks.
  struct Traffic {
    std::int64_t input, weight, stored, passed_on = 0, packets = 0;
  };
  [[nodiscard]] Share share(const PeSizes&, const PeCounts&) const;
  [[nodiscard]] Estimate estimate(const Tiles&, const Share&) const;
  [[nodiscard]] base::Cycles least_cycles(const PeSizes&, const PeCounts&) const;
  [[nodiscard]] base::Ps moving_time(const Tiles&, const Traffic&) const;

  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const PeNeeds& needs_;
  const models::Operator& op_;
  std::int64_t cores_;
  std::array<std::int64_t, 3> slot_count_;
  std::int64_t post_cycles_ = 0;  // of all post-operations, for one element on every lane
  base::Ps way_;                  // one packet to the memory and back
  base::Ps overhead_;             // the part of a tile's time that nothing hides
};

}  // namespace tessera::scheduler
