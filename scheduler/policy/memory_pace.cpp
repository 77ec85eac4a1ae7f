#include "scheduler/policy/memory_pace.h"

#include <algorithm>

namespace tessera::scheduler {

void MemoryPace::measure(const arch::NpuSpec& npu, const arch::MachineLimits& limits) {
  std::int64_t caps = 0;
  for (const auto& c : npu.dma.channels) {
    if (c.bytes_per_cycle == 0) caps = npu.interconnect.bytes_per_cycle;
    if (caps >= npu.interconnect.bytes_per_cycle) break;
    caps += c.bytes_per_cycle;
  }
  const std::int64_t bytes = std::max<std::int64_t>(1, std::min(caps, npu.interconnect.bytes_per_cycle));
  ps_per_kib_ = npu.interconnect_clock.duration(base::Cycles{base::ceil_div(1024, bytes)}).count();
  const std::int64_t peak = limits.dram.peak_bytes_per_second;
  if (peak > 0) ps_per_kib_ = std::max(ps_per_kib_, 1'000'000'000'000 / std::max<std::int64_t>(1, peak / 1024));
}

}  // namespace tessera::scheduler
