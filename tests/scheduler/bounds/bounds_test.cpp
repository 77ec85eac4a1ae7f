// Bounds on graphs small enough to be computed by hand.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "scheduler/bounds/box_union.h"
#include "scheduler/bounds/lower_bound.h"
#include "tests/scheduler/tiling/small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using base::Ps;

TEST(BoxUnion, CountsEachElementOnce) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<models::Box> boxes;
    std::set<std::array<std::int64_t, 4>> elements;
    for (std::uint32_t i = 0; i < 1 + random() % 6; ++i) {
      models::Box b;
      for (std::size_t a = 0; a < 4; ++a) {
        b.begin[a] = static_cast<std::int64_t>(random() % 5);
        b.end[a] = b.begin[a] + 1 + static_cast<std::int64_t>(random() % 4);
      }
      boxes.push_back(b);
      for (auto n = b.begin[0]; n < b.end[0]; ++n)
        for (auto h = b.begin[1]; h < b.end[1]; ++h)
          for (auto w = b.begin[2]; w < b.end[2]; ++w)
            for (auto c = b.begin[3]; c < b.end[3]; ++c) elements.insert({n, h, w, c});
    }
    ASSERT_EQ(union_elements(boxes), static_cast<std::int64_t>(elements.size()));
  }
}

// One tile on one core: load, compute, store, nothing beside it.
TEST(LowerBound, OneTileIsItsOwnPath) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 4, 4, 64}), {.n = 8});
  const auto network = maker.take();
  auto npu = small_npu();
  npu.cores = 1;
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 4, .w = 4, .n = 8, .k = 64});
  const auto g = tiled(network, npu, schedule, {});
  ASSERT_TRUE(g.ok());
  ASSERT_EQ(g->tiles.size(), 1u);
  const LowerBound bound = lower_bound(*g, npu, arch::machine_limits(npu));
  const arch::MachineLimits r = arch::machine_limits(npu);
  const auto& work = g->works[0];
  const Ps decision{16'000};
  const Ps load = r.transfer_min(1024, false);     // 16 pixels of 64 bytes; the weights are 512
  const Ps store = r.transfer_min(16 * 64, true);  // pixels of 8 bytes at a pitch of 64 move whole bursts
  EXPECT_EQ(bound[BoundTerm::path], decision + load + npu.core_clock.duration(work.latency) + store);
  EXPECT_EQ(bound[BoundTerm::arrays], decision + load + npu.core_clock.duration(work.latency) + store);
  EXPECT_EQ(bound[BoundTerm::scheduler],
            decision + npu.core_clock.duration(std::min(work.occupancy, work.latency)) + store);
  EXPECT_EQ(bound.traffic.core_read, 1024 + 512);
  EXPECT_EQ(bound.traffic.core_write, 128) << "elements, not bursts";
  EXPECT_EQ(bound[BoundTerm::dram], arch::time_at(1024 + 512 + 128, 16'000'000'000));
  EXPECT_EQ(bound.binding(), BoundTerm::path);
  EXPECT_EQ(bound.cycles(npu.core_clock), bound.time().count() / 1000);
}

TEST(LowerBound, ChainAddsUpAndArrivalsDelayIt) {
  NetworkMaker maker;
  maker.conv(maker.conv(maker.input({1, 4, 4, 64}), {.n = 64}), {.n = 8});
  const auto network = maker.take();
  const auto npu = small_npu(8192);
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 4, .w = 4, .n = 64, .k = 64});
  const auto one = tiled(network, npu, schedule, {});
  const auto late = tiled(network, npu, schedule, {.count = 2, .interval = Ps{50'000'000}});
  ASSERT_TRUE(one.ok() && late.ok());
  ASSERT_EQ(one->tiles.size(), 2u);
  const arch::MachineLimits r = arch::machine_limits(npu);
  const auto tile = [&](std::int64_t weight, std::uint32_t work, std::int64_t stored) {
    return Ps{16'000} + std::max(r.transfer_min(1024, false), r.transfer_min(weight, false)) +
           npu.core_clock.duration(one->works[work].latency) + r.transfer_min(stored, true);
  };
  // The second tile's weights load long before it is ready; its input does not.
  const Ps expected = tile(4096, 0, 1024) + tile(0, 1, 1024);
  EXPECT_EQ(lower_bound(*one, npu, r)[BoundTerm::path], expected);
  // The constants of the second request are there when it arrives at the latest: its path starts with the input.
  EXPECT_EQ(lower_bound(*late, npu, r)[BoundTerm::path], Ps{50'000'000} + tile(0, 0, 1024) + tile(0, 1, 1024));
}

TEST(LowerBound, WorkIsSharedByTheCores) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 16, 16, 64}), {.n = 64, .kernel = 3, .pad = 1});
  const auto network = maker.take();
  auto npu = small_npu(8192);
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 2, .n = 8, .k = 32});
  const auto g = tiled(network, npu, schedule, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  std::int64_t busy = 0;
  for (const Tile& t : g->tiles) busy += g->works[t.work].occupancy.count();
  npu.cores = 1;
  const Ps one = lower_bound(*g, npu, arch::machine_limits(npu))[BoundTerm::arrays];
  npu.cores = 4;
  const Ps four = lower_bound(*g, npu, arch::machine_limits(npu))[BoundTerm::arrays];
  EXPECT_EQ(one - four, Ps{1000} * (busy - base::ceil_div(busy, 4)));
}

TEST(LowerBound, SharedSramTakesIntermediatesFromTheDram) {
  NetworkMaker maker;
  maker.conv(maker.conv(maker.input({1, 4, 4, 64}), {.n = 64}), {.n = 8});
  const auto network = maker.take();
  auto npu = small_npu(8192);
  const auto g = tiled(network, npu, {}, {});
  ASSERT_TRUE(g.ok());
  const Traffic without = compulsory_traffic(*g, 1, false), with = compulsory_traffic(*g, 1, true);
  EXPECT_EQ(without.dram_read - with.dram_read, 1024);
  EXPECT_EQ(without.dram_write - with.dram_write, 1024);
  EXPECT_EQ(with.dram_write, 128);
  EXPECT_EQ(without.core_read, with.core_read);
}

TEST(LowerBound, BoundWithMovedBytesChangesTheTrafficTermsAlone) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 64}), {.n = 8});
  const auto network = maker.take();
  const auto npu = small_npu(8192);
  const auto g = tiled(network, npu, {}, {});
  ASSERT_TRUE(g.ok());
  const LowerBound bound = lower_bound(*g, npu, arch::machine_limits(npu));
  const LowerBound moved =
      bound_with_traffic(bound, {1'000'000, 600'000, 1'000'000, 600'000}, arch::machine_limits(npu));
  EXPECT_EQ(moved[BoundTerm::path], bound[BoundTerm::path]);
  EXPECT_EQ(moved[BoundTerm::dram], Ps{100'000'000});
  EXPECT_EQ(moved[BoundTerm::interconnect], arch::time_at(1'000'000, 64'000'000'000)) << "full duplex: the busier way";
  EXPECT_EQ(moved.binding(), BoundTerm::dram);
}

TEST(NetworkBound, CountsOnlyWhatAStrideTouches) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 9, 9, 16}), {.n = 8, .kernel = 1, .stride = 2});
  const auto network = maker.take();
  const LowerBound bound = network_bound(network, small_npu(), arch::machine_limits(small_npu()), {});
  EXPECT_EQ(bound.traffic.core_read, 5 * 5 * 16 + 8 * 16);
  EXPECT_EQ(bound[BoundTerm::arrays], Ps{1000 * (5 * 5 * 16 * 8 / 128)});
}

}  // namespace
}  // namespace tessera::scheduler::tests
