#include "base/clock.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::base {
namespace {

TEST(Clock, EdgesOfAPeriodThatIsNoWholePicosecondAreRoundedOneByOne) {
  const Clock clock = Clock::from_hz(3'200'000'000);  // 312.5 ps
  EXPECT_EQ(clock.edge(Cycles{1}), Ps{312});
  EXPECT_EQ(clock.edge(Cycles{2}), Ps{625});
  EXPECT_EQ(clock.edge(Cycles{3}), Ps{937});
  EXPECT_EQ(clock.edge(Cycles{2'000'000'000}), Ps{625'000'000'000});  // a rounded period would be 1 ms short
}

TEST(Clock, FirstEdgeIsNotBeforeTheTimeAndTheOneBeforeItIs) {
  std::mt19937_64 random(1);
  for (const std::int64_t hz : {940'000'000LL, 1'000'000'000LL, 3'200'000'000LL, 333'333'333LL, 1'600'000'001LL}) {
    const Clock clock = Clock::from_hz(hz);
    for (int i = 0; i < 2000; ++i) {
      const Ps t{static_cast<std::int64_t>(random() % 10'000'000'000'000ULL)};
      const Cycles n = clock.first_edge(t);
      ASSERT_GE(clock.edge(n), t);
      if (n.count() > 0) {
        ASSERT_LT(clock.edge(n - Cycles{1}), t);
      }
      ASSERT_EQ(clock.align(t), clock.edge(n));
      ASSERT_EQ(clock.after(t, Cycles{7}), clock.edge(n + Cycles{7}));
    }
  }
}

TEST(Clock, ElapsedCountsTheEdgesThatHavePassed) {
  const Clock clock = Clock::from_hz(1'000'000'000);
  EXPECT_EQ(clock.elapsed(Ps{0}), Cycles{0});
  EXPECT_EQ(clock.elapsed(Ps{999}), Cycles{0});
  EXPECT_EQ(clock.elapsed(Ps{1000}), Cycles{1});
  EXPECT_EQ(clock.elapsed(Ps{1001}), Cycles{1});
}

TEST(Clock, AnEdgeIsItsOwnFirstEdge) {
  const Clock clock = Clock::from_hz(940'000'000);
  for (std::int64_t n = 0; n < 5000; ++n) ASSERT_EQ(clock.first_edge(clock.edge(Cycles{n})), Cycles{n});
}

TEST(Clock, LongTimesDoNotOverflow) {
  const Clock clock = Clock::from_hz(3'200'000'001);
  const Cycles n{3'200'000'001LL * 3600};  // an hour
  EXPECT_EQ(clock.edge(n), Ps{3'600'000'000'000'000});
}

TEST(Units, RoundingHelpers) {
  EXPECT_EQ(ceil_div(7, 3), 3);
  EXPECT_EQ(ceil_div(6, 3), 2);
  EXPECT_EQ(round_up(65, 64), 128);
  EXPECT_EQ(round_down(127, 64), 64);
}

}  // namespace
}  // namespace tessera::base
