// One operator alone, by hand. 1 GHz everywhere; a decision takes 16 ns, the way to the memory and back 120 ns.
#include "scheduler/tiling/rehearsal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/pe_choice.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using base::Ps;

Ps ns(std::int64_t n) { return Ps{1000 * n}; }

arch::NpuSpec machine(std::int64_t cores) {
  arch::NpuSpec npu;
  npu.core_clock = npu.interconnect_clock = base::Clock(1000, 1);
  npu.cores = cores;
  npu.dma.channels.resize(1);
  npu.dram.simple = {.bytes_per_second = 16'000'000'000, .latency = ns(100)};
  return npu;
}

// `count` groups of one tile, all of core 0, with inputs of their own and the same weights.
Rehearsed groups(std::uint32_t count) {
  Rehearsed r;
  r.moves = {{.dram = ns(100), .path = ns(50), .issue = ns(10)},
             {.dram = ns(200), .path = ns(60), .issue = ns(10)},
             {.dram = ns(40), .path = ns(20), .issue = ns(10), .write = true}};
  r.works = {{.occupancy = ns(400), .result = ns(420)}};
  r.blocks = {count, 1};
  for (std::uint32_t g = 0; g < count; ++g) {
    r.tiles.push_back({.block = {g, 0}, .load = {0, 1}, .work = 0, .store = 2});
    r.home.push_back(0);
  }
  return r;
}

std::optional<Ps> rehearse(const arch::NpuSpec& npu, const Rehearsed& script, Ps limit = base::kNever) {
  const ScheduleSpec schedule;
  return Rehearsal(npu, schedule, arch::machine_limits(npu)).makespan(script, limit);
}

// The decision ends at 16. The input is sent from then on and has passed the DRAM at 116, the weights at 316: they are
// there at 436. The result at 856 has passed the DRAM at 896 and is answered at 1016.
TEST(Rehearsal, OneTileByHand) {
  EXPECT_EQ(rehearse(machine(1), groups(1)), ns(1016));
  EXPECT_EQ(rehearse(machine(1), groups(1), ns(1016)), ns(1016));
  EXPECT_EQ(rehearse(machine(1), groups(1), ns(1016) - Ps{1}), std::nullopt) << "given up";
}

// The second tile finds the weights in their slot. Its input, sent after its decision at 32, has passed the DRAM at
// 416, long before the array is free at 836: result at 1256, answered at 1256 + 40 + 120.
TEST(Rehearsal, TheSecondTileReusesTheWeights) { EXPECT_EQ(rehearse(machine(1), groups(2)), ns(1416)); }

// A third input has to wait until the first slot is released at 836: sent at 852, there at 1072. The array is free at
// 1236. With one input slot the second is decided at 836: sent at 852, there at 1072, result at 1492.
TEST(Rehearsal, SlotsHoldBackWhatComesNext) {
  EXPECT_EQ(rehearse(machine(1), groups(3)), ns(1816));
  ScheduleSpec single;
  single.buffers = {1, 2, 2};
  const arch::NpuSpec npu = machine(1);
  EXPECT_EQ(Rehearsal(npu, single, arch::machine_limits(npu)).makespan(groups(2), base::kNever), ns(1652));
}

// One output slot: it is empty at 1016, when the store of the first group is answered. The second starts then.
TEST(Rehearsal, AnOutputSlotThatDrainsHoldsTheNextTile) {
  ScheduleSpec single;
  single.buffers = {2, 2, 1};
  const arch::NpuSpec npu = machine(1);
  EXPECT_EQ(Rehearsal(npu, single, arch::machine_limits(npu)).makespan(groups(2), base::kNever),
            ns(1016 + 420 + 40 + 120));
}

// The array takes all of its slot's 10 B a cycle. The second input, 500 B, is written from 436 to 536, all of it beside
// the first compute: on one bank it prolongs that by 50 ns, on one of two banks that four slots share by half of it.
TEST(Rehearsal, LoadsIntoSharedBanksProlongTheComputeBesideThem) {
  arch::NpuSpec npu = machine(1);
  npu.core.sram.input.banks = 2;
  npu.core.sram.input.ports = 1;
  npu.core.sram.input.bytes_per_cycle = base::Bytes{10};
  Rehearsed script = groups(2);
  script.moves[0].bytes = 500;
  script.works[0].reads = {4000, 0};
  const auto with_slots = [&](std::int64_t slots) {
    ScheduleSpec schedule;
    schedule.buffers[0] = slots;
    return Rehearsal(npu, schedule, arch::machine_limits(npu)).makespan(script, base::kNever);
  };
  EXPECT_EQ(with_slots(2), ns(1416)) << "each slot has a bank";
  EXPECT_EQ(with_slots(4), ns(1416 + 25));
  npu.core.sram.input.banks = 1;
  EXPECT_EQ(with_slots(2), ns(1416 + 50));
}

// Two inputs, the weights once, two stores; 800 ns of computing.
TEST(Rehearsal, LeastCountsEachBlockOnce) {
  const ScheduleSpec schedule;
  arch::NpuSpec npu = machine(1);
  const auto least = Rehearsal(npu, schedule, arch::machine_limits(npu)).least(groups(2));
  EXPECT_EQ(least.moving, ns(2 * 100 + 200 + 2 * 40));
  EXPECT_EQ(least.makespan, ns(800));
  npu.cores = 2;
  EXPECT_EQ(Rehearsal(npu, schedule, arch::machine_limits(npu)).least(groups(2)).makespan, ns(400));
}

// The post-operation starts with the last folds, 380 ns after the tile, and takes 100 ns.
TEST(Rehearsal, APostOperationDelaysTheStore) {
  Rehearsed script = groups(1);
  script.works[0].post_start = ns(380);
  script.works[0].post = ns(100);
  EXPECT_EQ(rehearse(machine(1), script), ns(1016 + 60));
}

// All on one of two channels: twice as long there.
TEST(Rehearsal, ATransferOnOneMemoryChannelIsSlower) {
  arch::NpuSpec npu = machine(1);
  npu.dram.channels = 2;
  Rehearsed script = groups(1);
  EXPECT_EQ(rehearse(npu, script), ns(1016));
  script.moves[1].uneven = {ns(400), ns(0)};
  EXPECT_EQ(rehearse(npu, script), ns(1216));
}

// 64 packets may be on their way, so 64 take at least 120 ns to be sent: the input's until 136, answered at 256; the
// weights' until 256, answered at 376.
TEST(Rehearsal, PacketsNeedAPlaceAmongTheOutstandingOnes) {
  Rehearsed script = groups(1);
  script.moves[0].packets = script.moves[1].packets = 64;
  script.moves[1].dram = ns(10);
  EXPECT_EQ(rehearse(machine(1), script), ns(376 + 420 + 40 + 120));
}

// What a machine of half the cores rehearses, the larger one rehearses too: same sizes, order and deal.
TEST(PeChoice, KnowsTheTilingsOfASmallerMachine) {
  int seen = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const models::Network network = random_network(random);
    arch::NpuSpec npu = random_npu(random);
    npu.cores = 4;
    const ScheduleSpec schedule;
    AddressPlan addresses(network, npu, 1);
    const auto limits = arch::machine_limits(npu);
    const auto slots = slot_bytes(npu, schedule);
    for (const auto& op : network.operators) {
      if (op.unit != models::Unit::pe) continue;
      const PeNeeds needs(network, npu, addresses, op);
      PeGrid grid = pe_grid(npu, op.pe, {}, addresses.burst() * 8 / addresses.bits(op.inputs[0]), Reach::folds);
      grid.orders = {"bgnm", "bgmn"};
      const auto all = PeChoice(npu, schedule, limits, needs, op).candidates(grid, slots);
      arch::NpuSpec half = npu;
      half.cores = 2;
      for (const PeSizes& small : PeChoice(half, schedule, limits, needs, op).candidates(grid, slots)) {
        const auto alike = [&](PeSizes s) {
          s.cores = small.cores;
          return s == small;
        };
        EXPECT_TRUE(std::ranges::any_of(all, alike)) << "seed " << seed << ", operator " << op.name;
        ++seen;
      }
    }
  }
  EXPECT_GE(seen, 50);
}

}  // namespace
}  // namespace tessera::scheduler::tests
