// The head of Tessera's list of DRAM requests, one line before the requests:
//
//   # tessera.dram_requests/1 burst_bytes=32 period_ps=1250/1
//
// It says what the list counts in: how many bytes each request moves, and the period of the clock whose cycles stand
// behind the addresses. `tessera convert --to dram` writes it and `tessera dram --requests` reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tessera::base {

struct DramRequestsHead {
  std::int64_t burst_bytes = 0;  // 1 to 1 MiB
  Clock clock;                   // a cycle of 1 ps to 1 s
};

// The line, with its end.
[[nodiscard]] std::string dram_requests_head(const DramRequestsHead&);
// Nothing if the line is no head; a problem without a place if it is one that cannot be read.
[[nodiscard]] Result<std::optional<DramRequestsHead>> parse_dram_requests_head(std::string_view line);

}  // namespace tessera::base
