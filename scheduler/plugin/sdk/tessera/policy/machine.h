// The machine, what nothing can beat on it, and the schedule's part of a run, as a policy in a library sees them.
#pragma once

#include <tessera/base/byte_rate.h>
#include <tessera/base/clock.h>
#include <tessera/base/units.h>
#include <tessera_policy.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::arch {

struct DmaChannelSpec {
  base::ByteRate bytes_per_cycle;  // cap, in interconnect cycles; 0: none
  std::int64_t priority = 0, weight = 1;
  base::ByteRate least_cap, most_cap;
};

struct SramRegionSpec {
  base::Bytes capacity{0};
};

struct NpuSpec {
  base::Clock core_clock, interconnect_clock, dram_clock;
  std::int64_t cores = 1;
  struct {
    struct {
      std::int64_t rows = 1, columns = 1;
    } pe_array;
    struct {
      std::int64_t lanes = 1;
    } vector_unit;
    struct {
      SramRegionSpec input, weight, output;
    } sram;
    std::int64_t queue = 1;  // dispatched tiles that wait for one unit
  } core;
  struct {
    std::vector<DmaChannelSpec> channels;
    base::Bytes max_packet{0};
    std::int64_t outstanding = 1;
  } dma;
  struct {
    std::int64_t bytes_per_cycle = 1;
    base::Cycles latency{0};
    bool full_duplex = true;
  } interconnect;
  struct {
    base::Bytes capacity{0};
    bool policy_directed = false;  // Policy::keep is asked
  } shared_sram;
  struct {
    std::int64_t channels = 1;
    base::Bytes burst{0};
  } dram;
  struct {
    std::int64_t count = 1;
    base::Cycles dispatch_latency{0}, launch_latency{0};
  } scheduler;

  NpuSpec() = default;
  explicit NpuSpec(const tessera_machine& m)
      : core_clock(m.core_clock.period_num, m.core_clock.period_den),
        interconnect_clock(m.interconnect_clock.period_num, m.interconnect_clock.period_den),
        dram_clock(m.dram_clock.period_num, m.dram_clock.period_den), cores(m.cores) {
    core.pe_array = {m.rows, m.columns};
    core.vector_unit.lanes = m.vector_lanes;
    SramRegionSpec* regions[] = {&core.sram.input, &core.sram.weight, &core.sram.output};
    for (int r = 0; r < 3; ++r) regions[r]->capacity = base::Bytes{m.region_bytes[r]};
    core.queue = m.queue;
    for (std::uint64_t i = 0; i < m.channels.count; ++i) {
      const auto* c =
          reinterpret_cast<const tessera_channel*>(static_cast<const char*>(m.channels.data) + i * m.channels.stride);
      const bool exact = m.channels.stride >= offsetof(tessera_channel, thousandths_per_cycle) + sizeof(std::int64_t);
      dma.channels.push_back(
          {exact ? base::ByteRate::of_thousandths(c->thousandths_per_cycle) : base::ByteRate{c->bytes_per_cycle},
           c->priority,
           c->weight,
           {},
           {}});
      if (m.channels.stride <= offsetof(tessera_channel, most_cap)) continue;  // of an older Tessera
      dma.channels.back().least_cap = base::ByteRate::of_thousandths(c->least_cap);
      dma.channels.back().most_cap = base::ByteRate::of_thousandths(c->most_cap);
    }
    dma.max_packet = base::Bytes{m.packet_bytes};
    dma.outstanding = m.outstanding;
    interconnect = {m.interconnect_bytes_per_cycle, base::Cycles{m.interconnect_latency}, m.full_duplex != 0};
    shared_sram = {base::Bytes{m.shared_sram_bytes}, m.asks_keep != 0};
    dram = {m.dram_channels, base::Bytes{m.burst_bytes}};
    scheduler = {m.schedulers, base::Cycles{m.dispatch_latency}, base::Cycles{m.launch_latency}};
  }
};

// The rates to which a policy may hold a DMA channel.
struct CapRange {
  base::ByteRate least, most;
};
[[nodiscard]] inline CapRange cap_range(const NpuSpec& spec, std::uint32_t channel) {
  return {spec.dma.channels[channel].least_cap, spec.dma.channels[channel].most_cap};
}

// Rates in bytes per second.
struct MachineLimits {
  struct {
    std::int64_t peak_bytes_per_second = 0;
  } dram;
  std::int64_t nearest_rate = 0, shared_sram_rate = 0, interconnect_rate = 0;
  std::int64_t channels_rate = 0;  // 0: a channel has no cap
  std::int64_t filling_channels = 1;
  base::Ps hop{0}, read_latency{0}, write_latency{0};

  MachineLimits() = default;
  explicit MachineLimits(const tessera_machine& m)
      : dram{m.dram_peak}, nearest_rate(m.nearest_rate), shared_sram_rate(m.shared_sram_rate),
        interconnect_rate(m.interconnect_rate), channels_rate(m.channels_rate), filling_channels(m.filling_channels),
        hop(m.hop_ps), read_latency(m.read_latency_ps), write_latency(m.write_latency_ps) {}
};

}  // namespace tessera::arch

namespace tessera::scheduler {

enum class ChannelBinding : std::uint8_t { statically, dynamically, per_core };

struct ScheduleSpec {
  std::int64_t dma_split = 1;
  ChannelBinding binding = ChannelBinding::dynamically;
  std::int64_t static_channel[3] = {};

  ScheduleSpec() = default;
  explicit ScheduleSpec(const tessera_machine& m)
      : dma_split(m.dma_split), binding(m.static_binding == 0   ? ChannelBinding::dynamically
                                        : m.static_binding == 1 ? ChannelBinding::statically
                                                                : ChannelBinding::per_core),
        static_channel{m.static_channel[0], m.static_channel[1], m.static_channel[2]} {}
};

}  // namespace tessera::scheduler
