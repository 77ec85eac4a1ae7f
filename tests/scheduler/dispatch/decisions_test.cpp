// When an action is legal and what it sets going, in runs small enough to work out by hand (docs/semantics.md 7.1
// to 8.3). Clock 1 ns, dispatch latency 10 cycles; a load of b bytes takes 20 ps x b + 1 ns; computes of 400 cycles.
#include <gtest/gtest.h>

#include <algorithm>

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

// Takes everything and answers nothing.
class DeafMachine : public Machine {
 public:
  void start_compute(std::uint32_t, TileId, Ps, const OperandSlots&) override {}
  void start_vector(std::uint32_t, TileId, Ps, base::Cycles) override {}
  void submit(const arch::TransferRequest&) override {}
  void promote(std::uint32_t) override {}
  void cancel(std::uint32_t) override {}
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
