// Runs a pattern or a list of requests on DRAM alone and sums up what came out.
#pragma once

#include <filesystem>

#include "arch/dram/channel.h"
#include "arch/dram/patterns.h"
#include "arch/spec/npu_spec.h"

namespace tessera::arch {

struct DramMeasurement {
  base::Ps time{0};  // from the first burst accepted to the last answer
  std::int64_t bytes = 0;
  std::int64_t reads = 0, writes = 0;  // bursts
  base::Ps read_latency{0};            // sum over the reads, from acceptance (requests: arrival) to data
  ChannelStatistics statistics;
};

// One line of a request file: `address R|W cycle`; the burst that holds the address, at a cycle of the DRAM clock.
struct TimedRequest {
  std::int64_t address = 0;
  bool write = false;
  DramCycle cycle = 0;
};
// Addresses in decimal or 0x..., cycles in non-decreasing order; empty lines and what follows a '#' are skipped.
[[nodiscard]] base::Result<std::vector<TimedRequest>> read_request_file(const std::filesystem::path& file);

// The spec was checked (check_dram). The pattern runs in the closed loop in which DRAM models are compared.
[[nodiscard]] DramMeasurement measure_pattern(const DramSpec& spec, const AccessPattern& pattern);
[[nodiscard]] DramMeasurement measure_requests(const DramSpec& spec, const std::vector<TimedRequest>& requests);

}  // namespace tessera::arch
