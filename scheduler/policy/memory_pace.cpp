#include "scheduler/policy/memory_pace.h"

#include <algorithm>

namespace tessera::scheduler {

void MemoryPace::measure(const arch::NpuSpec& npu, const arch::MachineLimits& limits) {
  const base::ByteRate width = npu.interconnect.bytes_per_cycle;
  base::ByteRate caps;
  for (const auto& c : npu.dma.channels) {
    if (c.bytes_per_cycle.none()) caps = width;
    if (caps >= width) break;
    caps.thousandths += c.bytes_per_cycle.thousandths;
  }
  const base::ByteRate rate = std::max(base::ByteRate::of_thousandths(1), std::min(caps, width));
  ps_per_kib_ = npu.interconnect_clock.duration(base::Cycles{rate.cycles(1024)}).count();
  const std::int64_t peak = limits.dram.peak_bytes_per_second;
  if (peak > 0) ps_per_kib_ = std::max(ps_per_kib_, 1'000'000'000'000 / std::max<std::int64_t>(1, peak / 1024));
}

}  // namespace tessera::scheduler
