// When an action is legal and what it sets going, in runs small enough to work out by hand (docs/semantics.md 7.1
// to 8.3). Clock 1 ns, dispatch latency 10 cycles; a load of b bytes takes 20 ps x b + 1 ns; computes of 400 cycles.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Name;

Scenario layer(std::int64_t groups, std::int64_t slices, std::int64_t cores = 1) {
  Scenario s;
  s.graph = layered_graph(1, groups, slices);
  s.npu.cores = cores;
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  return s;
}

std::vector<trace::Collector::Item> run(const Scenario& s, const std::function<Action(const View&)>& decide) {
  Scripted policy(decide);
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  const Outcome o = run_checked(s, policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  return o.records;
}

TEST(Decisions, WithoutLatencyTheNextIsAskedBeforeTransfersAreQueued) {
  Scenario s = layer(2, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{0};
  int asked_at_zero = 0;
  const auto records = run(s, [&](const View& v) {
    if (v.now() == Ps{0}) {
      ++asked_at_zero;
      EXPECT_EQ(v.unissued_bytes(0) + v.unissued_bytes(1), 0) << "nothing is queued while decisions are left";
    }
    return first_legal(v);
  });
  EXPECT_EQ(asked_at_zero, 2) << "and not again: no tile is left";
  EXPECT_EQ(std::count_if(records.begin(), records.end(),
                          [](const auto& i) { return i.record.name == Name::load && i.record.start == Ps{0}; }),
            2)
      << "input and weights, which serve both tiles";
}

TEST(Decisions, ALaterSliceIsReadyWhenTheOneBeforeIsDecided) {
  int asked = 0;
  run(layer(1, 2, 2), [&](const View& v) {
    ++asked;
    if (asked == 1) {
      EXPECT_EQ(v.check(Dispatch{1, 0}), Illegal::not_ready);
    }
    if (asked == 2) {
      EXPECT_EQ(v.now(), Ps{10'000});
      EXPECT_EQ(v.check(Dispatch{1, 0}), Illegal::none);
      EXPECT_EQ(v.check(Dispatch{1, 1}), Illegal::wrong_core);
    }
    return first_legal(v);
  });
  EXPECT_GE(asked, 2);
}

// One output slot: a group of two slices is open from the first's decision at 0 to the second's at 10.
TEST(Decisions, OpenGroupsAreFewerThanOutputSlots) {
  Scenario s = layer(2, 2, 2);
  s.graph.slots[2] = 1;
  int asked = 0;
  run(s, [&](const View& v) -> Action {
    ++asked;
    if (asked == 1) return Dispatch{0, 0};
    if (asked == 2) {
      EXPECT_EQ(v.check(Dispatch{2, 0}), Illegal::open_groups);
      EXPECT_EQ(v.check(Dispatch{2, 1}), Illegal::none);
      return Dispatch{1, 0};
    }
    if (asked == 3) {
      EXPECT_EQ(v.check(Dispatch{2, 0}), Illegal::none);
    }
    return first_legal(v);
  });
  EXPECT_GE(asked, 3);
}

// The first tile starts when its weights are there: both operands share the channels, so at 10 + 163.84 + 1 = 174.84.
TEST(Decisions, APlaceInTheQueueIsHeldUntilTheTileStarts) {
  Scenario s = layer(3, 1);
  s.npu.core.queue = 1;
  bool was_full = false, had_room = false;
  run(s, [&](const View& v) {
    const Illegal second = v.check(Dispatch{1, 0});
    if (v.now() >= Ps{10'000} && v.now() < Ps{175'000}) {
      EXPECT_EQ(second, Illegal::queue_full);
      was_full = true;
    }
    if (v.now() > Ps{175'000} && !had_room) {
      EXPECT_EQ(second, Illegal::none);
      had_room = true;
    }
    return first_legal(v);
  });
  EXPECT_TRUE(was_full && had_room);
}

TEST(Decisions, OnePrefetchFillsInARegion) {
  int asked = 0;
  run(layer(1, 2), [&](const View& v) -> Action {
    ++asked;
    if (asked == 1) return Prefetch{0, 1, 0};
    if (asked == 2) {
      EXPECT_EQ(v.check(Prefetch{0, 1, 0}), Illegal::resident);
      EXPECT_EQ(v.check(Prefetch{1, 1, 0}), Illegal::prefetch_under_way);
      EXPECT_EQ(v.check(Prefetch{1, 0, 0}), Illegal::not_constant);
      return Dispatch{0, 0};
    }
    if (asked == 3) {
      EXPECT_EQ(v.check(Prefetch{1, 1, 0}), Illegal::none) << "the first has become demand";
    }
    return first_legal(v);
  });
  EXPECT_GE(asked, 3);
}

// The decision on a prefetch lasts as long as any other, and its load is queued at its end.
TEST(Decisions, APrefetchIsQueuedWhenItsDecisionEnds) {
  int asked = 0;
  const auto records = run(layer(1, 2), [&](const View& v) -> Action {
    ++asked;
    if (asked == 1) return Prefetch{0, 1, 0};
    if (asked == 2) {
      EXPECT_EQ(v.now(), Ps{10'000});
    }
    return first_legal(v);
  });
  const auto prefetch =
      std::find_if(records.begin(), records.end(), [](const auto& i) { return i.record.name == Name::prefetch; });
  ASSERT_NE(prefetch, records.end());
  EXPECT_EQ(prefetch->record.start, Ps{0});
  EXPECT_EQ(prefetch->record.end, Ps{10'000});
  const auto load = std::find_if(records.begin(), records.end(), [&](const auto& i) {
    return i.record.name == Name::load && i.record.cause == prefetch->id;
  });
  ASSERT_NE(load, records.end());
  EXPECT_EQ(load->record.start, Ps{10'000});
  EXPECT_EQ(load->record.end, Ps{174'840}) << "10 + 163.84 + 1";
}

// Weights of three slices, two slots. The first prefetch is full at 174.84, the second fills the other slot. A third
// Prefetch must not evict either; a Dispatch evicts the one that was full first.
TEST(Decisions, ADispatchEvictsWhatAPrefetchBrought) {
  bool dispatched = false;
  run(layer(1, 3), [&](const View& v) -> Action {
    const auto weight = [&](TileId t) { return v.residency(v.graph().tiles[t].weight, 1, 0); };
    for (const TileId t : {1U, 2U})
      if (v.check(Prefetch{t, 1, 0}) == Illegal::none && !dispatched) return Prefetch{t, 1, 0};
    if (weight(2) != Residency::full && !dispatched) return Wait{};
    if (!dispatched) {
      EXPECT_EQ(v.check(Prefetch{0, 1, 0}), Illegal::no_slot_for_prefetch);
      dispatched = true;
      return Dispatch{0, 0};
    }
    if (v.tiles_left() == 2) {
      EXPECT_EQ(weight(1), Residency::absent);
      EXPECT_EQ(weight(2), Residency::full);
    }
    return first_legal(v);
  });
  EXPECT_TRUE(dispatched);
}

// Two schedulers. The first tile's decision lasts until 10 + 1000, for it launches its operator; the second tile's ends
// at 10, and its input (12288 B) is there at 10 + 245.76 + 1. The only output slot waits for the first tile all the
// same: that one has its operands at 1010 + 163.84 + 1 and computes from 1175 to 1575, its result is there at 1605, and
// it is stored at 1605 + 81.92 + 1. Then the second tile starts, at 1688, and the third 513 ns later likewise.
TEST(Decisions, ASlotWaitsForTheTileWhoseLaunchIsUnderWay) {
  Scenario s = layer(3, 1);
  s.npu.scheduler.count = 2;
  s.npu.scheduler.launch_latency = base::Cycles{1000};
  s.graph.slots[2] = 1;
  s.schedule.binding = ChannelBinding::statically;
  s.schedule.static_channel = {0, 1, 0};
  std::vector<Ps> computes;
  Ps second_load{0};
  for (const auto& i : run(s, first_legal)) {
    if (i.record.name == Name::compute) computes.push_back(i.record.start);
    if (i.record.name == Name::load && i.record.tile == 1) second_load = i.record.start;
  }
  EXPECT_EQ(second_load, Ps{10'000});
  EXPECT_EQ(computes, (std::vector<Ps>{Ps{1'175'000}, Ps{1'688'000}, Ps{2'201'000}}));
}

// The second tile is a vector tile without weights and has all it needs at 10 + 245.76 + 1. Of two free slots none is
// granted before the first tile's decision has ended, at 1010: that decision is why it starts then.
TEST(Decisions, AFreeSlotThatWasKeptIsExplainedByTheDecision) {
  Scenario s = layer(3, 1);
  s.npu.scheduler.count = 2;
  s.npu.scheduler.launch_latency = base::Cycles{1000};
  s.schedule.binding = ChannelBinding::statically;
  s.schedule.static_channel = {0, 1, 0};
  Tile& second = s.graph.tiles[1];
  second.kind = TileKind::vector;
  second.weight = second.work = kNoId;
  second.vector_cycles = base::Cycles{100};
  const auto records = run(s, first_legal);
  const auto vector =
      std::find_if(records.begin(), records.end(), [](const auto& i) { return i.record.name == Name::vector; });
  ASSERT_NE(vector, records.end());
  EXPECT_EQ(vector->record.start, Ps{1'010'000});
  EXPECT_EQ(vector->record.link, trace::Link::output_slot);
  const auto cause =
      std::find_if(records.begin(), records.end(), [&](const auto& i) { return i.id == vector->record.cause; });
  ASSERT_NE(cause, records.end());
  EXPECT_EQ(cause->record.name, Name::decision);
  EXPECT_EQ(cause->record.tile, 0U);
  Ps waited{0};
  for (const auto& i : records) {
    if (i.record.name == Name::stall && i.record.tile == 1 && i.record.reason() == trace::Reason::output_slot)
      waited += i.record.end - i.record.start;
  }
  EXPECT_EQ(waited, Ps{1'010'000 - 256'760});
}

struct Part {
  std::int64_t bytes;
  int channel;
  friend bool operator==(const Part&, const Part&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Part& p) {
    return out << p.bytes << " B on channel " << p.channel;
  }
};

// 4096 B in three parts: 1365.3 and 2730.7 are cut down to 1344 and 2688. 8192 B: 2730.7 and 5461.3 to 2688 and 5440.
// A channel that gets a part sends its first packet of 256 B at once; waiting then are 1088, 1088; 2496, 1088; 2496,
// 3776; 5248, 3776.
TEST(Decisions, PartsAreCutAtBurstsAndGoWhereTheFewestBytesWait) {
  Scenario s = layer(1, 1);
  s.schedule.dma_split = 3;
  s.npu.dram.burst = base::Bytes{64};
  std::vector<trace::Record> loads;
  for (const auto& i : run(s, first_legal))
    if (i.record.name == Name::load) loads.push_back(i.record);
  std::sort(loads.begin(), loads.end(), [](const auto& a, const auto& b) {
    return a.operand() != b.operand() ? a.operand() < b.operand() : a.address() < b.address();
  });
  std::vector<Part> parts;
  for (const auto& r : loads) parts.push_back({r.bytes(), r.channel()});
  EXPECT_EQ(parts, (std::vector<Part>{{1344, 0}, {1344, 1}, {1408, 0}, {2688, 1}, {2752, 0}, {2752, 1}}));
}

// Five channels on two cores: the first has 0 and 1, the second 2 and 3. Tile i runs on core i.
TEST(Decisions, PerCoreEachCoreHasChannelsOfItsOwn) {
  Scenario s = layer(2, 1);
  s.npu.cores = 2;
  s.npu.dma.channels.resize(5);
  s.schedule.binding = ChannelBinding::per_core;
  s.schedule.static_channel = {0, 1, 1};
  std::set<std::tuple<TileId, std::string, std::uint32_t>> used;
  const auto records = run(s, [](const View& v) -> Action {
    for (const TileId t : {0U, 1U})
      if (v.check(Dispatch{t, t}) == Illegal::none) return Dispatch{t, t};
    return Wait{};
  });
  for (const auto& i : records) {
    const trace::Record& r = i.record;
    if (r.name == Name::store) used.insert({r.tile, "output", r.channel()});
    if (r.name == Name::load)
      used.insert({r.tile, r.operand() == trace::Operand::input ? "input" : "weight", r.channel()});
  }
  EXPECT_EQ(
      used,
      (std::set<std::tuple<TileId, std::string, std::uint32_t>>{
          {0, "input", 0}, {0, "weight", 1}, {0, "output", 1}, {1, "input", 2}, {1, "weight", 3}, {1, "output", 3}}));
  constexpr CoreChannels kShared(3, 2, 4);  // four cores, two channels: cores 2 and 3 share the second
  static_assert(kShared.first == 1 && kShared.count == 1);
}

// One channel fills the path: the others stand by, and the run is that of one channel.
TEST(Decisions, ChannelsBeyondThoseThatFillThePathChangeNothing) {
  const auto loads = [](std::size_t channels) {
    Scenario s = layer(6, 2, 2);
    s.npu.dma.channels.resize(channels);
    s.npu.dram.simple.bytes_per_second = 16'000'000'000;
    std::vector<std::tuple<Ps, Ps, std::uint32_t>> out;
    for (const auto& i : run(s, first_legal))
      if (i.record.name == Name::load) out.emplace_back(i.record.start, i.record.end, i.record.channel());
    return out;
  };
  EXPECT_EQ(loads(1), loads(8));
}

// The input of the second tile is there at 10 + 163.84 + 245.76 + 1 = 420.6: the vector unit works on it from 421 to
// 821. The post of the first has waited since 175 + 300, the third tile since its operands were there.
TEST(Starts, APostGoesBeforeAVectorTile) {
  Scenario s = layer(3, 1);
  s.graph.slots[2] = 3;
  s.schedule.binding = ChannelBinding::statically;  // inputs and results on channel 0, weights on 1
  s.schedule.static_channel = {0, 1, 0};
  for (const TileId t : {1U, 2U}) {
    s.graph.tiles[t].kind = TileKind::vector;
    s.graph.tiles[t].work = kNoId;
    s.graph.tiles[t].vector_cycles = base::Cycles{t == 1 ? 400 : 100};
  }
  std::vector<std::pair<Name, Ps>> starts;
  for (const auto& i : run(s, first_legal))
    if (i.record.name == Name::vector || i.record.name == Name::post)
      starts.emplace_back(i.record.name, i.record.start);
  EXPECT_EQ(starts, (std::vector<std::pair<Name, Ps>>{
                        {Name::vector, Ps{421'000}}, {Name::post, Ps{821'000}}, {Name::vector, Ps{921'000}}}));
}

// Two blocks: the input of both tiles is 8192 B, as the weights are. On channels of their own they end together.
TEST(Causes, OfLoadsThatEndTogetherTheInputCounts) {
  for (const std::int64_t input_channel : {0, 1}) {
    Scenario s = layer(2, 1);
    s.schedule.binding = ChannelBinding::statically;
    s.schedule.static_channel = {input_channel, 1 - input_channel, 0};
    const auto records = run(s, first_legal);
    const auto of = [&](Name name, trace::Operand operand) {
      const auto found = std::find_if(records.begin(), records.end(), [&](const auto& i) {
        const trace::Record& r = i.record;
        return r.name == name && (!r.has(trace::Field::operand) || r.operand() == operand);
      });
      return found == records.end() ? trace::Collector::Item{} : *found;
    };
    const auto input = of(Name::load, trace::Operand::input), weight = of(Name::load, trace::Operand::weight);
    EXPECT_EQ(input.record.end, weight.record.end);
    EXPECT_EQ(of(Name::compute, trace::Operand::none).record.cause, input.id);
    EXPECT_EQ(of(Name::decision, trace::Operand::none).record.cause, of(Name::arrival, trace::Operand::none).id)
        << "ready and scheduler since 0: ready goes first";
  }
}

// A network without tiles: each request is done when it arrives, and the run when the last one has.
TEST(NoTiles, EndsWithTheLastArrival) {
  Scenario s = layer(1, 1);
  s.graph = TileGraph{};
  s.graph.set_arrivals({Ps{0}, Ps{5000}, Ps{10'000}});
  s.graph.successor_rows = s.graph.predecessor_rows = s.graph.control_rows = s.graph.producer_rows = {0};
  for (std::size_t r = 0; r < 3; ++r) s.graph.slots[r] = 1;
  Scripted policy([](const View&) { return ADD_FAILURE() << "nobody has anything to decide", Wait{}; });
  const Outcome o = run_checked(s, policy, {}, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  EXPECT_EQ(o.makespan, Ps{10'000});
  std::vector<std::pair<Name, Ps>> records;
  for (const auto& i : o.records)
    if (i.record.name != Name::stall) records.emplace_back(i.record.name, i.record.end);
  EXPECT_EQ(records, (std::vector<std::pair<Name, Ps>>{{Name::arrival, Ps{0}},
                                                       {Name::request, Ps{0}},
                                                       {Name::arrival, Ps{5000}},
                                                       {Name::request, Ps{5000}},
                                                       {Name::arrival, Ps{10'000}},
                                                       {Name::request, Ps{10'000}}}));
}

// Takes everything and answers nothing.
class DeafMachine : public Machine {
 public:
  void start_compute(std::uint32_t, TileId, Ps, const OperandSlots&) override {}
  void start_vector(std::uint32_t, TileId, Ps, base::Cycles) override {}
  void submit(const arch::TransferRequest&) override {}
  void promote(std::uint32_t) override {}
  void cancel(std::uint32_t) override {}
  void set_rate(std::uint32_t, base::ByteRate) override {}
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t) const override { return 0; }
};

TEST(Deadlock, SaysWhoWaitsForWhom) {
  const Scenario s = layer(1, 2);
  trace::Lanes::Shape shape;
  shape.channels = 2;
  const trace::Lanes lanes(shape);
  trace::Sink sink;
  Scripted policy(first_legal);
  DeafMachine machine;
  Dispatcher dispatcher(s.graph, s.npu, arch::machine_limits(s.npu), s.schedule, lanes, policy, machine, sink);
  for (Ps at = dispatcher.next(); at != base::kNever; at = dispatcher.next()) dispatcher.settle(at);
  EXPECT_EQ(dispatcher.state(), RunState::running) << "nothing is pending, and tiles are left";
  EXPECT_EQ(dispatcher.wait_chain(20),
            "tile 0 (operator 0, request 0) waits for its operands on core 0\n"
            "tile 1 (operator 0, request 0) waits for its operands on core 0\n");
}

}  // namespace
}  // namespace tessera::scheduler::testing
