// Drives channels as fast as they accept, and measures: how DRAM models are compared with each other.
//
// In every cycle the streams take turns to push one burst until all are refused, at most four per channel; a refused
// burst waits, and so does its stream. Then the cycle passes.
#pragma once

#include <memory>

#include "arch/dram/address_map.h"
#include "arch/dram/channel.h"
#include "arch/dram/patterns.h"

namespace tessera::arch {

struct LoopResult {
  DramCycle cycles = 0;  // from the first burst accepted to the last answer
  std::int64_t bursts = 0;
  std::int64_t reads = 0;
  DramCycle read_latency = 0;                      // sum, from acceptance to data
  std::int64_t moved_reads = 0, moved_writes = 0;  // data commands by the last answer; posted writes may follow
  ChannelStatistics statistics;                    // of all channels, to the end
};

using Channels = std::vector<std::unique_ptr<Channel>>;
[[nodiscard]] LoopResult run_closed_loop(const AccessPattern& pattern, const AddressMap& map, Channels& channels);

// Sum over the channels.
[[nodiscard]] ChannelStatistics total(const Channels& channels);

}  // namespace tessera::arch
