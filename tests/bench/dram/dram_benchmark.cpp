// Bursts per second of the bank-state DRAM alone: the closed loop on one channel, and packets through the Memory
// interface.
#include <benchmark/benchmark.h>

#include "arch/dram/bank_state_memory.h"
#include "arch/dram/closed_loop.h"
#include "arch/dram/make_channel.h"

namespace tessera::arch {
namespace {

void closed_loop(benchmark::State& state, const char* name, const char* pattern_name) {
  const auto standard = find_dram_standard(name).value();
  const auto pattern = make_access_pattern(pattern_name, standard, 1).value();
  const AddressMap map(standard, 1, standard.burst_bytes, BankMapping::bgi);
  std::int64_t bursts = 0, cycles = 0;
  for (auto _ : state) {
    Channels channels;
    channels.push_back(make_channel(standard, {}));
    const auto result = run_closed_loop(pattern, map, channels);
    bursts += result.bursts;
    cycles += result.cycles;
  }
  state.counters["bursts/s"] = benchmark::Counter(static_cast<double>(bursts), benchmark::Counter::kIsRate);
  state.counters["cycles/s"] = benchmark::Counter(static_cast<double>(cycles), benchmark::Counter::kIsRate);
}

// A DMA with `outstanding` packets of 256 B: tiles of 64 rows x 256 B at a pitch of 4 KiB, one in four written back.
void packets(benchmark::State& state, const char* name, std::int64_t channels) {
  DramSpec spec;
  spec.kind = DramSpec::Kind::bank_state;
  spec.bank_state.standard = name;
  spec.channels = channels;
  spec.burst = Bytes{find_dram_standard(name).value().burst_bytes};
  constexpr std::int64_t kPackets = 100'000, kOutstanding = 64;
  const auto clock = find_dram_standard(name).value().clock;
  std::int64_t bursts = 0, cycles = 0;
  for (auto _ : state) {
    BankStateMemory memory(spec);
    std::vector<MemoryAnswer> answers;
    base::Ps now{0};
    std::int64_t sent = 0, done = 0;
    while (done < kPackets) {
      for (; sent < kPackets && sent - done < kOutstanding; ++sent) {
        const std::int64_t tile = sent / 64, row = sent % 64;
        memory.submit({tile / 16 * (64 * 4096) + tile % 16 * 256 + row * 4096, 256, tile % 4 == 3,
                       static_cast<std::uint32_t>(sent), now});
      }
      now = memory.next();
      answers.clear();
      memory.advance(now, answers);
      done += static_cast<std::int64_t>(answers.size());
    }
    bursts += kPackets * 256 / spec.burst.count();
    cycles += clock.elapsed(now).count();
  }
  state.counters["bursts/s"] = benchmark::Counter(static_cast<double>(bursts), benchmark::Counter::kIsRate);
  state.counters["cycles/s"] = benchmark::Counter(static_cast<double>(cycles), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(closed_loop, ddr4_3200_sequential, "DDR4-3200", "seq16M")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, ddr4_3200_random, "DDR4-3200", "rand")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, ddr4_3200_copy, "DDR4-3200", "copy")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, lpddr5_6400_sequential, "LPDDR5-6400", "seq16M")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, lpddr5_6400_random, "LPDDR5-6400", "rand")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, hbm2_2000_sequential, "HBM2-2000", "seq16M")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, hbm2_2000_random, "HBM2-2000", "rand")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, lpddr4_3200_sequential, "LPDDR4-3200", "seq1M")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, lpddr4_3200_random, "LPDDR4-3200", "rand")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(closed_loop, lpddr4_3200_copy, "LPDDR4-3200", "copy")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(packets, ddr4_3200_x2, "DDR4-3200", 2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(packets, lpddr5_6400_x4, "LPDDR5-6400", 4)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(packets, lpddr4_3200_x4, "LPDDR4-3200", 4)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(packets, hbm2_2000_x8, "HBM2-2000", 8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tessera::arch
