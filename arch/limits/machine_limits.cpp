#include "arch/limits/machine_limits.h"

#include <algorithm>

namespace tessera::arch {

namespace {

// Bytes per second of `bytes_per_cycle`, rounded up: for bounds.
std::int64_t rate_of(std::int64_t bytes_per_cycle, const base::Clock& clock) {
  const auto scaled = static_cast<__int128>(bytes_per_cycle) * 1'000'000'000'000 * clock.period_den();
  return static_cast<std::int64_t>((scaled + clock.period_num() - 1) / clock.period_num());
}

// The same rounded down: for readers of a trace.
std::int64_t peak_of(std::int64_t bytes_per_cycle, const base::Clock& clock) {
  return static_cast<std::int64_t>(static_cast<double>(bytes_per_cycle) * clock.hz());
}

std::int64_t channels_rate(const NpuSpec& spec) {
  std::int64_t sum = 0;
  for (const auto& channel : spec.dma.channels) {
    if (channel.bytes_per_cycle == 0) return 0;  // one without a cap: no limit together
    sum += channel.bytes_per_cycle;
  }
  return rate_of(sum, spec.interconnect_clock);
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

// The memory level nearest to the cores.
void add_nearest_level(const NpuSpec& spec, MachineLimits& limits) {
  limits.read_latency = limits.dram.read_latency;
  limits.write_latency = limits.dram.write_latency;
  limits.nearest_rate = limits.dram.peak_bytes_per_second;
  if (spec.shared_sram.capacity.count() == 0) return;
  // A hit is answered by the shared SRAM, a miss by the DRAM: the faster of the two, and both rates together.
  const auto hit = spec.interconnect_clock.duration(spec.shared_sram.latency);
  limits.read_latency = std::min(limits.read_latency, hit);
  limits.write_latency = std::min(limits.write_latency, hit);
  limits.nearest_rate += rate_of(spec.shared_sram.bytes_per_cycle, spec.interconnect_clock);
}

void add_peaks(const NpuSpec& spec, MachineLimits& limits) {
  const std::int64_t dram = limits.dram.peak_bytes_per_second;
  const std::int64_t one_way = peak_of(spec.interconnect.bytes_per_cycle, spec.interconnect_clock);
  std::int64_t widest = 0;
  for (const auto& channel : spec.dma.channels) {
    const bool capped = channel.bytes_per_cycle > 0;
    widest = std::max(widest, capped ? peak_of(channel.bytes_per_cycle, spec.interconnect_clock) : one_way);
  }
  limits.channel_peak = std::min(widest, dram);
  limits.dma_peak = std::min(dram, one_way * (spec.interconnect.full_duplex ? 2 : 1));
}

}  // namespace

MachineLimits machine_limits(const NpuSpec& spec) {
  MachineLimits limits;
  limits.dram = dram_limits(spec.dram);
  limits.hop = spec.interconnect_clock.duration(spec.interconnect.latency);
  limits.interconnect_rate = rate_of(spec.interconnect.bytes_per_cycle, spec.interconnect_clock);
  limits.full_duplex = spec.interconnect.full_duplex;
  limits.channels_rate = channels_rate(spec);
  limits.dma_channels = static_cast<std::int64_t>(spec.dma.channels.size());
  limits.packet_bytes = spec.dma.max_packet.count();
  limits.outstanding = spec.dma.outstanding;
  const PeArraySpec& array = spec.core.pe_array;
  limits.macs_per_cycle = array.rows * array.columns * array.rate.thousandths / 1000;
  add_nearest_level(spec, limits);
  limits.filling_channels = filling_channels(spec, limits);
  add_peaks(spec, limits);
  return limits;
}

base::Ps MachineLimits::transfer_min(std::int64_t bytes, bool write) const {
  const base::Ps way = hop * 2 + (write ? write_latency : read_latency);
  base::Ps moving = std::max(time_at(bytes, interconnect_rate), time_at(bytes, nearest_rate));
  // A cap spaces the issue of packets: the last one need not wait for its own share.
  moving = std::max(moving, time_at(std::max<std::int64_t>(0, bytes - packet_bytes), channels_rate));
  const std::int64_t rounds = base::ceil_div(std::max<std::int64_t>(bytes, 1), packet_bytes * outstanding);
  return way + std::max(moving, way * (rounds - 1));
}

}  // namespace tessera::arch
