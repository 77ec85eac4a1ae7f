// The cap of a DMA channel against sums worked by hand and against its law in exact arithmetic.
#include "arch/engine/rate_cap.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace tessera::arch {
namespace {

using base::ByteRate;
using base::Clock;
using base::Cycles;
using base::Ps;

constexpr Clock kClock{1000, 1};

std::int64_t edge_of(Ps t) { return t.count() / 1000; }

// Edges at which packets go, each as soon as the cap lets it.
std::vector<std::int64_t> edges(ByteRate rate, const std::vector<std::int64_t>& packets) {
  RateCap cap;
  cap.joined(Ps{0});
  std::vector<std::int64_t> at;
  for (const std::int64_t bytes : packets) {
    at.push_back(edge_of(cap.until()));
    cap.sent(cap.until(), bytes, rate, kClock);
  }
  return at;
}

// 32 B at 13.6 B/cycle are 2.353 cycles: 0, 2.353, 4.706, 7.059, 9.412, 11.765.
TEST(RateCap, FractionsOfCyclesAddUp) {
  EXPECT_EQ(edges(ByteRate::of_thousandths(13'600), {32, 32, 32, 32, 32, 32}),
            (std::vector<std::int64_t>{0, 3, 5, 8, 10, 12}));
}

// 48, 16 and 32 B at 32 B/cycle: 1.5, then 2, then 3 cycles. A packet narrower than a cycle's bytes takes its part.
TEST(RateCap, WholeRatesKeepFractionsToo) {
  EXPECT_EQ(edges(32, {48, 16, 32, 32}), (std::vector<std::int64_t>{0, 2, 2, 3}));
}

// 256 B at 10 B/cycle: 25.6 cycles, and 254 B: 25.4. The second packet is held up until 30: less than a cycle of
// its 4.4 counts, so that the third goes 25.4 - 0.9999 cycles later. After an empty queue the whole 25.4 count.
TEST(RateCap, WhatWasHeldUpMakesUpForLessThanACycle) {
  for (const bool empty : {false, true}) {
    RateCap cap;
    cap.joined(Ps{0});
    cap.sent(Ps{0}, 256, 10, kClock);
    EXPECT_EQ(edge_of(cap.until()), 26);
    if (empty) cap.joined(Ps{30'000});
    cap.sent(Ps{30'000}, 254, 10, kClock);
    EXPECT_EQ(edge_of(cap.until()), empty ? 56 : 55);
  }
}

TEST(RateCap, AnEmptyChannelIsOwedNothingAndStillOwesWhatItSent) {
  RateCap cap;
  cap.joined(Ps{0});
  cap.sent(Ps{0}, 256, 10, kClock);
  cap.joined(Ps{5'000});
  EXPECT_EQ(edge_of(cap.until()), 26);
}

// Of random packets: never more bytes than the rate gives since the first one, not an edge later than that where
// nothing else holds them up, and not later at a higher rate.
TEST(RateCap, IsExactNeverFasterAndMonotone) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    const bool held_up = round % 2 == 1;
    const auto low = ByteRate::of_thousandths(1 + static_cast<std::int64_t>(random() % 70'000));
    const auto high = ByteRate::of_thousandths(low.thousandths + static_cast<std::int64_t>(random() % 2'000));
    RateCap slow, fast;
    std::int64_t sent = 0;
    for (int i = 0; i < 300; ++i) {
      const std::int64_t bytes = 32 * (1 + static_cast<std::int64_t>(random() % 8));
      const std::int64_t at = edge_of(slow.until());
      ASSERT_GE(at * low.thousandths, sent * 1000) << "faster than its cap";
      ASSERT_LE(fast.until(), slow.until()) << "a higher rate is later";
      if (!held_up) {
        ASSERT_LT((at - 1) * low.thousandths, sent * 1000) << "slower than its cap";
      }
      const Ps late{held_up ? static_cast<std::int64_t>(random() % 3) * 1000 : 0};
      fast.sent(held_up ? slow.until() + late : fast.until(), bytes, high, kClock);
      slow.sent(slow.until() + late, bytes, low, kClock);
      sent += bytes;
    }
  }
}

TEST(RateCap, ClocksThatAreNoWholePicosecondsKeepIt) {
  const Clock clock = Clock::from_hz(3'200'000'000);  // 312.5 ps
  RateCap cap;
  cap.joined(Ps{0});
  for (int i = 0; i < 1000; ++i) cap.sent(cap.until(), 256, ByteRate::of_thousandths(13'600), clock);
  EXPECT_EQ(cap.until(), clock.edge(Cycles{18'824})) << "256000 B at 13.6 B/cycle are 18823.53 cycles";
}

// 256 B at 16 B/cycle are owed until 16. At 6 the rate becomes 32: what is left, 160 B, takes 5 cycles; 4: 40 cycles;
// 13.6: 160 / 13.6 = 11.76, of which 0.24 count for the next packet of 32 B, 2.353: F = 17.765 + 2.353 = 20.118.
TEST(RateCap, WhatIsOwedIsPaidAtTheNewRate) {
  const auto changed = [](ByteRate rate) {
    RateCap cap;
    cap.joined(Ps{0});
    cap.sent(Ps{0}, 256, 16, kClock);
    cap.changed(Ps{6000}, 16, rate, kClock);
    return cap;
  };
  EXPECT_EQ(edge_of(changed(32).until()), 11);
  EXPECT_EQ(edge_of(changed(4).until()), 46);
  const auto odd = ByteRate::of_thousandths(13'600);
  RateCap cap = changed(odd);
  EXPECT_EQ(edge_of(cap.until()), 18);
  cap.sent(Ps{18'000}, 32, odd, kClock);
  EXPECT_EQ(edge_of(cap.until()), 21);
  // Two changes at one edge are one; there and back is none.
  RateCap twice = changed(32);
  twice.changed(Ps{6000}, 32, 4, kClock);
  EXPECT_EQ(edge_of(twice.until()), 46);
  twice.changed(Ps{6000}, 4, 16, kClock);
  EXPECT_EQ(edge_of(twice.until()), 16);
}

TEST(RateCap, WithoutOneNothingIsOwed) {
  RateCap cap;
  cap.joined(Ps{0});
  cap.sent(Ps{0}, 256, 16, kClock);
  cap.changed(Ps{6000}, 16, {}, kClock);
  EXPECT_LE(cap.until(), Ps{6000});
  cap.changed(Ps{9000}, {}, 16, kClock);
  EXPECT_EQ(edge_of(cap.until()), 9);
  cap.sent(Ps{9000}, 256, 16, kClock);
  EXPECT_EQ(edge_of(cap.until()), 25);
}

// Against a bucket that is looked at cycle by cycle: `owed` thousandths of a byte fall by the rate of each cycle; a
// packet goes when none are left, and what it was held up counts for less than one cycle.
TEST(RateCap, ChangesAreExactCycleByCycle) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 500; ++round) {
    RateCap cap;
    cap.joined(Ps{0});
    std::int64_t owed = 0;
    const auto draw = [&random] {
      return 1 + static_cast<std::int64_t>(random() % (random() % 2 == 0 ? 500 : 40'000));
    };
    ByteRate rate = ByteRate::of_thousandths(draw());
    for (std::int64_t edge = 0; edge < 400; ++edge) {
      const Ps now{edge * 1000};
      for (int n = random() % 10 == 0 ? 2 : 0; n > 0; --n) {
        const ByteRate next = ByteRate::of_thousandths(draw());
        cap.changed(now, rate, next, kClock);
        rate = next;
      }
      ASSERT_EQ(cap.until() <= now, owed <= 0) << "round " << round << ", edge " << edge;
      if (owed <= 0 && random() % 3 != 0) {
        const auto bytes = 1 + static_cast<std::int64_t>(random() % 64);
        cap.sent(now, bytes, rate, kClock);
        owed = std::max(owed, 1 - rate.thousandths) + bytes * 1000;
        if (owed <= 0) owed = std::max<std::int64_t>(owed, 1 - rate.thousandths);
      }
      owed -= rate.thousandths;
    }
  }
}

}  // namespace
}  // namespace tessera::arch
