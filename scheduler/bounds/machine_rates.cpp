#include "scheduler/bounds/machine_rates.h"

#include <algorithm>

#include "arch/dram/memory.h"

namespace tessera::scheduler {

namespace {

// Bytes per second of `bytes_per_cycle`, rounded up: a rate here may be too high, never too low.
std::int64_t per_second(std::int64_t bytes_per_cycle, const base::Clock& clock) {
  const auto scaled = static_cast<__int128>(bytes_per_cycle) * 1'000'000'000'000 * clock.period_den();
  return static_cast<std::int64_t>((scaled + clock.period_num() - 1) / clock.period_num());
}

std::int64_t channel_rate(const arch::NpuSpec& npu) {
  std::int64_t sum = 0;
  for (const auto& channel : npu.dma.channels) {
    if (channel.bytes_per_cycle == 0) return 0;  // one without a cap: no limit together
    sum += channel.bytes_per_cycle;
  }
  return per_second(sum, npu.interconnect_clock);
}

}  // namespace

MachineRates machine_rates(const arch::NpuSpec& npu) {
  MachineRates r;
  const auto& noc = npu.interconnect;
  r.hop = npu.interconnect_clock.duration(noc.latency);
  r.read_latency = arch::memory_read_latency_min(npu.dram);
  r.write_latency = arch::memory_write_latency_min(npu.dram);
  r.channels = channel_rate(npu);
  r.interconnect = per_second(noc.bytes_per_cycle, npu.interconnect_clock);
  r.full_duplex = noc.full_duplex;
  r.dram = arch::memory_peak_bytes_per_second(npu.dram);
  r.nearest = r.dram;
  if (npu.shared_sram.capacity.count() > 0) {
    // A hit may answer from the shared SRAM, a miss from DRAM: the faster of the two, and both rates together.
    const auto hit = npu.interconnect_clock.duration(npu.shared_sram.latency);
    r.read_latency = std::min(r.read_latency, hit);
    r.write_latency = std::min(r.write_latency, hit);
    r.nearest = r.dram + per_second(npu.shared_sram.bytes_per_cycle, npu.interconnect_clock);
  }
  r.packet_bytes = npu.dma.max_packet.count();
  r.outstanding = npu.dma.outstanding;
  return r;
}

base::Ps MachineRates::transfer_min(std::int64_t bytes, bool write) const {
  const base::Ps way = hop * 2 + (write ? write_latency : read_latency);
  base::Ps moving = std::max(time_at(bytes, interconnect), time_at(bytes, nearest));
  // A cap spaces the issue of packets: the last one need not wait for its own share.
  moving = std::max(moving, time_at(std::max<std::int64_t>(0, bytes - packet_bytes), channels));
  // With all places among the outstanding packets taken, each further round costs a whole way.
  const std::int64_t rounds = base::ceil_div(std::max<std::int64_t>(bytes, 1), packet_bytes * outstanding);
  return way + std::max(moving, way * (rounds - 1));
}

}  // namespace tessera::scheduler
