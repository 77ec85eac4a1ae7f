// A policy that breaks the law ends its run with a message that names what it did, the tile and the cycle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Scenario small() {
  Scenario s;
  s.graph = layered_graph(2, 3, 2);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.dma.channels.resize(1);
  return s;
}

Outcome run(const Scenario& s, const std::function<Action(const View&)>& decide,
            std::vector<Illegal>* reasons = nullptr) {
  Scripted policy(decide);
  Outcome o = run_checked(s, policy, {});
  if (reasons != nullptr) *reasons = policy.reasons;
  EXPECT_EQ(o.state, RunState::failed);
  EXPECT_THAT(o.problems, IsEmpty());
  EXPECT_THAT(o.failure, HasSubstr("policy scripted: "));
  return o;
}

TEST(PolicyErrors, NeverDispatching) {
  const Outcome o = run(small(), [](const View&) { return Wait{}; });
  EXPECT_THAT(o.failure, HasSubstr("Wait at cycle 0 with nothing in flight and 12 tiles not dispatched"));
}

TEST(PolicyErrors, SleepingForever) {
  const Outcome o = run(small(), [](const View& v) { return Wait{v.now() + base::Ps{1000}}; });
  EXPECT_THAT(o.failure, HasSubstr("with nothing in flight"));
}

TEST(PolicyErrors, UnknownTile) {
  std::vector<Illegal> reasons;
  const Outcome o = run(
      small(),
      [](const View&) {
        return Dispatch{4711, 0};
      },
      &reasons);
  EXPECT_THAT(
      o.failure,
      HasSubstr("16 illegal actions at cycle 0, the last: Dispatch of tile 4711 to core 0: there is no such tile"));
  EXPECT_EQ(reasons, std::vector<Illegal>(16, Illegal::unknown_tile));
}

TEST(PolicyErrors, BrokenEdge) {
  // Tile 6 is the first of the second operator: its producers are not stored.
  const Outcome o = run(small(), [](const View&) { return Dispatch{6, 0}; });
  EXPECT_THAT(o.failure, HasSubstr("tile 6 (operator 1, request 0) to core 0: the tile is not ready"));
}

TEST(PolicyErrors, UnknownCoreAndChannelAndTime) {
  EXPECT_THAT(run(small(), [](const View&) { return Dispatch{0, 9}; }).failure, HasSubstr("there is no such core"));
  EXPECT_THAT(run(small(),
                  [](const View&) {
                    return Dispatch{0, 0, {3, -1}};
                  })
                  .failure,
              HasSubstr("no such DMA channel"));
  EXPECT_THAT(run(small(), [](const View& v) { return Wait{v.now()}; }).failure, HasSubstr("has passed"));
  EXPECT_THAT(run(small(),
                  [](const View&) {
                    return Prefetch{0, 0, 0};
                  })
                  .failure,
              HasSubstr("only a constant operand"));
}

// Two weights in turns through one slot: the second must not evict the first, and a policy that wants nothing else
// stops when that one is there.
TEST(PolicyErrors, PrefetchingForever) {
  Scenario s = small();
  s.graph.slots[1] = 1;
  std::uint32_t n = 0;
  const Outcome o = run(s, [&n](const View& v) -> Action {
    const Prefetch p{n % 2, 1, 0};
    const Illegal why = v.check(p);
    if (n == 10) return Wait{};
    if (why != Illegal::none) {
      EXPECT_EQ(why, v.evictable_slots(0, 1) == 1 && v.residency(v.graph().tiles[0].weight, 1, 0) == Residency::full
                         ? Illegal::no_slot_for_prefetch
                         : Illegal::prefetch_under_way);
      return Wait{};
    }
    ++n;
    return p;
  });
  EXPECT_THAT(o.failure, HasSubstr("with nothing in flight and 12 tiles not dispatched"));
  EXPECT_EQ(n, 1);
}

// A request that is still to come keeps the run from being stuck: only the limit of clause 7.21 ends it.
TEST(PolicyErrors, SleepingWhileARequestIsToCome) {
  Scenario s = small();
  s.graph.set_arrivals({base::Ps{0}, base::Ps{1'000'000'000}});
  std::uint64_t n = 0;
  const Outcome o = run(s, [&n](const View& v) { return ++n, Wait{v.now() + base::Ps{1000}}; });
  EXPECT_THAT(o.failure, HasSubstr("1048 waits until a time at cycle 1048 without an accepted Dispatch"));
  EXPECT_EQ(n, 4 * 12 + 1000 + 1);
}

}  // namespace
}  // namespace tessera::scheduler::testing
