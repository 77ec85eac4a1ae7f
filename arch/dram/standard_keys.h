// The keys of a DRAM standard's file, each declared once: the reader and the documentation go by these tables.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arch/dram/standard.h"
#include "base/config/parameter.h"
#include "base/config/values.h"

namespace tessera::arch {

inline constexpr base::Range kStandardPeriod{1, 1'000'000};  // ps
inline constexpr base::Range kStandardBurst{1, 4096};        // bytes
inline constexpr base::Range kStandardRow{1, std::int64_t{1} << 20};
inline constexpr std::int64_t kStandardMostRows = std::int64_t{1} << 24;
inline constexpr std::int64_t kStandardMostUnits = 4;  // ranks or pseudo-channels
inline constexpr std::array<std::string_view, 2> kControllerNames{"oldest_ready", "bank_queues"};

// A time, in cycles of the command clock. `otherwise` (or the value of the key `follows`) stands for a missing one.
struct DramTimingKey {
  std::string_view key;
  DramCycle DramTimings::*member;
  bool required;
  base::Range range;
  std::string_view text;
  DramCycle otherwise = 0;
  DramCycle DramTimings::*follows = nullptr;
};

[[nodiscard]] const std::vector<DramTimingKey>& dram_timing_keys();
// Every key of the file: unit, range, default, meaning.
[[nodiscard]] std::vector<base::ParameterInfo> dram_standard_keys();

}  // namespace tessera::arch
