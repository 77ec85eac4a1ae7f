#include "arch/energy/time_bins.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace tessera::arch {
namespace {

using base::Ps;

std::vector<std::int64_t> row(const TimeBins& b, std::size_t track = 0) {
  const auto t = b.track(track);
  return {t.begin(), t.end()};
}

TEST(TimeBins, SpreadsASpanEvenly) {
  TimeBins b(1, 8, Ps{10});
  b.add(0, Ps{5}, Ps{25}, 100);
  EXPECT_EQ(row(b), (std::vector<std::int64_t>{25, 50, 25}));
}

TEST(TimeBins, ASpanWithoutLengthFallsIntoItsBin) {
  TimeBins b(1, 8, Ps{10});
  b.add(0, Ps{10}, Ps{10}, 7);
  EXPECT_EQ(row(b), (std::vector<std::int64_t>{0, 7}));
}

TEST(TimeBins, EndsAreExclusive) {
  TimeBins b(1, 8, Ps{10});
  b.add(0, Ps{0}, Ps{10}, 7);
  EXPECT_EQ(row(b), (std::vector<std::int64_t>{7}));
}

TEST(TimeBins, WidthDoublesWhenTheRunOutgrowsIt) {
  TimeBins b(1, 4, Ps{10});
  b.add(0, Ps{0}, Ps{40}, 40);
  EXPECT_EQ(b.width(), Ps{10});
  b.add(0, Ps{40}, Ps{41}, 1);
  EXPECT_EQ(b.width(), Ps{20});
  EXPECT_EQ(row(b), (std::vector<std::int64_t>{20, 20, 1}));
  b.extend(Ps{161});
  EXPECT_EQ(b.width(), Ps{80});
  EXPECT_EQ(row(b), (std::vector<std::int64_t>{41, 0, 0}));
}

TEST(TimeBins, TracksAreApart) {
  TimeBins b(2, 4, Ps{10});
  b.add(1, Ps{0}, Ps{20}, 6);
  EXPECT_EQ(row(b, 0), (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(row(b, 1), (std::vector<std::int64_t>{3, 3}));
}

// Narrow bins that doubled hold what wide ones from the start do, and no amount is lost, whatever the order.
TEST(TimeBins, DoublingChangesNothing) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    TimeBins grown(1, 16, Ps{3}), wide(1, 16, Ps{3 << 10});
    std::int64_t total = 0;
    for (int i = 0; i < 200; ++i) {
      const std::int64_t start = random() % 30'000, length = random() % 5'000 * (random() % 4),
                         amount = random() % 1'000'003;
      grown.add(0, Ps{start}, Ps{start + length}, amount);
      wide.add(0, Ps{start}, Ps{start + length}, amount);
      total += amount;
    }
    grown.extend(Ps{40'000});
    wide.extend(Ps{40'000});
    ASSERT_EQ(grown.width(), wide.width());
    ASSERT_EQ(row(grown), row(wide));
    const auto all = row(grown);
    ASSERT_EQ(std::accumulate(all.begin(), all.end(), std::int64_t{0}), total);
  }
}

}  // namespace
}  // namespace tessera::arch
