// All tiles of one request, and the number of slots that they are made for.
//
// A run says how many slots a region has at most. Small slots may cost more than they bring: narrow blocks make short
// packets and are loaded again more often. So tiles are drafted for fewer and larger slots too, down to one, and the
// draft whose operators take least time, added up, becomes the graph. The operators that take most time are looked at
// first: a draft is given up where those looked at so far are no cheaper.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"
#include "scheduler/tiling/build_tile_graph.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/pe_tilings.h"

namespace tessera::scheduler {

struct Draft {
  TileGraph graph;                          // of request 0, not linked; the slots are filled in
  base::Ps price{0};                        // of all operators; the array's: PeChoice::price()
  KnownSizes sizes;                         // of them
  base::Diagnostics problems;               // of all operators
  std::optional<std::string> refusal;       // more tiles than the limits allow
  std::int64_t request_bytes = 0, end = 0;  // AddressPlan
  [[nodiscard]] bool ok() const { return !refusal && problems.empty(); }
};

// The numbers of slots that are drafted where a run allows `most`: 1, 2, twice as many ..., `most`; of them those that
// the region's banks can be dealt to.
[[nodiscard]] std::vector<std::int64_t> drafted_slots(const arch::SramRegionSpec&, std::int64_t most);

// The cheapest draft. From two slots on, one region after the other gets more, or one alone, where that is worth it.
[[nodiscard]] Draft cheapest_draft(const models::Network&, const arch::NpuSpec&, const arch::MachineLimits&,
                                   const ScheduleSpec&, const RequestSpec&, const Building&);

// What the regions of a run's machine may have.
[[nodiscard]] std::array<std::vector<std::int64_t>, 3> slot_counts(const arch::NpuSpec&, const ScheduleSpec&);

// A single operator with another tiling.
[[nodiscard]] Draft draft_with(const PeTiling&, const Draft& than, const models::Network&, const arch::NpuSpec&,
                               const arch::MachineLimits&, const ScheduleSpec&, const RequestSpec&, const Building&);

}  // namespace tessera::scheduler
