#include "scheduler/tiling/smaller_machines.h"

#include <cstddef>

namespace tessera::scheduler {

std::vector<SmallerMachine> smaller_machines(const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  std::vector<SmallerMachine> all;
  const auto with = [&](const auto& change) {
    all.push_back({npu, schedule});
    change(all.back());
  };
  const auto halved = [&](std::int64_t most, const auto& set) {
    if (most > 1) with([&](SmallerMachine& m) { set(m, most / 2); });
  };
  for (std::int64_t cores = npu.cores / 2; cores > 0; cores /= 2) with([&](auto& m) { m.npu.cores = cores; });
  constexpr arch::SramRegionSpec arch::SramSpec::*kRegions[] = {&arch::SramSpec::input, &arch::SramSpec::weight,
                                                                &arch::SramSpec::output};
  for (std::size_t i = 0; i < 3; ++i) {
    halved((npu.core.sram.*kRegions[i]).capacity.count(),
           [&](auto& m, std::int64_t half) { (m.npu.core.sram.*kRegions[i]).capacity = base::Bytes{half}; });
    halved(schedule.buffers[i], [&](auto& m, std::int64_t half) { m.schedule.buffers[i] = half; });
  }
  halved(static_cast<std::int64_t>(npu.dma.channels.size()),
         [](auto& m, std::int64_t half) { m.npu.dma.channels.resize(static_cast<std::size_t>(half)); });
  halved(npu.dma.outstanding, [](auto& m, std::int64_t half) { m.npu.dma.outstanding = half; });
  halved(npu.dram.channels, [](auto& m, std::int64_t half) { m.npu.dram.channels = half; });
  halved(npu.interconnect.bytes_per_cycle,
         [](auto& m, std::int64_t half) { m.npu.interconnect.bytes_per_cycle = half; });
  return all;
}

}  // namespace tessera::scheduler
