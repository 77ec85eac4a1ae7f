// The best that a machine's memory path can do: upper bounds of every rate, lower bounds of every latency. Lower
// bounds of a run and the sizes of automatic tiles are computed from these and from nothing else of the machine's.
#pragma once

#include <cstdint>

#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::scheduler {

// Rates in bytes per second; 0 = no limit.
struct MachineRates {
  base::Ps hop{0};                             // interconnect latency, one way
  base::Ps read_latency{0}, write_latency{0};  // least from a packet's arrival at the nearest level to its answer
  std::int64_t channels = 0;                   // DMA channels' caps together
  std::int64_t interconnect = 0;               // one direction
  bool full_duplex = true;                     // half: reads and writes share `interconnect`
  std::int64_t dram = 0;                       // peak of all channels, both directions together
  std::int64_t nearest = 0;  // peak of what answers the cores: DRAM, and the shared SRAM where there is one
  std::int64_t packet_bytes = 256;
  std::int64_t outstanding = 64;  // packets on their way

  // Least time from the queueing of a transfer to its last answer (docs/semantics.md 13.2). Each further round of
  // packets costs a whole way. bytes / (outstanding x packet / latency) would be too high for a transfer of one
  // round.
  [[nodiscard]] base::Ps transfer_min(std::int64_t bytes, bool write) const;
};

[[nodiscard]] MachineRates machine_rates(const arch::NpuSpec&);

// floor(bytes / rate) in ps; 0 where there is no limit.
[[nodiscard]] constexpr base::Ps time_at(std::int64_t bytes, std::int64_t bytes_per_second) {
  if (bytes_per_second <= 0) return base::Ps{0};
  return base::Ps{static_cast<std::int64_t>(static_cast<__int128>(bytes) * 1'000'000'000'000 / bytes_per_second)};
}

}  // namespace tessera::scheduler
