// The search for automatic sizes skips what a lower bound excludes: it must never be above what it stands for.
#include "scheduler/tiling/pe_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

PeSizes random_sizes(std::mt19937& random, const models::PeGeometry& p) {
  const auto part = [&](std::int64_t extent) { return 1 + static_cast<std::int64_t>(random()) % extent; };
  PeSizes s{.m = part(p.out_h), .w = part(p.out_w), .n = p.n, .g = 1, .k = p.channels};
  if (p.groups == 1) s.n = part(p.n), s.k = part(p.channels);
  else s.g = part(p.groups);
  s.whole_input = random() % 4 == 0;
  return s;
}

void check_bounds(const PeCost& cost, const PeNeeds& needs, PeSizes s) {
  const std::int64_t input = needs.input_bytes(s), weight = needs.weight_bytes(s);
  PeCost::Tiles least = cost.least_tiles(s, cost.least_input(s), weight), exact = least;
  exact.group = cost.group_cycles(s, least.counts);
  exact.input = cost.exact_input(s, input);
  exact.store = cost.exact_store(s);
  EXPECT_LE(least.group, exact.group);
  EXPECT_LE(least.input.bytes, exact.input.bytes);
  EXPECT_LE(least.input.packets, exact.input.packets);
  EXPECT_LE(least.store.bytes, exact.store.bytes);
  EXPECT_LE(least.store.packets, exact.store.packets);
  EXPECT_GE(exact.input.crowding.of(1000), 1000);
  EXPECT_GE(exact.store.crowding.of(1000), 1000);
  for (const char* order : {"bgnm", "bgmn"})
    for (const Deal deal : {Deal::chunks, Deal::columns}) {
      s.order = order;
      s.deal = deal;
      EXPECT_LE(cost.bound(s, least), cost.estimate(s, least));
      EXPECT_LE(cost.bound(s, exact), cost.estimate(s, exact));
      EXPECT_LE(cost.estimate(s, least), cost.estimate(s, exact));
    }
}

// Calls `check` with the cost and the needs of every PE operator of 300 random networks, on random machines that
// `change` may alter first.
template <class Change, class Check>
void on_random_operators(const Change& change, const Check& check) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const models::Network network = random_network(random);
    arch::NpuSpec npu = random_npu(random);
    change(npu, random);
    const ScheduleSpec schedule = random_schedule(random);
    AddressPlan addresses(network, npu, 1);
    const arch::MachineLimits limits = arch::machine_limits(npu);
    for (const auto& op : network.operators) {
      if (op.unit != models::Unit::pe) continue;
      SCOPED_TRACE("seed " + std::to_string(seed) + ", operator " + op.name);
      const PeNeeds needs(network, npu, addresses, op);
      check(PeCost(npu, limits, needs, op, {npu.cores, schedule.buffers}), needs, op, random);
    }
  }
}

TEST(PeCost, BoundsAreNeverAboveTheEstimate) {
  on_random_operators(
      [](arch::NpuSpec& npu, std::mt19937& random) {
        npu.dram.channels = 1 + random() % 8;
        npu.core.pe_array.rate.thousandths = 250 * (1 + random() % 12);
      },
      [](const PeCost& cost, const PeNeeds& needs, const models::Operator& op, std::mt19937& random) {
        for (int i = 0; i < 20; ++i) check_bounds(cost, needs, random_sizes(random, op.pe));
      });
}

// Times the channels, a petabyte no longer fits 64 bits.
void check_large_traffic(const Crowding& crowding) {
  std::int64_t before = 0;
  for (std::int64_t bytes = 1; bytes < std::int64_t{1} << 55; bytes *= 2) {
    const std::int64_t crowded = crowding.of(bytes);
    ASSERT_GE(crowded, std::max(bytes, before));
    ASSERT_LE(crowded, 128 * bytes);
    before = crowded;
  }
}

// Rounds of 16 KiB to 2 GiB over the channels.
TEST(PeCost, ManyChannelsAndLongInterleaves) {
  on_random_operators(
      [](arch::NpuSpec& npu, std::mt19937& random) {
        npu.dram.channels = 64 + random() % 65;
        npu.dram.interleave = base::Bytes{std::int64_t{256} << random() % 17};
      },
      [](const PeCost& cost, const PeNeeds& needs, const models::Operator& op, std::mt19937& random) {
        for (int i = 0; i < 5; ++i) {
          const PeSizes s = random_sizes(random, op.pe);
          check_bounds(cost, needs, s);
          check_large_traffic(needs.crowded_inputs(s, 1));
          check_large_traffic(needs.crowded_stores(s));
        }
      });
}

// Pixels of 2048 bytes, of which a tile reads half.
TEST(PeCost, CrowdingOfAFullChannelAndOfALongRound) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 2048}), {.n = 16});
  const models::Network network = maker.take();
  const PeSizes half{.m = 8, .w = 8, .n = 16, .k = 1024};
  arch::NpuSpec npu = small_npu();
  npu.dram.channels = 128;
  npu.dram.interleave = base::Bytes{16};
  npu.dram.burst = base::Bytes{16};
  AddressPlan addresses(network, npu, 1);
  const PeNeeds needs(network, npu, addresses, network.operators[0]);
  constexpr std::int64_t kMuch = std::int64_t{1} << 50;
  EXPECT_EQ(needs.crowded_inputs(half, 1).of(kMuch), 2 * kMuch) << "a pixel is a round: half of the channels are idle";
  npu.dram.interleave = base::Bytes{1 << 24};
  EXPECT_EQ(needs.crowded_inputs(half, 1).of(kMuch), kMuch) << "a million pixels are a round";
}

// A thousand times the MACs of a tile no longer fit 64 bits.
TEST(PeCost, BoundOfHugeTilesIsNotNegative) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 1 << 16, 1 << 16, 1 << 12}), {.n = 1 << 12});
  const models::Network network = maker.take();
  const arch::NpuSpec npu = small_npu();
  const arch::MachineLimits limits = arch::machine_limits(npu);
  AddressPlan addresses(network, npu, 1);
  const PeNeeds needs(network, npu, addresses, network.operators[0]);
  const PeCost cost(npu, limits, needs, network.operators[0], {npu.cores, {2, 2, 2}});
  const PeSizes all{.m = 1 << 16, .w = 1 << 16, .n = 1 << 12, .k = 1 << 12};
  EXPECT_EQ(cost.least_tiles(all, cost.least_input(all), 1).group, base::Cycles{std::int64_t{1} << 50});
}

}  // namespace
}  // namespace tessera::scheduler::tests
