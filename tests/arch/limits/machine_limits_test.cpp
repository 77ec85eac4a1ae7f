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
  EXPECT_EQ(limits.nearest_rate, 32'000'000'000) << "every packet passes the port";
  EXPECT_EQ(limits.shared_sram_rate, 32'000'000'000);
  EXPECT_EQ(limits.packet_rate, 32'000'000'000);
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
  EXPECT_EQ(limits.channel_lead, 256) << "a cap spaces packets: the last one need not wait for it";
  npu.dma.channels[0].bytes_per_cycle = ByteRate::of_thousandths(2'600);
  EXPECT_EQ(machine_limits(npu).channels_rate, 2'520'000'000) << "3.6 B/cycle";
  npu.dma.channels[0].bytes_per_cycle = 1000;
  EXPECT_EQ(machine_limits(npu).channel_peak, machine_limits(npu).dma_peak) << "a cap above the path caps nothing";
  EXPECT_EQ(machine_limits(npu).channel_lead, 0);
}

// Packets of whole bursts take whole cycles at 4 and at 0.5 B/cycle, and parts of cycles at 13.6.
TEST(MachineLimits, FractionsOfCyclesLetACapBeAheadByOneCycle) {
  NpuSpec npu = machine();
  for (const auto& [thousandths, carry] : {std::pair{4'000, 0}, {500, 0}, {13'600, 1'001}}) {
    npu.dma.channels[0].bytes_per_cycle = ByteRate::of_thousandths(thousandths);
    EXPECT_EQ(machine_limits(npu).cap_carry, Ps{carry}) << thousandths;
  }
}

// The memory's own peak is no limit of the DMA: a shared SRAM, merged reads and write queues answer without it.
TEST(MachineLimits, PeaksOfTheDmaAreTheInterconnects) {
  NpuSpec npu = machine();
  EXPECT_EQ(machine_limits(npu).channel_peak, 128'000'000'000) << "a channel without a cap is as wide as the path";
  EXPECT_EQ(machine_limits(npu).channel_lead, 0);
  EXPECT_EQ(machine_limits(npu).dma_peak, 128'000'000'000);
  npu.interconnect.bytes_per_cycle = 6;
  EXPECT_EQ(machine_limits(npu).dma_peak, 12'000'000'000) << "both ways";
  npu.interconnect.full_duplex = false;
  EXPECT_EQ(machine_limits(npu).dma_peak, 6'000'000'000);
}

TEST(MachineLimits, MacsOfACoreAtTheRunsRate) {
  NpuSpec npu = machine();
  EXPECT_EQ(machine_limits(npu).macs_per_1000_cycles, 128'000);
  npu.core.pe_array.rate.thousandths = 250;
  EXPECT_EQ(machine_limits(npu).macs_per_1000_cycles, 32'000);
  npu.core.pe_array.rows = npu.core.pe_array.columns = 1;
  EXPECT_EQ(machine_limits(npu).macs_per_1000_cycles, 250) << "a quarter of a MAC is not none";
}

TEST(MachineLimits, TransferNeedsItsWayAndItsBytes) {
  const MachineLimits limits = machine_limits(machine());
  const Ps way{120'000};
  EXPECT_EQ(limits.transfer_min(0, false), way);
  EXPECT_EQ(limits.transfer_min(1600, false), way + Ps{100'000});  // 1600 B at 16 GB/s
}

// Both channels together space packets of 256 B at 8 GB/s; the last one does not wait for its own share.
TEST(MachineLimits, ACapSpacesAllPacketsButTheLast) {
  NpuSpec npu = machine();
  for (auto& channel : npu.dma.channels) channel.bytes_per_cycle = 4;
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.transfer_min(256, false), Ps{120'000 + 16'000});
  EXPECT_EQ(limits.transfer_min(8'256, false), Ps{120'000 + 1'000'000});
}

TEST(MachineLimits, FurtherRoundsOfPacketsCostAWholeWay) {
  NpuSpec npu = machine();
  npu.dma.outstanding = 1;
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.transfer_min(256, false), Ps{120'000 + 16'000});
  EXPECT_EQ(limits.transfer_min(3 * 256, false), Ps{3 * 120'000}) << "one packet at a time";
}

// Two channels of 8 GB/s. A packet of 256 B in blocks of 256 B lies in one channel; in blocks of 64 B it covers both.
TEST(MachineLimits, OnePacketMovesAtTheRateOfTheChannelsThatItCovers) {
  NpuSpec npu = machine();
  EXPECT_EQ(machine_limits(npu).packet_rate, 8'000'000'000);
  npu.dram.interleave = Bytes{64};
  EXPECT_EQ(machine_limits(npu).packet_rate, 16'000'000'000);
  npu.dram.interleave = Bytes{384};
  EXPECT_EQ(machine_limits(npu).packet_rate, 16'000'000'000) << "a packet may lie across a block's end";
  npu.dram.channels = 8;
  EXPECT_EQ(machine_limits(npu).packet_rate, 16'000'000'000);
}

TEST(MachineLimits, AReadThatAWriteQueueAnswersNeedsNeitherLatencyNorData) {
  NpuSpec npu = machine();
  EXPECT_EQ(machine_limits(npu).transfer_min(1600, false, true), Ps{120'000 + 100'000}) << "simple has no queue";
  npu.dram.kind = DramSpec::Kind::bank_state;
  npu.dram.bank_state.standard = "DDR4-3200";
  const MachineLimits limits = machine_limits(npu);
  EXPECT_EQ(limits.transfer_min(1600, false, true), Ps{20'000 + 25'000}) << "two hops and 1600 B at 64 GB/s";
  EXPECT_EQ(limits.transfer_min(1600, false, false), Ps{20'000 + 22 * 625 + 31'250}) << "1600 B at 51.2 GB/s";
  npu.shared_sram.capacity = Bytes{1 << 20};
  EXPECT_FALSE(machine_limits(npu).forwards) << "every packet passes the shared SRAM";
}

TEST(MachineLimits, OfAUsersOwnMemoryNothingIsKnown) {
  const MachineLimits limits = machine_limits(machine()).with_unknown_dram();
  EXPECT_EQ(limits.transfer_min(6400, false), Ps{20'000 + 100'000}) << "hops and the interconnect alone";
  EXPECT_EQ(limits.dram.peak_bytes_per_second, 0);
}

}  // namespace
}  // namespace tessera::arch
