#include "scheduler/optimum/lone_transfers.h"

#include <algorithm>

#include "arch/engine/transfer_engine.h"

namespace tessera::scheduler {

using base::Ps;

namespace {

// On the channel that carries it fastest, from an edge of the interconnect's clock on.
Ps alone(const Block& block, bool write, const arch::NpuSpec& npu, const arch::MachineLimits& limits) {
  Ps least = base::kNever;
  for (std::size_t channel = 0; channel < npu.dma.channels.size(); ++channel) {
    arch::TransferEngine engine(npu, limits.dram, arch::make_memory(npu), nullptr);
    arch::TransferRequest request;
    request.write = write;
    request.channel = static_cast<std::uint16_t>(channel);
    request.where = block.where;
    request.bytes = block.bytes;
    engine.submit(Ps{0}, request);
    least = std::min(least, engine.run(base::kNever));
  }
  return least;
}

bool is_plain(const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  constexpr std::int64_t kSecond = 1'000'000'000'000;  // ps
  return npu.dram.kind == arch::DramSpec::Kind::simple && npu.shared_sram.capacity.count() == 0 &&
         schedule.dma_split == 1 && npu.interconnect_clock.period_den() == 1 &&
         npu.dram.burst.count() * kSecond % npu.dram.simple.bytes_per_second == 0;
}

}  // namespace

Durations lone_durations(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                         const ScheduleSpec& schedule) {
  if (!is_plain(npu, schedule)) return {graph, npu, limits};
  std::vector<Ps> load, store;
  for (const Block& block : graph.blocks) {
    load.push_back(std::max(limits.transfer_min(block.bytes, false), alone(block, false, npu, limits)));
    store.push_back(std::max(limits.transfer_min(block.bytes, true), alone(block, true, npu, limits)));
  }
  return {graph, npu, std::move(load), std::move(store)};
}

}  // namespace tessera::scheduler
