// What a machine cannot beat, and what follows from its description: computed once for a run, then only read.
//
// The engine's floors, the automatic tile sizes, the lower bounds, the head of the trace and the summary all take their
// numbers from here, so that no two of them can disagree.
#pragma once

#include <cstdint>

#include "arch/dram/dram_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::arch {

// Rates are in bytes per second, rounded up, and latencies are rounded down: a bound is never too high, and no share of
// a peak exceeds 1.
struct MachineLimits {
  DramLimits dram;

  // Between a core and the memory level nearest to it: the shared SRAM where there is one, else the DRAM.
  base::Ps hop{0};                             // interconnect latency, one way
  base::Ps read_latency{0}, write_latency{0};  // least from a packet's arrival at the nearest level to its answer
  std::int64_t nearest_rate = 0;               // of the shared SRAM's port, or of all DRAM channels
  std::int64_t shared_sram_rate = 0;           // of its port; 0: there is none
  std::int64_t packet_rate = 0;                // at which the nearest level moves the bytes of one packet
  bool forwards = false;                       // a read may be answered from a write that waits in a DRAM's queue
  base::Clock interconnect_clock;              // one packet is granted per cycle
  std::int64_t interconnect_rate = 0;          // one direction
  bool full_duplex = true;                     // false: reads and writes share `interconnect_rate`
  std::int64_t channels_rate = 0;              // caps of all DMA channels together; 0: a channel has no cap
  std::int64_t dma_channels = 1;
  std::int64_t filling_channels = 1;  // DMA channels, from the first on, that together fill the path to the memory
  std::int64_t packet_bytes = 256;    // the largest packet
  std::int64_t burst_bytes = 64;      // the smallest: DRAM's native access
  std::int64_t outstanding = 64;      // packets on their way at one time

  // For the readers of a trace.
  // By which capped channels may be ahead of their caps between two of their packets (docs/semantics.md 8.9): one
  // cycle, where packets of whole bursts need not take whole cycles.
  base::Ps cap_carry{0};
  std::int64_t channel_peak = 0;          // of the widest DMA channel
  std::int64_t channel_lead = 0;          // bytes that it may send before its cap counts: one packet; 0: without a cap
  std::int64_t dma_peak = 0;              // of all DMA channels together: the interconnect's, both ways
  std::int64_t macs_per_1000_cycles = 0;  // of one core: its PEs, at the array's rate

  // Least time from a packet's grant to its answer, its data apart. `forwarded`: a read that a DRAM's write queue may
  // answer at once.
  [[nodiscard]] base::Ps packet_way(bool write, bool forwarded = false) const {
    return hop * 2 + (write ? write_latency : forwarded && forwards ? base::Ps{0} : read_latency);
  }
  // Least time from the queueing of a transfer to its last answer. Packets beyond `outstanding` go in further rounds,
  // and each whole further round costs at least one way to the memory and back.
  [[nodiscard]] base::Ps transfer_min(std::int64_t bytes, bool write, bool forwarded = false) const;
  // The same machine with a memory of the user's in place of its DRAM, of which nothing is known.
  [[nodiscard]] MachineLimits with_unknown_dram() const;
};

// Of a checked machine; `spec` has the highest MAC rate of the run's operators.
[[nodiscard]] MachineLimits machine_limits(const NpuSpec& spec);

// The time of `bytes` at a rate, in ps, rounded down; 0 where there is no limit.
[[nodiscard]] constexpr base::Ps time_at(std::int64_t bytes, std::int64_t bytes_per_second) {
  if (bytes_per_second <= 0) return base::Ps{0};
  return base::Ps{static_cast<std::int64_t>(static_cast<__int128>(bytes) * 1'000'000'000'000 / bytes_per_second)};
}

}  // namespace tessera::arch
