#include "sim/results/trace_head.h"

#include <algorithm>

#include "arch/dram/memory.h"
#include "base/version.h"

namespace tessera::sim {
namespace {

trace::ClockDomain domain(const char* name, const base::Clock& clock) {
  return {name, static_cast<std::uint64_t>(clock.period_num()), static_cast<std::uint64_t>(clock.period_den())};
}

std::int64_t per_second(std::int64_t bytes_per_cycle, const base::Clock& clock) {
  return static_cast<std::int64_t>(static_cast<double>(bytes_per_cycle) * clock.hz());
}

}  // namespace

trace::TraceHeader trace_head(const PreparedRun& run, const trace::Lanes& lanes) {
  const arch::NpuSpec& npu = run.spec.npu;
  trace::TraceHeader head;
  head.writer = "tessera " + std::string(base::version());
  head.level = run.spec.trace.level;
  head.clocks = {domain("core", npu.core_clock), domain("interconnect", npu.interconnect_clock),
                 domain("dram", npu.dram_clock)};
  head.units = trace::units_of(lanes);

  const std::int64_t dram = arch::memory_peak_bytes_per_second(npu.dram);
  const std::int64_t noc = per_second(npu.interconnect.bytes_per_cycle, npu.interconnect_clock);
  std::int64_t widest_channel = 0;
  for (const auto& channel : npu.dma.channels) {
    const std::int64_t cap =
        channel.bytes_per_cycle > 0 ? per_second(channel.bytes_per_cycle, npu.interconnect_clock) : noc;
    widest_channel = std::max(widest_channel, cap);
  }
  const auto put = [&head](const char* key, auto value) { head.meta[key] = std::to_string(value); };
  head.meta["network"] = run.network.name;
  head.meta["npu"] = npu.name;
  head.meta["policy"] = run.spec.schedule.policy.name;
  put("macs", run.graph.macs);
  put("cores", npu.cores);
  // MACs that a core can do in a cycle: its PEs, at the rate of the run's precision.
  put("pes", npu.core.pe_array.rows * npu.core.pe_array.columns * npu.core.pe_array.rate.thousandths / 1000);
  put("array_clock_num_ps", npu.core_clock.period_num());
  put("array_clock_den", npu.core_clock.period_den());
  put("dram_peak_bytes_per_second", dram);
  put("dram_burst_bytes", arch::memory_burst_bytes(npu.dram));
  put("channel_bytes_per_second", std::min(widest_channel, dram));
  put("dma_bytes_per_second", std::min(dram, noc * (npu.interconnect.full_duplex ? 2 : 1)));
  return head;
}

}  // namespace tessera::sim
