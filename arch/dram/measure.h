// Runs a pattern or a list of requests on DRAM alone and sums up what came out.
#pragma once

#include <filesystem>
#include <optional>

#include "arch/dram/channel.h"
#include "arch/dram/patterns.h"
#include "arch/spec/npu_spec.h"
#include "base/dram_requests.h"

namespace tessera::arch {

struct DramMeasurement {
  base::Ps time{0};  // from the first burst accepted to the last answer
  // What the data buses moved. A read that was merged or forwarded moves nothing; a posted write that is still in its
  // buffer when the last answer is given has not moved.
  std::int64_t bytes = 0;
  std::int64_t reads = 0, writes = 0;                      // bursts
  std::int64_t requested_reads = 0, requested_writes = 0;  // bursts that were asked for
  base::Ps read_latency{0};  // sum over the requested reads, from acceptance (requests: arrival) to data
  ChannelStatistics statistics;

  [[nodiscard]] std::int64_t buffered_writes() const { return requested_writes - writes - statistics.replaced; }
};

// One line of a request file: `address R|W cycle`; the burst that holds the address.
struct TimedRequest {
  std::int64_t address = 0;
  bool write = false;
  DramCycle cycle = 0;
};
struct RequestList {
  std::optional<base::DramRequestsHead> head;  // none: bursts and cycles are the standard's
  std::vector<TimedRequest> requests;
};
// Addresses in decimal or 0x..., cycles in non-decreasing order; empty lines and what follows a '#' are skipped, the
// head apart (base/dram_requests.h).
[[nodiscard]] base::Result<RequestList> read_request_file(const std::filesystem::path& file);
// A list whose bursts are several of the standard's is replayed in these; one whose bursts are parts of the standard's
// cannot be.
[[nodiscard]] base::Diagnostics check_requests(const RequestList& list, const DramStandard& standard);

// The spec was checked (check_dram). The pattern runs in the closed loop in which DRAM models are compared.
[[nodiscard]] DramMeasurement measure_pattern(const DramSpec& spec, const AccessPattern& pattern);
// The list was checked. Its cycles keep their time on a standard with another clock.
[[nodiscard]] DramMeasurement measure_requests(const DramSpec& spec, const RequestList& list);

}  // namespace tessera::arch
