#include "scheduler/tiling/smaller_machines.h"

namespace tessera::scheduler {

std::vector<SmallerMachine> with_a_narrower_path(const SmallerMachine& whole) {
  std::vector<SmallerMachine> all;
  const auto halved = [&](std::int64_t most, const auto& set) {
    if (most < 2) return;
    all.push_back(whole);
    set(all.back().npu, most / 2);
  };
  const arch::NpuSpec& npu = whole.npu;
  halved(static_cast<std::int64_t>(npu.dma.channels.size()),
         [](auto& m, std::int64_t half) { m.dma.channels.resize(static_cast<std::size_t>(half)); });
  halved(npu.dma.outstanding, [](auto& m, std::int64_t half) { m.dma.outstanding = half; });
  halved(npu.dram.channels, [](auto& m, std::int64_t half) { m.dram.channels = half; });
  halved(npu.interconnect.bytes_per_cycle, [](auto& m, std::int64_t half) { m.interconnect.bytes_per_cycle = half; });
  return all;
}

SmallerMachine with_half_a_region(const SmallerMachine& whole, std::size_t region) {
  SmallerMachine half = whole;
  base::Bytes& capacity = (half.npu.core.sram.*kOperandRegions[region]).capacity;
  capacity = base::Bytes{capacity.count() / 2};
  return half;
}

}  // namespace tessera::scheduler
