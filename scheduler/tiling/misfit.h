// The slots of a machine under a schedule, and the message for a tile that fits none of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

// Bytes of one slot of the input, weight and output region: floor(capacity / buffers).
[[nodiscard]] std::array<std::int64_t, 3> slot_bytes(const arch::NpuSpec&, const ScheduleSpec&);

// Why no tile of `op` under `rule` fits, as misfit_text(), and a size of the rule that would fit.
[[nodiscard]] base::Diagnostics pe_misfit(const PeNeeds&, const models::Operator&, const TileRule& rule,
                                          const arch::NpuSpec&, const ScheduleSpec&);

// The smallest tile of an operator needs that many bytes of the input, weight and output slot: each that a slot does
// not hold, and for each the capacity or the number of slots (where the region holds the bytes at all) that would do.
[[nodiscard]] std::string misfit_text(const std::string& op, const std::array<std::int64_t, 3>& needed,
                                      const arch::NpuSpec&, const ScheduleSpec&);

}  // namespace tessera::scheduler
