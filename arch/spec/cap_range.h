// To which rates a policy may hold a DMA channel (docs/semantics.md 7.28).
#pragma once

#include <algorithm>
#include <cstdint>

#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::arch {

inline constexpr ByteRate kHighestRate{std::int64_t{1} << 20};  // of one channel

// Cycles of the interconnect for which the largest packet may hold a channel.
inline constexpr std::int64_t kLongestPacket = 65'536;

// Of a checked machine: the most is what it lets the channel move, the least what sends a packet in that time.
struct CapRange {
  ByteRate least, most;
};
[[nodiscard]] inline CapRange cap_range(const NpuSpec& spec, std::uint32_t channel) {
  const ByteRate own = spec.dma.channels[channel].bytes_per_cycle;
  const ByteRate least = ByteRate::of_thousandths(base::ceil_div(spec.dma.max_packet.count() * 1000, kLongestPacket));
  if (own.none()) return {least, kHighestRate};
  return {std::min(least, own), own};
}

}  // namespace tessera::arch
