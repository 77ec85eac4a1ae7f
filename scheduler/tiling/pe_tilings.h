// The tilings of a single PE operator that are worth a trial in the engine.
//
// What the estimate finds best on a machine need not be best in a run, and a machine with more hardware must not do
// worse than one with less. So the candidates (pe_choice.h) of machines with less of one thing or of two are candidates
// here too: half of a region, fewer slots, a narrower way to the memory. All are rehearsed on the machine itself.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

using SlotCounts = std::array<std::int64_t, 3>;  // of the input, weight and output region

struct PeTiling {
  PeSizes sizes;
  SlotCounts slots{2, 2, 2};
  // By the rehearsal on the machine itself: until its end, and with a third of the time that its transfers take, for a
  // policy may find blocks in slots where the rehearsal loads them.
  base::Ps time{0}, price{0};
  std::int64_t tiles = 0;
  std::int64_t packets = 0;  // that the rehearsal moves
  [[nodiscard]] bool same_tiles(const PeTiling& o) const { return sizes == o.sizes && slots == o.slots; }
  // What differs in its loop order or its slots alone may be rehearsed to the picosecond alike; it hardly differs in
  // the engine.
  [[nodiscard]] bool same_rehearsal(const PeTiling& o) const { return time == o.time && tiles == o.tiles; }
};

// A rehearsal errs by hundredths, and by more where cores take tiles over: a tiling that takes longer than the fastest
// and costs more than the cheapest by more than this part is not worth a trial.
inline constexpr std::int64_t kRehearsalErrs = 16;

// The fastest and the cheapest, the second of each, and so on; of those that are rehearsed alike one. `slot_counts`:
// those that each region may have.
[[nodiscard]] std::vector<PeTiling> pe_tilings(const models::Network&, const arch::NpuSpec&, const arch::MachineLimits&,
                                               const ScheduleSpec&, std::int64_t requests, const models::Operator&,
                                               const std::array<std::vector<std::int64_t>, 3>& slot_counts);

}  // namespace tessera::scheduler
