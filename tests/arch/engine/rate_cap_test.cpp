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

}  // namespace
}  // namespace tessera::arch
