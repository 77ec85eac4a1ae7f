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

// Why no tile of `op` under `rule` fits: operand, its bytes, the slot's bytes, and a size that would fit.
[[nodiscard]] base::Diagnostics pe_misfit(const PeNeeds&, const models::Operator&, const TileRule& rule,
                                          const std::array<std::int64_t, 3>& slots);

// "operator X: its output tile needs N bytes, an output slot holds M"
[[nodiscard]] std::string misfit_text(const std::string& op, int operand, std::int64_t bytes, std::int64_t slot);

}  // namespace tessera::scheduler
