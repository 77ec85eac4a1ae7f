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
  // The input is 1 KiB and the weights 512 B, in packets of 256 B; the output's bursts are 1 KiB.
  EXPECT_EQ(bound.traffic.packets_read, 4 + 2);
  EXPECT_EQ(bound.traffic.packets_write, 4);
  EXPECT_EQ(bound[BoundTerm::grants], Ps{9 * 1000} + r.packet_way(true)) << "ten packets, and the last one's way";
  EXPECT_EQ(bound[BoundTerm::credits], Ps{(10 * 120'000 + arch::time_at(1664, r.interconnect_rate).count() +
                                           arch::time_at(1664, r.packet_rate).count()) /
                                          r.outstanding});
  EXPECT_EQ(bound[BoundTerm::shared_sram], Ps{0});
  EXPECT_EQ(bound.binding(), BoundTerm::path);
  EXPECT_EQ(bound.cycles(npu.core_clock), bound.time().count() / 1000);
}

// The last result passes the vector unit's pipeline, which is longer than what the post has to work.
TEST(LowerBound, APostEndsBehindTheLastResult) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 4, 4, 64}), {.n = 8, .bias = true});
  const auto network = maker.take();
  auto npu = small_npu();
  npu.cores = 1;
  npu.core.vector_unit.pipeline_latency = base::Cycles{5000};
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 4, .w = 4, .n = 8, .k = 64});
  const auto g = tiled(network, npu, schedule, {});
  ASSERT_TRUE(g.ok());
  ASSERT_EQ(g->tiles.size(), 1u);
  const Tile& t = g->tiles[0];
  ASSERT_GT(t.vector_cycles, base::Cycles{0});
  const arch::MachineLimits r = arch::machine_limits(npu);
  const auto bytes = [&](BlockId b) { return g->blocks[b].bytes; };
  EXPECT_EQ(lower_bound(*g, npu, r)[BoundTerm::path],
            Ps{16'000} + std::max(r.transfer_min(bytes(t.input), false), r.transfer_min(bytes(t.weight), false)) +
                npu.core_clock.duration(g->works[0].latency) + Ps{5'000'000} +
                r.transfer_min(bytes(g->groups[0].output), true));
}

// Two operators, each launched by both requests: four times 1000 cycles of the one scheduler.
TEST(LowerBound, EveryRequestLaunchesItsOperators) {
  NetworkMaker maker;
  maker.conv(maker.conv(maker.input({1, 4, 4, 64}), {.n = 64}), {.n = 8});
  const auto network = maker.take();
  auto npu = small_npu(8192);
  npu.scheduler.count = 1;
  const auto g = tiled(network, npu, {}, {.count = 2});
  ASSERT_TRUE(g.ok());
  const auto scheduler = [&](std::int64_t launch) {
    npu.scheduler.launch_latency = base::Cycles{launch};
    return lower_bound(*g, npu, arch::machine_limits(npu))[BoundTerm::scheduler];
  };
  EXPECT_EQ(scheduler(1000) - scheduler(0), Ps{4'000'000});
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
  const Traffic without = compulsory_traffic(*g, arch::machine_limits(npu));
  npu.shared_sram.capacity = arch::Bytes{1 << 20};
  const Traffic with = compulsory_traffic(*g, arch::machine_limits(npu));
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

// By hand: a thousand packets of 256 B each way, 8 places, a way of 120 ns: 32 ns of data at 8 GB/s and 4 on the path.
TEST(LowerBound, PacketsNeedGrantsAndPlaces) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 64}), {.n = 8});
  auto npu = small_npu(8192);
  npu.dram.channels = 1;
  npu.dram.simple = {.bytes_per_second = 8'000'000'000, .latency = Ps{100'000}};
  npu.interconnect.bytes_per_cycle = 64;
  npu.interconnect.latency = base::Cycles{10};
  npu.dma.outstanding = 8;
  const arch::MachineLimits limits = arch::machine_limits(npu);
  Traffic moved{256'000, 256'000, 256'000, 256'000, 1000, 1000};
  LowerBound bound = bound_with_traffic({}, moved, limits);
  EXPECT_EQ(bound[BoundTerm::grants], Ps{1999 * 1000 + 120'000});
  EXPECT_EQ(bound[BoundTerm::credits], Ps{2000 * (120'000 + 4'000 + 32'000) / 8});
  EXPECT_EQ(bound[BoundTerm::dram], Ps{64'000'000});
  EXPECT_EQ(bound.binding(), BoundTerm::dram);
  npu.dma.outstanding = 4;
  bound = bound_with_traffic({}, moved, arch::machine_limits(npu));
  EXPECT_EQ(bound.time(), Ps{78'000'000});
  EXPECT_EQ(kBoundTermNames[static_cast<std::size_t>(bound.binding())], "credits");
  // A packet of 8 B holds the interconnect's cycle as long as one of 256.
  moved = {800'000, 0, 800'000, 0, 100'000, 0};
  npu.dma.outstanding = 1000;
  bound = bound_with_traffic({}, moved, arch::machine_limits(npu));
  EXPECT_EQ(bound.time(), Ps{99'999 * 1000 + 120'000});
  EXPECT_EQ(kBoundTermNames[static_cast<std::size_t>(bound.binding())], "grants");
}

// Three channels of 16 GB/s: each need not wait for the share of its last packet of 256 B.
TEST(LowerBound, CapsOfChannelsSpacePackets) {
  auto npu = small_npu(8192);
  npu.dma.channels.assign(3, {});
  for (auto& channel : npu.dma.channels) channel.bytes_per_cycle = 16;
  npu.dma.max_packet = arch::Bytes{256};
  const auto channels = [&](std::int64_t bytes) {
    return bound_with_traffic({}, {0, 0, bytes, 0, 1, 0}, arch::machine_limits(npu))[BoundTerm::channels];
  };
  EXPECT_EQ(channels(48'768), Ps{1'000'000});  // 48'000 at 48 GB/s
  EXPECT_EQ(channels(768), Ps{0});
}

// 60 of 100 packets come out of a write queue, two hops of 10 ns away; the others, and 10 writes, take 120 ns.
TEST(LowerBound, ForwardedPacketsHoldTheirPlacesForTwoHops) {
  auto npu = small_npu(8192);
  npu.interconnect.bytes_per_cycle = 64;
  npu.interconnect.latency = base::Cycles{10};
  npu.dma.outstanding = 2;
  arch::MachineLimits limits = arch::machine_limits(npu);
  limits.forwards = true;
  limits.read_latency = limits.write_latency = Ps{100'000};
  limits.packet_rate = 8'000'000'000;
  Traffic t{0, 0, 25'600, 2'560, 100, 10};
  t.packets_forwarded = 60;
  t.forwarded = 60 * 256;
  EXPECT_EQ(bound_with_traffic({}, t, limits)[BoundTerm::credits],
            Ps{(50 * 120'000 + 60 * 20'000 + 110 * 4'000 + 50 * 32'000) / 2});
}

// With a shared SRAM of 16 B/cycle that answers in 4: its port binds, and a packet's way is 24 cycles.
TEST(LowerBound, EveryPacketPassesTheSharedSram) {
  auto npu = small_npu(8192);
  npu.interconnect.bytes_per_cycle = 64;
  npu.interconnect.latency = base::Cycles{10};
  npu.shared_sram.capacity = arch::Bytes{1 << 20};
  npu.shared_sram.bytes_per_cycle = 16;
  npu.shared_sram.latency = base::Cycles{4};
  npu.dma.outstanding = 2;
  const LowerBound bound = bound_with_traffic({}, {0, 0, 25'600, 0, 100, 0}, arch::machine_limits(npu));
  EXPECT_EQ(bound[BoundTerm::shared_sram], Ps{1'600'000});
  EXPECT_EQ(bound[BoundTerm::credits], Ps{100 * (24'000 + 4'000 + 16'000) / 2});
}

// Two loads of one tensor: the larger box stands for the one inside, and only its packets are compulsory.
TEST(LowerBound, ABoxInsideAnotherNeedsNoPackets) {
  TileGraph g;
  const auto block = [&](std::int64_t rows, bool constant) {
    Block b;
    b.root = 1;
    b.constant = constant;
    b.box = {{0, 0, 0, 0}, {1, rows, 1, 64}};
    b.where = {0, rows * 64, {1, 1, 1}, {1, 1, 1}};
    b.bytes = b.useful_bytes = rows * 64;
    g.blocks.push_back(b);
    return static_cast<BlockId>(g.blocks.size() - 1);
  };
  Tile t;
  t.kind = TileKind::vector;
  t.input = block(16, false);
  g.tiles.push_back(t);
  t.input = block(8, false);
  g.tiles.push_back(t);
  const arch::MachineLimits limits = arch::machine_limits(small_npu());
  EXPECT_EQ(compulsory_traffic(g, limits).packets_read, 4) << "16 x 64 B in packets of 256";
  g.blocks[1].box = {{0, 12, 0, 0}, {1, 20, 1, 64}};
  g.blocks[1].where.base = 12 * 64;
  EXPECT_EQ(compulsory_traffic(g, limits).packets_read, 4 + 2) << "neither contains the other";
  g.blocks[1].box = g.blocks[0].box;
  g.blocks[1].request = 1;
  EXPECT_EQ(compulsory_traffic(g, limits).packets_read, 4 + 2 + 0) << "another request's, from 768 to 1280";
}

// What a write queue may answer needs no latency of the DRAM: a block with a burst that is partly another's.
TEST(LowerBound, ALoadThatSharesABurstWithAStoreMayBeForwarded) {
  Block b;
  b.bytes = 128;
  b.useful_bytes = 128;
  EXPECT_FALSE(may_be_forwarded(b));
  b.useful_bytes = 96;
  EXPECT_TRUE(may_be_forwarded(b));
  b.constant = true;
  EXPECT_FALSE(may_be_forwarded(b));
}

TEST(NetworkBound, CountsOnlyWhatAStrideTouches) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 9, 9, 16}), {.n = 8, .kernel = 1, .stride = 2});
  const auto network = maker.take();
  const LowerBound bound = network_bound(network, small_npu(), arch::machine_limits(small_npu()), {});
  EXPECT_EQ(bound.traffic.core_read, 5 * 5 * 16 + 8 * 16);
  EXPECT_EQ(bound[BoundTerm::arrays], Ps{1000 * (5 * 5 * 16 * 8 / 128)});
}

// The rim of zeros is not read, and what is constant is read once for all requests.
TEST(NetworkBound, CountsNoPaddingAndConstantsOnce) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 4, 4, 16}), {.n = 8, .kernel = 3, .pad = 1});
  const auto network = maker.take();
  const arch::MachineLimits limits = arch::machine_limits(small_npu());
  EXPECT_EQ(network_bound(network, small_npu(), limits, {}).traffic.core_read, 4 * 4 * 16 + 9 * 16 * 8);
  EXPECT_EQ(network_bound(network, small_npu(), limits, {.count = 3}).traffic.core_read, 3 * 4 * 4 * 16 + 9 * 16 * 8);
}

// 4 x 4 x 64 x 8 MACs and 4 x 4 x 8 additions, in two tiles each, on two cores of 64 PEs and 8 lanes.
TEST(WorkBound, CountsMacsAndVectorCyclesOverAllCores) {
  NetworkMaker maker;
  const auto product = maker.conv(maker.input({1, 4, 4, 64}), {.n = 8});
  maker.elementwise(product, maker.input({1, 4, 4, 8}));
  const auto network = maker.take();
  ScheduleSpec schedule;
  schedule.tiles.push_back({.m = 2, .w = 4, .n = 8, .k = 64});
  const auto g = tiled(network, small_npu(), schedule, {});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  const arch::MachineLimits limits = arch::machine_limits(small_npu());
  const LowerBound bound = work_bound(*g, small_npu(), limits);
  EXPECT_EQ(bound[BoundTerm::arrays], Ps{1000 * (4 * 4 * 64 * 8 / (2 * 64))});
  EXPECT_EQ(bound[BoundTerm::vector_units], Ps{1000 * (4 * 4 * 8 / (2 * 8))});
  EXPECT_EQ(bound[BoundTerm::path], Ps{0}) << "of work alone";
  EXPECT_EQ(bound.traffic.core_read, 4 * 4 * 64 + 64 * 8 + 2 * 4 * 4 * 8);
  EXPECT_EQ(bound.traffic.core_write, 2 * 4 * 4 * 8);
  EXPECT_EQ(bound.traffic.packets_read, (1024 + 512 + 256 + 255) / 256);
  const LowerBound of_tiles = lower_bound(*g, small_npu(), limits);
  for (std::size_t t = 0; t < bound.terms.size(); ++t)
    EXPECT_LE(bound.terms[t], of_tiles.terms[t]) << kBoundTermNames[t];
}

}  // namespace
}  // namespace tessera::scheduler::tests
