#include "sim/results/trace_head.h"

#include "base/version.h"

namespace tessera::sim {

trace::RunFacts run_facts(const PreparedRun& run, std::string_view score, bool own_memory) {
  const arch::NpuSpec& npu = run.spec.npu;
  const arch::MachineLimits& limits = run.limits;
  trace::RunFacts facts;
  facts.network = run.network.name;
  facts.npu = npu.name;
  facts.policy = run.spec.schedule.policy.name;
  facts.score = score;
  facts.decisions = run.spec.trace.decisions ? 1 : 0;
  facts.macs = run.graph.macs;
  facts.cores = npu.cores;
  facts.macs_per_1000_cycles = limits.macs_per_1000_cycles;
  facts.clock_num_ps = npu.core_clock.period_num();
  facts.clock_den = npu.core_clock.period_den();
  facts.dram_peak_bytes_per_second = own_memory ? 0 : limits.dram.peak_bytes_per_second;
  facts.dram_burst_bytes = npu.dram.burst.count();
  facts.channel_bytes_per_second = limits.channel_peak;
  facts.channel_lead_bytes = limits.channel_lead;
  facts.packet_bytes = limits.packet_bytes;
  facts.dma_bytes_per_second = limits.dma_peak;
  facts.shared_sram_bytes = npu.shared_sram.capacity.count();
  return facts;
}

trace::TraceHeader trace_head(const PreparedRun& run, const trace::RunFacts& facts, const trace::Lanes& lanes) {
  const arch::NpuSpec& npu = run.spec.npu;
  trace::TraceHeader head;
  head.writer = "tessera " + std::string(base::version());
  head.level = run.spec.trace.level;
  head.clocks = {{"core", npu.core_clock}, {"interconnect", npu.interconnect_clock}, {"dram", npu.dram_clock}};
  head.units = lanes.units();
  head.meta = trace::meta_of(facts, trace::FactPlace::head);
  return head;
}

}  // namespace tessera::sim
