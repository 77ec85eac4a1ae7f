// What follows from a machine, by hand.
#include "arch/limits/machine_limits.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace tessera::arch {
namespace {

using base::Ps;

// 1 GHz, 64 B/cycle each way, 10 cycles a hop; two DMA channels; 100 ns and 2 x 8 GB/s of DRAM; 64 packets of 256 B.
NpuSpec machine() {
  NpuSpec npu;
  npu.core.pe_array.rows = 16;
  npu.core.pe_array.columns = 8;
  npu.dma.channels.resize(2);
  npu.dram.channels = 2;
  npu.dram.simple = {.bytes_per_second = 8'000'000'000, .latency = Ps{100'000}};
  return npu;
}

TEST(MachineLimits, OfTheSimpleMemory) {
  const MachineLimits limits = machine_limits(machine());
  EXPECT_EQ(limits.dram.peak_bytes_per_second, 16'000'000'000);
  EXPECT_EQ(limits.dram.read_latency, Ps{100'000});
  EXPECT_EQ(limits.dram.write_latency, Ps{100'000});
  EXPECT_EQ(limits.nearest_rate, 16'000'000'000);
  EXPECT_EQ(limits.hop, Ps{10'000});
  EXPECT_EQ(limits.interconnect_rate, 64'000'000'000);
  EXPECT_EQ(limits.dma_channels, 2);
}

// DDR4-3200: 64 B in 4 cycles of 1.6 GHz; reads 22 cycles after their command, writes 16.
TEST(MachineLimits, OfAStandard) {
  NpuSpec npu = machine();
  npu.dram.kind = DramSpec::Kind::bank_state;
  npu.dram.bank_state.standard = "DDR4-3200";
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.dram.peak_bytes_per_second, 2 * 25'600'000'000);
  EXPECT_EQ(limits.read_latency, Ps{22 * 625});
  EXPECT_EQ(limits.write_latency, Ps{16 * 625});
  npu.dram.bank_state.standard = "none such";
  EXPECT_THROW(static_cast<void>(machine_limits(npu)), std::invalid_argument);
}

// The memory moves 16 GB/s, each way of the interconnect 64.
TEST(MachineLimits, AsManyChannelsAsFillThePath) {
  NpuSpec npu = machine();
  npu.dma.channels.resize(8);
  EXPECT_EQ(machine_limits(npu).filling_channels, 1) << "no caps";
  for (auto& channel : npu.dma.channels) channel.bytes_per_cycle = 4;
  EXPECT_EQ(machine_limits(npu).filling_channels, 4);
  npu.dma.channels.resize(3);
  EXPECT_EQ(machine_limits(npu).filling_channels, 3) << "there are no more";
  npu.dma.channels.assign(8, {});
  npu.shared_sram.capacity = Bytes{1 << 20};
  npu.shared_sram.bytes_per_cycle = 256;
  EXPECT_EQ(machine_limits(npu).filling_channels, 2) << "one for each way";
  npu.interconnect.full_duplex = false;
  EXPECT_EQ(machine_limits(npu).filling_channels, 1);
}

TEST(MachineLimits, SharedSramAnswersInThePlaceOfTheDram) {
  NpuSpec npu = machine();
  npu.shared_sram.capacity = Bytes{1 << 20};
  npu.shared_sram.latency = Cycles{4};
  npu.shared_sram.bytes_per_cycle = 32;
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.read_latency, Ps{4'000});
  EXPECT_EQ(limits.write_latency, Ps{4'000});
  EXPECT_EQ(limits.nearest_rate, 16'000'000'000 + 32'000'000'000);
  EXPECT_EQ(limits.dram.read_latency, Ps{100'000}) << "the DRAM's own";
}

// 3 B/cycle at 0.7 GHz: 2.1 GB/s; a period of 10000/7 ps. At 0.9 GHz the period has no end in decimals either.
TEST(MachineLimits, CapsOfTheChannels) {
  NpuSpec npu = machine();
  npu.interconnect_clock = Clock::from_hz(700'000'000);
  npu.dma.channels[0].bytes_per_cycle = 3;
  EXPECT_EQ(machine_limits(npu).channels_rate, 0) << "a channel without a cap";
  npu.dma.channels[1].bytes_per_cycle = 1;
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.channels_rate, 2'800'000'000);
  EXPECT_EQ(limits.channel_peak, 2'100'000'000);
}

TEST(MachineLimits, PeaksForReadersEndAtTheDram) {
  NpuSpec npu = machine();
  EXPECT_EQ(machine_limits(npu).channel_peak, 16'000'000'000) << "a channel without a cap is as wide as the path";
  EXPECT_EQ(machine_limits(npu).dma_peak, 16'000'000'000);
  npu.interconnect.bytes_per_cycle = 6;
  EXPECT_EQ(machine_limits(npu).dma_peak, 12'000'000'000) << "both ways";
  npu.interconnect.full_duplex = false;
  EXPECT_EQ(machine_limits(npu).dma_peak, 6'000'000'000);
}

TEST(MachineLimits, MacsOfACoreAtTheRunsRate) {
  NpuSpec npu = machine();
  EXPECT_EQ(machine_limits(npu).macs_per_cycle, 128);
  npu.core.pe_array.rate.thousandths = 250;
  EXPECT_EQ(machine_limits(npu).macs_per_cycle, 32);
}

TEST(MachineLimits, TransferNeedsItsWayAndItsBytes) {
  const MachineLimits limits = machine_limits(machine());
  const Ps way{120'000};
  EXPECT_EQ(limits.transfer_min(0, false), way);
  EXPECT_EQ(limits.transfer_min(1600, false), way + Ps{100'000});  // 1600 B at 16 GB/s
}

TEST(MachineLimits, FurtherRoundsOfPacketsCostAWholeWay) {
  NpuSpec npu = machine();
  npu.dma.outstanding = 1;
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.transfer_min(256, false), Ps{120'000 + 16'000});
  EXPECT_EQ(limits.transfer_min(3 * 256, false), Ps{3 * 120'000}) << "one packet at a time";
}

}  // namespace
}  // namespace tessera::arch
