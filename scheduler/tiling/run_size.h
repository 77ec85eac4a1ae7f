// What a run comes to before it is built, and the message where that is more than it may be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/spec/size_limits.h"

namespace tessera::scheduler {

// Tiles of a run, and blocks, whatever its limits: 32 bits name what is loaded, computed and stored for a tile, up to
// eight tasks with its prefetches.
constexpr std::int64_t kMostTilesOfRun = std::int64_t{1} << 29;

// No tiling of the network has fewer tiles, all requests together: a slot holds what it holds, and a rule's sizes are
// upper limits. In no time, whatever the network's size.
[[nodiscard]] RunSize least_size(const models::Network&, const arch::NpuSpec&, const ScheduleSpec&, const RequestSpec&);

// "2,384,000 tiles or more, some 3.1 GB of memory and 2.0 min".
[[nodiscard]] std::string size_text(const RunSize&);

// Why a run of this size is refused, with the key that allows it if one can; nothing where it is not.
[[nodiscard]] std::optional<std::string> over_limit(const RunSize&, const SizeLimits&);

}  // namespace tessera::scheduler
