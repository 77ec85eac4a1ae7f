#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "scheduler/tiling/draft.h"
#include "scheduler/tiling/pe_choice.h"
#include "scheduler/tiling/pe_tilings.h"
#include "scheduler/tiling/smaller_machines.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

models::Network product() {
  NetworkMaker make;
  make.matmul(make.input({1, 96, 1, 256}), 128);
  return make.take();
}

std::vector<PeTiling> tilings_of(const models::Network& network, const arch::NpuSpec& npu,
                                 const ScheduleSpec& schedule) {
  return pe_tilings(network, npu, arch::machine_limits(npu), schedule, 1, network.operators.front(),
                    slot_counts(npu, schedule));
}

// What the estimate of a machine finds best.
std::vector<PeSizes> candidates_of(const models::Network& network, const arch::NpuSpec& npu,
                                   const ScheduleSpec& schedule) {
  AddressPlan addresses(network, npu, 1);
  return pe_candidates(network, npu, schedule, arch::machine_limits(npu), addresses, network.operators.front(),
                       nullptr);
}

TEST(SmallerMachines, HaveLessOfOneThing) {
  SmallerMachine whole{small_npu(), {2, 2, 2}};
  whole.npu.dma.channels.resize(2);
  whole.npu.dma.outstanding = 16;
  whole.npu.dram.channels = 1;
  whole.npu.interconnect.bytes_per_cycle = 32;
  const auto all = with_a_narrower_path(whole);
  ASSERT_EQ(all.size(), 3U) << "not the one memory channel";
  EXPECT_EQ(all[0].npu.dma.channels.size(), 1U);
  EXPECT_EQ(all[1].npu.dma.outstanding, 8);
  EXPECT_EQ(all[2].npu.interconnect.bytes_per_cycle, 16);
  whole.npu.dram.channels = 4;
  EXPECT_EQ(with_a_narrower_path(whole)[2].npu.dram.channels, 2);
  for (const auto& m : all) EXPECT_EQ(m.npu.core, whole.npu.core);
  const auto half = with_half_a_region(whole, 1).npu.core.sram;
  EXPECT_EQ(half.weight.capacity.count() * 2, whole.npu.core.sram.weight.capacity.count());
  EXPECT_EQ(half.input, whole.npu.core.sram.input);
  EXPECT_EQ(half.output, whole.npu.core.sram.output);
}

TEST(PeTilings, AreRehearsedOnTheMachineItself) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  const auto limits = arch::machine_limits(npu);
  const auto all = tilings_of(network, npu, {});
  ASSERT_GT(all.size(), 2U);
  AddressPlan addresses(network, npu, 1);
  const PeNeeds needs(network, npu, addresses, network.operators.front());
  const base::Ps fastest = std::ranges::min(all, {}, &PeTiling::time).time;
  const base::Ps cheapest = std::ranges::min(all, {}, &PeTiling::price).price;
  for (const PeTiling& t : all) {
    ScheduleSpec schedule;
    schedule.buffers = t.slots;
    PeChoice choice(npu, schedule, limits, needs, network.operators.front());
    EXPECT_EQ(t.price, *choice.price(t.sizes, base::kNever));
    EXPECT_EQ(t.time, *choice.time(t.sizes, base::kNever));
    EXPECT_EQ(choice.time(t.sizes, t.time), t.time);
    EXPECT_EQ(choice.time(t.sizes, t.time - base::Ps{1}), std::nullopt);
    EXPECT_TRUE(t.time <= fastest + base::Ps{fastest.count() / 16} ||
                t.price <= cheapest + base::Ps{cheapest.count() / 16})
        << "a sixteenth more";
    EXPECT_GE(t.packets, (96 * 256 + 256 * 128 + 96 * 128) / 4096) << "of the operands alone";
    EXPECT_EQ(std::ranges::count_if(all, [&](const PeTiling& o) { return o.same_rehearsal(t); }), 1);
  }
}

// The fastest is the first or the second, and so is the cheapest; the second of each comes before the third.
TEST(PeTilings, ComeFastestAndCheapestFirst) {
  const models::Network network = product();
  const auto all = tilings_of(network, small_npu(), {});
  const auto best = [&](auto member) {
    auto sorted = all;
    std::ranges::stable_sort(sorted, {}, member);
    for (std::size_t n = 1; n <= sorted.size(); ++n)
      for (std::size_t i = 0; i < n; ++i)
        EXPECT_TRUE(
            std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(2 * n, all.size())),
                        [&](const PeTiling& t) { return std::invoke(member, t) <= std::invoke(member, sorted[i]); }))
            << n << " " << i;
  };
  best(&PeTiling::time);
  best(&PeTiling::price);
}

// The candidates of smaller machines are among them as far as they are cheap enough; so with half of a region, with
// half of two of them, and with fewer slots.
TEST(PeTilings, KnowThoseOfSmallerMachines) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  ScheduleSpec schedule;
  schedule.buffers = {2, 4, 2};
  const auto all = tilings_of(network, npu, schedule);
  AddressPlan addresses(network, npu, 1);
  const PeNeeds needs(network, npu, addresses, network.operators.front());
  const base::Ps fastest = std::ranges::min(all, {}, &PeTiling::time).time;
  int fresh = 0;
  const auto own = candidates_of(network, npu, schedule);
  const auto limits = arch::machine_limits(npu);  // outlives what is asked
  const auto expect = [&](const SmallerMachine& machine) {
    ScheduleSpec there = schedule;
    there.buffers = machine.slots;
    PeChoice here(npu, there, limits, needs, network.operators.front());
    for (const PeSizes& s : candidates_of(network, machine.npu, there)) {
      const auto time = here.time(s, base::kNever);
      if (!time || *time > fastest + base::Ps{fastest.count() / 16}) continue;
      const auto alike = [&](const PeTiling& t) {
        PeSizes one = t.sizes;
        if (PeCounts(network.operators.front().pe, s).groups() <= std::min(one.cores, s.cores)) one.cores = s.cores;
        return (one == s && t.slots == machine.slots) ||
               (t.time == *time && t.tiles == PeCounts(network.operators.front().pe, s).tiles());
      };
      EXPECT_TRUE(std::ranges::any_of(all, alike)) << s.m << " " << s.n << " " << s.k << " on " << s.cores;
      fresh += std::ranges::find(own, s) == own.end();
    }
  };
  const SmallerMachine whole{npu, schedule.buffers};
  expect({npu, {2, 2, 2}});
  expect({npu, {1, 4, 2}});
  for (std::size_t i = 0; i < 3; ++i) {
    expect(with_half_a_region(whole, i));
    for (std::size_t j = 0; j < 3; ++j) expect(with_half_a_region(with_half_a_region(whole, i), j));
  }
  for (const SmallerMachine& m : with_a_narrower_path(whole)) expect(m);
  EXPECT_GT(fresh, 0);
}

// What no tiling needs changes nothing: machines that differ by it have the same tilings.
TEST(PeTilings, DoNotDependOnRoomThatNoneNeeds) {
  const models::Network network = product();
  arch::NpuSpec npu = small_npu();
  for (const auto region : kOperandRegions) {
    base::Bytes& capacity = (npu.core.sram.*region).capacity;
    capacity = base::Bytes{1 << 20};  // more than the whole operand
    const auto all = tilings_of(network, npu, {});
    capacity = base::Bytes{capacity.count() * 8};
    const auto larger = tilings_of(network, npu, {});
    EXPECT_TRUE(std::ranges::equal(all, larger, [](const auto& a, const auto& b) { return a.same_tiles(b); }));
    capacity = base::Bytes{1 << 20};
  }
}

// Where a run says which core each group goes to, tiles that differ in nothing but how they are dealt are the same.
TEST(PeTilings, AreDealtOneWayWhereARunSaysHow) {
  const models::Network network = product();
  ScheduleSpec schedule;
  schedule.core_split = CoreSplit::n;
  const auto all = tilings_of(network, small_npu(), schedule);
  ASSERT_GT(all.size(), 1U);
  for (const PeTiling& t : all)
    EXPECT_EQ(std::ranges::count_if(all,
                                    [&](PeTiling o) {
                                      o.sizes.deal = t.sizes.deal;
                                      o.sizes.cores = t.sizes.cores;
                                      return o.same_tiles(t);
                                    }),
              1);
}

TileGraph built(const models::Network& network, const arch::NpuSpec& npu,
                const std::function<base::Ps(const TileGraph&, base::Ps)>& trial, const ScheduleSpec& schedule = {}) {
  Building building;
  building.trial = trial;
  return *build_tile_graph(network, npu, arch::machine_limits(npu), schedule, {}, building);
}

TEST(Trials, TheEngineDecides) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  const std::size_t own = tiled(network, npu, {}, {})->tiles.size();
  std::size_t most = 0, first = 0;
  base::Ps least = base::kNever;
  const auto many = built(network, npu, [&](const TileGraph& graph, base::Ps limit) {
    EXPECT_EQ(limit, least) << "what is slower is given up";
    if (most == 0) first = graph.tiles.size();
    const base::Ps time{1'000'000 - static_cast<std::int64_t>(graph.tiles.size())};
    most = std::max(most, graph.tiles.size());
    least = std::min(least, time);
    return time < limit ? time : base::kNever;
  });
  EXPECT_EQ(first, own);
  EXPECT_GT(most, own);
  EXPECT_EQ(many.tiles.size(), most);
  const auto alike = built(network, npu, [](const TileGraph&, base::Ps) { return base::Ps{7}; });
  EXPECT_EQ(alike.tiles.size(), own) << "of equal ones the machine's own";
}

// The tiles of a trial are those that its tiling stands for, in as many slots.
TEST(Trials, HaveTheTilesThatWereRehearsed) {
  const models::Network network = product();
  const arch::NpuSpec npu = small_npu();
  const auto tilings = tilings_of(network, npu, {});
  int trials = 0;
  built(network, npu, [&](const TileGraph& graph, base::Ps) {
    ++trials;
    EXPECT_TRUE(std::ranges::any_of(tilings, [&](const PeTiling& t) {
      return PeCounts(network.operators.front().pe, t.sizes).tiles() == static_cast<std::int64_t>(graph.tiles.size()) &&
             std::ranges::equal(t.slots, graph.slots);
    }));
    return base::Ps{trials};
  });
  EXPECT_GT(trials, 1);
}

int trials_of(const models::Network& network, const ScheduleSpec& schedule = {}) {
  int trials = 0;
  built(
      network, small_npu(), [&](const TileGraph&, base::Ps) { return base::Ps{++trials}; }, schedule);
  return trials;
}

TEST(Trials, NetworksHaveNone) {
  NetworkMaker make;
  make.matmul(make.matmul(make.input({1, 96, 1, 256}), 128), 8);
  EXPECT_EQ(trials_of(make.take()), 0);
}

TEST(Trials, OtherOperatorsHaveNone) {
  NetworkMaker make;
  make.softmax(make.input({1, 96, 1, 256}));
  EXPECT_EQ(trials_of(make.take()), 0);
}

TEST(Trials, ChosenSizesHaveNone) {
  const models::Network network = product();
  EXPECT_GT(trials_of(network), 1);
  ScheduleSpec schedule;
  schedule.loop_order = "bgnm";
  schedule.core_split = CoreSplit::n;
  schedule.buffers = {1, 1, 1};
  schedule.tiles = {{.m = 16, .n = 16, .k = 32}};
  EXPECT_EQ(trials_of(network, schedule), 0);
}

TEST(Trials, LargeRunsHaveNone) {
  NetworkMaker make;
  make.matmul(make.input({1, 4096, 1, 512}), 512);
  const models::Network network = make.take();
  ASSERT_GT(tiled(network, small_npu(), {}, {})->tiles.size(), 1024U);
  EXPECT_EQ(trials_of(network), 0);
}

}  // namespace
}  // namespace tessera::scheduler::tests
