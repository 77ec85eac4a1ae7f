// The packet engine against what can be said of it by hand: latencies, rates, order, classes, conservation.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "arch/engine/shared_sram.h"
#include "arch/engine/transfer_engine.h"

namespace tessera::arch {
namespace {

using base::Ps;

NpuSpec machine(int channels = 2) {
  NpuSpec s;
  s.core_clock = s.interconnect_clock = s.dram_clock = Clock::from_hz(1'000'000'000);
  s.dma.channels.resize(static_cast<std::size_t>(channels));
  s.dma.max_packet = Bytes{256};
  s.dma.outstanding = 16;
  s.interconnect.bytes_per_cycle = 64;
  s.interconnect.latency = Cycles{10};
  s.dram.burst = Bytes{64};
  s.dram.interleave = Bytes{256};
  s.dram.simple = {.bytes_per_second = 64'000'000'000, .latency = Ps{50'000}};
  return s;
}

TransferRequest request(std::uint32_t id, std::int64_t address, std::int64_t bytes, int channel = 0,
                        bool write = false) {
  TransferRequest r;
  r.id = id;
  r.write = write;
  r.channel = static_cast<std::uint16_t>(channel);
  r.where = {.base = address, .run_bytes = bytes};
  r.bytes = moved_bytes(r.where, 64);
  return r;
}

// Runs until nothing is left; completion time by transfer.
std::map<std::uint32_t, Ps> run_all(TransferEngine& engine) {
  std::map<std::uint32_t, Ps> end;
  for (;;) {
    const Ps t = engine.run(base::kNever);
    if (t == base::kNever) return end;
    for (const auto& d : engine.done()) end[d.id] = t;
    engine.done().clear();
  }
}

TEST(TransferEngine, OnePacketTakesBothWaysAndTheMemory) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 256));
  // Request 10 ns, memory 4 ns of data + 50 ns, 4 beats and 10 ns back.
  EXPECT_EQ(run_all(engine).at(0), Ps{10'000 + 54'000 + 4'000 + 10'000});
}

TEST(TransferEngine, AWriteSendsItsDataFirst) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 256, 0, true));
  EXPECT_EQ(run_all(engine).at(0), Ps{4'000 + 10'000 + 54'000 + 10'000});
}

TEST(TransferEngine, LongReadRunsAtTheSlowestRate) {
  auto spec = machine();
  spec.dma.outstanding = 1024;
  spec.interconnect.bytes_per_cycle = 32;  // half of the memory's rate
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 1 << 20));
  const auto end = run_all(engine).at(0);
  EXPECT_EQ(end, Ps{10'000 + 54'000 + (1 << 20) / 32 * 1000 + 10'000});
}

TEST(TransferEngine, OutstandingLimitBoundsTheRate) {
  auto spec = machine();
  spec.dma.outstanding = 1;
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 1024));
  EXPECT_EQ(run_all(engine).at(0), Ps{4 * 78'000});
}

TEST(TransferEngine, ChannelCapIsKept) {
  auto spec = machine();
  spec.dma.channels[0].bytes_per_cycle = 16;
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 4096));
  // Fifteen packets of 16 cycles each, then the last packet's own way.
  EXPECT_EQ(run_all(engine).at(0), Ps{15 * 16'000 + 78'000});
}

// The last of sixteen packets of 256 B goes when the cap has room for the fifteen before it, 3840 B, at the next edge:
// at 24 B/cycle after exactly 160 cycles (and not 15 x 11), at 13.6 after 282.35, at 0.001 after 3.84 million. At 1 MiB
// a cycle the memory sets the pace.
TEST(TransferEngine, ChannelCapIsExactOverATransferAndRoundedUpToACycle) {
  constexpr std::int64_t kCaps[][2] = {{24'000, 160}, {13'600, 283}, {13'000, 296},  {12'800, 300},
                                       {500, 7'680},  {999, 3'844},  {1, 3'840'000}, {1'000 << 20, 60}};
  for (const auto& [thousandths, cycles] : kCaps) {
    auto spec = machine();
    spec.dma.channels[0].bytes_per_cycle = ByteRate::of_thousandths(thousandths);
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    engine.submit(Ps{0}, request(0, 0, 4096));
    EXPECT_EQ(run_all(engine).at(0), Ps{cycles * 1000 + 78'000}) << thousandths;
  }
}

// Sixteen packets of 256 B, at 16 B/cycle at 0, 16, 32, 48; at 40 the rate changes. To 32: of the 8 cycles that are
// left 4, so at 44, 52 and on. To 4: 32 cycles, so at 72, 136 and on. Lifted: 13 packets from 40 on, at the memory's 4
// ns each. At 40.5 the next edge is 41: 7 cycles at 16 are 3.5 at 32, F = 44.5, and the last of 12 more goes at 140.5.
TEST(TransferEngine, ARateThatChangesInTheMiddleOfATransferIsExact) {
  const auto end = [](std::int64_t at, ByteRate rate, TransferDone* done = nullptr) {
    const auto spec = machine();
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    engine.set_rate(Ps{0}, 0, 16);
    engine.submit(Ps{0}, request(0, 0, 4096));
    EXPECT_EQ(engine.run(Ps{at}), base::kNever);
    engine.set_rate(Ps{at}, 0, rate);
    const Ps t = engine.run(base::kNever);
    if (done != nullptr) *done = engine.done().at(0);
    return t;
  };
  TransferDone done;
  EXPECT_EQ(end(40'000, 32, &done), Ps{140'000 + 78'000});
  EXPECT_EQ(done.wait_noc + done.wait_dram + done.wait_channel, Ps{0}) << "the pace of a transfer is no wait";
  EXPECT_EQ(end(40'000, 4, &done), Ps{72'000 + 12 * 64'000 + 78'000});
  EXPECT_EQ(done.wait_noc + done.wait_dram + done.wait_channel, Ps{0});
  EXPECT_EQ(end(40'500, 32), Ps{141'000 + 78'000});
  EXPECT_EQ(end(40'000, {}), Ps{40'000 + 10'000 + 13 * 4'000 + 50'000 + 4'000 + 10'000});
  EXPECT_EQ(end(40'000, 16), Ps{15 * 16'000 + 78'000}) << "no change";
}

// Packets at 0, 1 and, with the cap, at 2, 18, 34: the fourteenth at 2 + 13 x 16.
TEST(TransferEngine, ACapThatComesCountsFromItsEdgeOn) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 4096));
  EXPECT_EQ(engine.run(Ps{2'000}), base::kNever);
  engine.set_rate(Ps{2'000}, 0, 16);
  EXPECT_EQ(run_all(engine).at(0), Ps{210'000 + 78'000});
}

// Lifted where the machine has a cap of its own, the machine's counts.
TEST(TransferEngine, WithoutACapOfThePolicyTheMachinesCounts) {
  auto spec = machine();
  spec.dma.channels[0].bytes_per_cycle = 32;
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.set_rate(Ps{0}, 0, 16);
  engine.submit(Ps{0}, request(0, 0, 4096));
  EXPECT_EQ(engine.run(Ps{40'000}), base::kNever);
  engine.set_rate(Ps{40'000}, 0, {});
  EXPECT_EQ(run_all(engine).at(0), Ps{140'000 + 78'000});
}

TransferDone only_transfer(TransferEngine& engine, const TransferRequest& r) {
  engine.submit(Ps{0}, r);
  EXPECT_NE(engine.run(base::kNever), base::kNever);
  return engine.done().at(0);
}

// One packet waits for nothing: its data takes 4 ns at the memory, and that is no wait. Of two, the second arrives 1 ns
// after the first and waits 3 ns for the end of its data.
TEST(TransferEngine, WaitsForTheMemoryLeaveItsOwnDataOut) {
  for (const bool write : {false, true}) {
    const auto spec = machine();
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    const TransferDone alone = only_transfer(engine, request(0, 0, 256, 0, write));
    EXPECT_EQ(alone.wait_dram, Ps{0});
    EXPECT_EQ(alone.wait_noc, Ps{0});
    EXPECT_EQ(alone.wait_channel, Ps{0});
    EXPECT_EQ(engine.statistics().delivered_reads, write ? 0 : 1);
    EXPECT_EQ(engine.statistics().delivered_writes, write ? 1 : 0);
  }
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  const TransferDone two = only_transfer(engine, request(0, 0, 512));
  EXPECT_EQ(two.wait_dram, Ps{3'000});
  EXPECT_EQ(two.wait_noc, Ps{0});
  EXPECT_EQ(engine.statistics().delivered_reads, 2);
  EXPECT_EQ(engine.statistics().delivered_writes, 0);
}

// The end of a transfer that shares the machine with others.
TransferDone transfer(TransferEngine& engine, std::uint32_t id) {
  TransferDone found;
  while (engine.run(base::kNever) != base::kNever) {
    for (const auto& d : engine.done())
      if (d.id == id) found = d;
    engine.done().clear();
  }
  return found;
}

// What a channel's own cap spaces, and what a write needs to leave the core, is its pace and no wait.
TEST(TransferEngine, ThePaceOfATransferIsNoWait) {
  for (const bool write : {false, true}) {
    auto spec = machine();
    if (!write) spec.dma.channels[0].bytes_per_cycle = 16;
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    const TransferDone done = only_transfer(engine, request(0, 0, 1024, 0, write));
    EXPECT_EQ(done.wait_channel, Ps{0});
    EXPECT_EQ(done.wait_noc, Ps{0});
    EXPECT_EQ(done.wait_dram, Ps{0});
  }
}

// The answers lie at 64 and 68 ns; the first has the path for 8 ns, so the second waits for it until 72.
TEST(TransferEngine, DataThatWaitsForThePathBackWaitsForTheInterconnect) {
  auto spec = machine();
  spec.interconnect.bytes_per_cycle = 32;
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  const TransferDone done = only_transfer(engine, request(0, 0, 512));
  EXPECT_EQ(done.wait_noc, Ps{4'000});
  EXPECT_EQ(done.wait_dram, Ps{3'000});
}

// Two channels take turns with packets of one cycle: each packet but a transfer's first could go a cycle earlier. No
// place is ever missing, though packets come back from 75 ns on, and the memory keeps up.
TEST(TransferEngine, TurnsOfAnotherChannelAreWaitsForTheInterconnect) {
  auto spec = machine();
  spec.dma.max_packet = Bytes{64};
  spec.dma.outstanding = 1024;
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  for (std::uint32_t i = 0; i < 2; ++i) engine.submit(Ps{0}, request(i, i << 20, 200 * 64, static_cast<int>(i)));
  const TransferDone done = transfer(engine, 0);
  EXPECT_EQ(done.wait_channel, Ps{0});
  EXPECT_EQ(done.wait_noc, Ps{199'000});
  EXPECT_EQ(done.wait_dram, Ps{0});
}

// 10 ns there, 4 of data and 50 at the memory: what is beyond the least time of the direction is a wait.
TEST(TransferEngine, TheLeastTimeOfAWriteIsItsOwn) {
  for (const bool write : {false, true}) {
    const auto spec = machine();
    DramLimits limits = dram_limits(spec.dram);
    limits.read_latency = Ps{45'000};
    limits.write_latency = Ps{30'000};
    TransferEngine engine(spec, limits, make_memory(spec), nullptr);
    EXPECT_EQ(only_transfer(engine, request(0, 0, 256, 0, write)).wait_dram, Ps{write ? 20'000 : 5'000});
  }
}

// A shared SRAM of two lines: the first read fetches its line, the second finds it.
TEST(TransferEngine, BytesOfTheSharedSramAreNoneOfTheDram) {
  auto spec = machine();
  spec.shared_sram.capacity = Bytes{512};
  spec.shared_sram.line = Bytes{256};
  TransferEngine engine(
      spec, dram_limits(spec.dram),
      std::make_unique<SharedSram>(spec.shared_sram, spec.interconnect_clock, 64, make_memory(spec.dram)), nullptr);
  const TransferDone miss = only_transfer(engine, request(0, 0, 256));
  engine.done().clear();
  engine.submit(Ps{1'000'000}, request(1, 0, 256));
  const TransferDone hit = transfer(engine, 1);
  EXPECT_EQ(miss.dram_bytes, 256);
  EXPECT_EQ(miss.shared_sram_bytes, 0);
  EXPECT_EQ(hit.dram_bytes, 0);
  EXPECT_EQ(hit.shared_sram_bytes, 256);
}

// The second write may go when the first has left the core, at 4 ns.
TEST(TransferEngine, WritesLeaveTheCoresOneAfterTheOther) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  for (std::uint32_t i = 0; i < 2; ++i) engine.submit(Ps{0}, request(i, i << 20, 256, static_cast<int>(i), true));
  const TransferDone done = transfer(engine, 1);
  EXPECT_EQ(done.first_issue, Ps{4'000});
  EXPECT_EQ(done.wait_channel, Ps{4'000});
}

// The write, granted at 0, and the read, granted at 4 ns, both reach the memory at 14: the write has it until 18.
TEST(TransferEngine, OfPacketsThatArriveTogetherTheOneGrantedFirstIsServed) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 256, 0, true));
  EXPECT_EQ(engine.run(Ps{4'000}), base::kNever);
  engine.submit(Ps{4'000}, request(1, 1 << 20, 256, 1));
  EXPECT_EQ(run_all(engine).at(1), Ps{22'000 + 50'000 + 4'000 + 10'000});
}

// The second transfer is submitted at the very time of the first one's grant.
TEST(TransferEngine, ACycleWithAGrantTakesNoOther) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 256));
  EXPECT_EQ(engine.run(Ps{1}), base::kNever);
  engine.submit(Ps{1'000}, request(1, 1 << 20, 256, 1));
  EXPECT_EQ(engine.run(Ps{1'001}), base::kNever);
  engine.submit(Ps{1'000}, request(2, 2 << 20, 256, 0));
  EXPECT_EQ(transfer(engine, 2).first_issue, Ps{2'000});
}

TEST(TransferEngine, DemandGoesBeforePrefetchOnOneChannel) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  auto prefetch = request(0, 0, 8192);
  prefetch.cls = TransferClass::prefetch;
  engine.submit(Ps{0}, prefetch);
  engine.submit(Ps{0}, request(1, 1 << 20, 256));
  const auto end = run_all(engine);
  EXPECT_EQ(end.at(1), Ps{78'000});
  EXPECT_GT(end.at(0), end.at(1));
}

TEST(TransferEngine, DemandGoesBeforePrefetchBetweenChannels) {
  const auto demand_ends = [](bool with_prefetch) {
    const auto spec = machine();
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    auto prefetch = request(0, 0, 8192);
    prefetch.cls = TransferClass::prefetch;
    if (with_prefetch) engine.submit(Ps{0}, prefetch);
    engine.submit(Ps{0}, request(1, 1 << 20, 2048, 1));
    return run_all(engine).at(1);
  };
  EXPECT_EQ(demand_ends(true), demand_ends(false));
}

TEST(TransferEngine, OnePacketIsGrantedPerCycle) {
  const auto spec = machine(3);
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  for (std::uint32_t i = 0; i < 3; ++i) engine.submit(Ps{300}, request(i, i << 20, 64, static_cast<int>(i)));
  std::map<std::uint32_t, Ps> granted;
  while (engine.run(base::kNever) != base::kNever) {
    for (const auto& d : engine.done()) granted[d.id] = d.first_issue;
    engine.done().clear();
  }
  EXPECT_EQ(granted, (std::map<std::uint32_t, Ps>{{0, Ps{1'000}}, {1, Ps{2'000}}, {2, Ps{3'000}}}));
}

// The read's data is ready at 64 ns. A write that was granted at 62 ns has the path until 66 ns, if there is only one.
TEST(TransferEngine, HalfDuplexSharesOneDataPath) {
  for (const bool full : {true, false}) {
    auto spec = machine();
    spec.interconnect.full_duplex = full;
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    engine.submit(Ps{0}, request(0, 0, 256));
    EXPECT_EQ(engine.run(Ps{62'000}), base::kNever);
    engine.submit(Ps{62'000}, request(1, 1 << 20, 256, 1, true));
    EXPECT_EQ(run_all(engine).at(0), Ps{full ? 78'000 : 80'000});
  }
}

// One packet at a time: each of the last three could go a cycle after the one before, and goes 78 ns after it.
TEST(TransferEngine, WaitsExplainTheWholeDelay) {
  auto spec = machine();
  spec.dma.outstanding = 1;
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  engine.submit(Ps{0}, request(0, 0, 1024));
  EXPECT_EQ(engine.run(base::kNever), Ps{4 * 78'000});
  ASSERT_EQ(engine.done().size(), 1U);
  const TransferDone& done = engine.done().front();
  EXPECT_EQ(done.wait_dram, Ps{3 * 77'000});
  EXPECT_EQ(done.wait_channel + done.wait_noc, Ps{0});
}

TEST(TransferEngine, PromotedPrefetchBecomesDemand) {
  const auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  for (std::uint32_t i = 0; i < 2; ++i) {
    auto r = request(i, i << 20, 8192);
    r.cls = TransferClass::prefetch;
    engine.submit(Ps{0}, r);
  }
  engine.promote(Ps{0}, 1);
  const auto end = run_all(engine);
  EXPECT_LT(end.at(1), end.at(0));
}

TEST(TransferEngine, CancelledPrefetchIsNeverAnsweredAndItsBytesAreCounted) {
  auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  auto r = request(0, 0, 1 << 16);
  r.cls = TransferClass::prefetch;
  engine.submit(Ps{0}, r);
  EXPECT_EQ(engine.run(Ps{20'000}), base::kNever);
  engine.cancel(Ps{20'000}, 0);
  EXPECT_EQ(engine.unissued_bytes(0), 0);
  EXPECT_TRUE(run_all(engine).empty());
  EXPECT_EQ(engine.statistics().dropped_bytes, 16 * 256);  // the outstanding limit had been reached
  EXPECT_EQ(engine.statistics().delivered_reads, 0);
  engine.submit(Ps{200'000}, request(1, 0, 256));
  EXPECT_EQ(run_all(engine).at(1), Ps{278'000}) << "its packets have given their places back";
}

// At the end of a run what was sent for a prefetch that is still under way is as wasted as that of an evicted one.
TEST(TransferEngine, APrefetchUnderWayCountsWhatWasSent) {
  auto spec = machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  auto r = request(0, 0, 1 << 16);
  r.cls = TransferClass::prefetch;
  engine.submit(Ps{0}, r);
  EXPECT_EQ(engine.run(Ps{20'000}), base::kNever);
  EXPECT_EQ(engine.statistics().dropped_bytes, 16 * 256);
  engine.promote(Ps{20'000}, 0);
  EXPECT_EQ(engine.statistics().dropped_bytes, 0) << "a tile waits for it now";
  (void)run_all(engine);
  EXPECT_EQ(engine.statistics().dropped_bytes, 0);
}

TEST(TransferEngine, RoundRobinSharesAndPriorityDoesNot) {
  for (const auto kind : {Arbitration::round_robin, Arbitration::priority, Arbitration::weighted}) {
    auto spec = machine();
    spec.dma.arbitration = kind;
    spec.dma.channels[1].priority = 1;
    spec.dma.channels[1].weight = 3;
    TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
    engine.submit(Ps{0}, request(0, 0, 1 << 18, 0));
    engine.submit(Ps{0}, request(1, 1 << 20, 1 << 18, 1));
    const Ps first = engine.run(base::kNever);
    const auto done = engine.statistics().channels;
    const double share = static_cast<double>(done[0].read_bytes) / static_cast<double>(1 << 18);
    EXPECT_GT(first, Ps{0});
    if (kind == Arbitration::round_robin) {
      EXPECT_GT(share, 0.99);
    }
    if (kind == Arbitration::priority) {
      EXPECT_LT(share, 0.05);
    }
    if (kind == Arbitration::weighted) {
      EXPECT_NEAR(share, 1.0 / 3, 0.03);
    }
  }
}

// Running ahead to any horizon, in any steps, gives the same completions.
TEST(TransferEngine, HorizonsDoNotChangeTheResult) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    auto spec = machine(4);
    spec.dma.outstanding = 1 + static_cast<int>(random() % 20);
    spec.interconnect.full_duplex = random() % 2 == 0;
    spec.interconnect.latency = Cycles{static_cast<std::int64_t>(random() % 5)};
    spec.dram.channels = 1 + static_cast<int>(random() % 3);
    std::vector<std::pair<Ps, TransferRequest>> plan;
    std::int64_t bytes = 0;
    for (std::uint32_t i = 0; i < 40; ++i) {
      auto r = request(i, static_cast<std::int64_t>(random() % 100'000), 1 + static_cast<std::int64_t>(random() % 3000),
                       static_cast<int>(random() % 4), random() % 3 == 0);
      r.cls = random() % 4 == 0 ? TransferClass::prefetch : TransferClass::demand;
      bytes += r.bytes;
      plan.emplace_back(Ps{static_cast<std::int64_t>(i * (random() % 50'000))}, r);
    }
    std::sort(plan.begin(), plan.end(), [](auto& a, auto& b) { return a.first < b.first; });
    // In every other round rates of channels change with what is submitted.
    std::vector<ByteRate> rates(plan.size());
    for (ByteRate& r : rates)
      if (random() % 3 != 0) r = ByteRate::of_thousandths(1 + static_cast<std::int64_t>(random() % 60'000));
    const auto simulate = [&](std::int64_t step) {
      TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
      std::map<std::uint32_t, Ps> end;
      std::size_t i = 0;
      Ps now{0};
      while (i < plan.size() || engine.next() != base::kNever) {
        Ps horizon = i < plan.size() ? plan[i].first : base::kNever;
        if (step > 0) horizon = std::min(horizon, std::max(engine.next(), now + Ps{step}));
        const Ps t = engine.run(horizon);
        for (const auto& d : engine.done()) end[d.id] = t;
        engine.done().clear();
        now = t != base::kNever ? t : horizon;
        while (i < plan.size() && plan[i].first == now) {
          if (round % 2 == 0) engine.set_rate(now, static_cast<std::uint32_t>(i % 4), rates[i]);
          engine.submit(now, plan[i++].second);
        }
        if (now == base::kNever) break;
      }
      std::int64_t moved = 0;
      for (const auto& c : engine.statistics().channels) moved += c.read_bytes + c.write_bytes;
      EXPECT_EQ(moved, bytes);
      EXPECT_EQ(end.size(), plan.size());
      return end;
    };
    const auto ahead = simulate(0);
    EXPECT_EQ(ahead, simulate(1));
    EXPECT_EQ(ahead, simulate(12'345));
  }
}

TEST(PacketCutter, PacketsCoverTheMovedBytesAndKeepTheLimits) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    TransferRequest r;
    const auto run = 1 + static_cast<std::int64_t>(random() % 700);
    const auto pitch = run + static_cast<std::int64_t>(random() % 300);
    const std::int64_t rows = 1 + static_cast<std::int64_t>(random() % 5);
    r.where = {.base = static_cast<std::int64_t>(random() % 5000),
               .run_bytes = run,
               .count = {rows, 2, 1},
               .stride = {pitch, pitch * rows + 64, 0}};
    const std::int64_t all = moved_bytes(r.where, 64);
    const std::int64_t split =
        all / 64 > 1 ? 64 * (1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(all / 64 - 1))) : all;
    std::int64_t seen = 0, last_end = -1;
    for (const auto& [first, bytes] : {std::pair{std::int64_t{0}, split}, std::pair{split, all - split}}) {
      if (bytes == 0) continue;
      r.first_byte = first;
      r.bytes = bytes;
      for (PacketCutter cutter(r, 64, 256); !cutter.empty(); cutter.pop()) {
        const auto p = cutter.front();
        EXPECT_GE(p.address, last_end);
        EXPECT_EQ(p.address % 64, 0);
        EXPECT_EQ(p.address / 256, (p.address + p.bytes - 1) / 256);
        last_end = p.address + p.bytes;
        seen += p.bytes;
      }
    }
    EXPECT_EQ(seen, all);
  }
}

}  // namespace
}  // namespace tessera::arch
