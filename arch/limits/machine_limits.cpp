#include "arch/limits/machine_limits.h"

#include <algorithm>

namespace tessera::arch {

namespace {

// Bytes per second of a rate, rounded up: for bounds.
std::int64_t rate_of(ByteRate rate, const base::Clock& clock) {
  const auto scaled = static_cast<__int128>(rate.thousandths) * 1'000'000'000 * clock.period_den();
  return static_cast<std::int64_t>((scaled + clock.period_num() - 1) / clock.period_num());
}

std::int64_t channels_rate(const NpuSpec& spec) {
  ByteRate sum;
  for (const auto& channel : spec.dma.channels) {
    if (channel.bytes_per_cycle.none()) return 0;  // one without a cap: no limit together
    sum.thousandths += channel.bytes_per_cycle.thousandths;
  }
  return rate_of(sum, spec.interconnect_clock);
}

base::Ps cap_carry(const NpuSpec& spec) {
  for (const auto& channel : spec.dma.channels) {
    const ByteRate rate = channel.bytes_per_cycle;
    if (!rate.none() && spec.dram.burst.count() * 1000 % rate.thousandths != 0)
      return spec.interconnect_clock.duration(base::Cycles{1}) + base::Ps{1};
  }
  return base::Ps{0};
}

// A packet that crosses no multiple of the interleave lies in one channel; others share what their channels have.
std::int64_t packet_rate(const NpuSpec& spec, std::int64_t peak) {
  const std::int64_t packet = spec.dma.max_packet.count(), interleave = spec.dram.interleave.count();
  const std::int64_t most = interleave % packet == 0 ? 1 : packet / interleave + 2;
  return base::ceil_div(peak, spec.dram.channels) * std::min(most, spec.dram.channels);
}

// One channel moves data in one direction at a time: a packet that waits for its direction holds what is behind it.
std::int64_t filling_channels(const NpuSpec& spec, const MachineLimits& limits) {
  const std::int64_t one_way = limits.interconnect_rate;
  const std::int64_t ways = limits.full_duplex ? 2 * one_way : one_way;
  const std::int64_t path = limits.nearest_rate > 0 ? std::min(ways, limits.nearest_rate) : ways;
  std::int64_t sum = 0, count = 0;
  for (const auto& channel : spec.dma.channels) {
    const std::int64_t cap = rate_of(channel.bytes_per_cycle, spec.interconnect_clock);
    sum += cap == 0 ? one_way : std::min(cap, one_way);
    ++count;
    if (sum >= path) break;
  }
  return count;
}

// The memory level nearest to the cores. Every packet passes the port of a shared SRAM, and is answered its latency
// later at the earliest, hit or miss.
void add_nearest_level(const NpuSpec& spec, MachineLimits& limits) {
  const std::int64_t peak = limits.dram.peak_bytes_per_second;
  limits.read_latency = limits.dram.read_latency;
  limits.write_latency = limits.dram.write_latency;
  limits.nearest_rate = peak;
  limits.packet_rate = packet_rate(spec, peak);
  limits.forwards = spec.dram.kind == DramSpec::Kind::bank_state;
  if (spec.shared_sram.capacity.count() == 0) return;
  limits.read_latency = limits.write_latency = spec.interconnect_clock.duration(spec.shared_sram.latency);
  limits.shared_sram_rate = rate_of(spec.shared_sram.bytes_per_cycle, spec.interconnect_clock);
  limits.nearest_rate = limits.packet_rate = limits.shared_sram_rate;
  limits.forwards = false;
}

// Of the interconnect, both ways, unless every channel has a cap: then of the widest cap.
void add_peaks(const NpuSpec& spec, MachineLimits& limits) {
  limits.dma_peak = limits.interconnect_rate * (spec.interconnect.full_duplex ? 2 : 1);
  limits.channel_peak = limits.dma_peak;
  if (limits.channels_rate == 0) return;
  ByteRate widest;
  for (const auto& channel : spec.dma.channels) widest = std::max(widest, channel.bytes_per_cycle);
  const std::int64_t cap = rate_of(widest, spec.interconnect_clock);
  if (cap >= limits.dma_peak) return;
  limits.channel_peak = cap;
  limits.channel_lead = limits.packet_bytes;
}

}  // namespace

MachineLimits machine_limits(const NpuSpec& spec) {
  MachineLimits limits;
  limits.dram = dram_limits(spec.dram);
  limits.interconnect_clock = spec.interconnect_clock;
  limits.hop = spec.interconnect_clock.duration(spec.interconnect.latency);
  limits.interconnect_rate = rate_of(spec.interconnect.bytes_per_cycle, spec.interconnect_clock);
  limits.full_duplex = spec.interconnect.full_duplex;
  limits.channels_rate = channels_rate(spec);
  limits.cap_carry = cap_carry(spec);
  limits.dma_channels = static_cast<std::int64_t>(spec.dma.channels.size());
  limits.packet_bytes = spec.dma.max_packet.count();
  limits.burst_bytes = spec.dram.burst.count();
  limits.outstanding = spec.dma.outstanding;
  const PeArraySpec& array = spec.core.pe_array;
  limits.macs_per_1000_cycles = array.rows * array.columns * array.rate.thousandths;
  add_nearest_level(spec, limits);
  limits.filling_channels = filling_channels(spec, limits);
  add_peaks(spec, limits);
  return limits;
}

base::Ps MachineLimits::transfer_min(std::int64_t bytes, bool write, bool forwarded) const {
  const base::Ps way = packet_way(write, forwarded);
  base::Ps moving = time_at(bytes, interconnect_rate);
  if (!forwarded || !forwards) moving = std::max(moving, time_at(bytes, nearest_rate));
  // A cap spaces the issue of packets: the last one need not wait for its own share.
  moving = std::max(moving, time_at(std::max<std::int64_t>(0, bytes - packet_bytes), channels_rate));
  const std::int64_t rounds = base::ceil_div(std::max<std::int64_t>(bytes, 1), packet_bytes * outstanding);
  return way + std::max(moving, way * (rounds - 1));
}

MachineLimits MachineLimits::with_unknown_dram() const {
  MachineLimits limits = *this;
  limits.dram = {};
  if (shared_sram_rate > 0) return limits;
  limits.read_latency = limits.write_latency = base::Ps{0};
  limits.nearest_rate = limits.packet_rate = 0;
  return limits;
}

}  // namespace tessera::arch
