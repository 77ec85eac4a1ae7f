#include "trace/export/even_rate.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace tessera::trace {
namespace {

using base::Ps;
using Corners = std::vector<std::pair<std::int64_t, std::int64_t>>;

Corners corners(const std::vector<ByteWindow>& windows) {
  Corners out;
  for (const MovedBytes& m : even_curve(windows)) out.emplace_back(m.at.count(), m.bytes);
  return out;
}

TEST(EvenRate, FillsOneWindowEvenly) {
  EXPECT_EQ(corners({{Ps{10}, Ps{20}, 100}}), (Corners{{10, 0}, {20, 100}}));
  EXPECT_EQ(corners({}), Corners{});
  EXPECT_EQ(corners({{Ps{10}, Ps{10}, 100}}), (Corners{{10, 0}, {11, 100}}));
}

TEST(EvenRate, RestsBetweenWindows) {
  EXPECT_EQ(corners({{Ps{0}, Ps{10}, 100}, {Ps{30}, Ps{40}, 50}}), (Corners{{0, 0}, {10, 100}, {30, 100}, {40, 150}}));
}

TEST(EvenRate, HasNoCornerWhereItIsStraight) {
  EXPECT_EQ(corners({{Ps{0}, Ps{50}, 50}, {Ps{50}, Ps{100}, 50}}), (Corners{{0, 0}, {100, 100}}));
}

// 75 bytes in [0, 100) and 50 in [50, 100): each evenly would be 1.75 a picosecond in the second half. 1.25 all along
// moves the first 62.5 from the 75.
TEST(EvenRate, HasNoPeakThatTheWindowsDoNotForce) {
  EXPECT_EQ(corners({{Ps{0}, Ps{100}, 75}, {Ps{50}, Ps{100}, 50}}), (Corners{{0, 0}, {100, 125}}));
}

// Only 40 bytes may move before 50, so the rate goes from 0.8 to 1.2 there.
TEST(EvenRate, MovesNothingBeforeItsWindowBegins) {
  EXPECT_EQ(corners({{Ps{0}, Ps{100}, 40}, {Ps{50}, Ps{100}, 60}}), (Corners{{0, 0}, {50, 40}, {100, 100}}));
}

// 60 bytes must have moved by 50, so the rate goes from 1.2 to 0.8 there.
TEST(EvenRate, MovesEverythingBeforeItsWindowEnds) {
  EXPECT_EQ(corners({{Ps{0}, Ps{50}, 60}, {Ps{0}, Ps{100}, 40}}), (Corners{{0, 0}, {50, 60}, {100, 100}}));
}

// First held down by a late begin, then forced up by an early end: 10 by 40, 90 by 60.
TEST(EvenRate, TurnsBothWays) {
  EXPECT_EQ(corners({{Ps{0}, Ps{60}, 10}, {Ps{40}, Ps{60}, 80}, {Ps{0}, Ps{100}, 0}, {Ps{40}, Ps{100}, 10}}),
            (Corners{{0, 0}, {40, 10}, {60, 90}, {100, 100}}));
}

// Numbers that only a forged trace has.
TEST(EvenRate, BearsAnyNumbers) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(corners({{Ps{0}, Ps{10}, kMost}, {Ps{0}, Ps{20}, kMost}}), (Corners{{0, 0}, {10, kMost}, {20, kMost}}));
  EXPECT_EQ(corners({{Ps{0}, Ps{10}, -5}}), (Corners{{0, 0}, {10, 0}}));
  EXPECT_EQ(corners({{Ps{0}, Ps{kMost}, kMost}}), (Corners{{0, 0}, {kMost, kMost}}));
}

// Transfers on a bus that moves at most 3 bytes a picosecond, in packets whose owners take turns at random. The curve
// must stay between what had to move and what could, and below the bus's rate.
TEST(EvenRate, StaysWithinTheWindowsAndBelowTheBus) {
  constexpr std::int64_t kRate = 3;
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    struct Transfer {
      std::int64_t begin, left, bytes;
    };
    std::vector<Transfer> open;
    std::vector<ByteWindow> windows;
    for (std::int64_t now = 0; now < 400 || !open.empty(); ++now) {
      if (now < 400 && random() % 8 == 0) {
        const auto bytes = static_cast<std::int64_t>(1 + random() % 60);
        open.push_back({now, bytes, bytes});
      }
      if (open.empty() || random() % 4 == 0) continue;
      const std::size_t turn = random() % open.size();
      open[turn].left -= std::min(kRate, open[turn].left);
      if (open[turn].left > 0) continue;
      windows.push_back({Ps{open[turn].begin}, Ps{now + 1}, open[turn].bytes});
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(turn));
    }
    const auto curve = even_curve(windows);
    std::int64_t all = 0;
    for (const ByteWindow& w : windows) all += w.bytes;
    ASSERT_EQ(curve.front().bytes, 0);
    ASSERT_EQ(curve.back().bytes, all);
    for (std::size_t i = 1; i < curve.size(); ++i) {
      const std::int64_t time = (curve[i].at - curve[i - 1].at).count(), moved = curve[i].bytes - curve[i - 1].bytes;
      ASSERT_GT(time, 0);
      ASSERT_GE(moved, 0);
      ASSERT_LE(moved, kRate * time) << "round " << round;
      std::int64_t had_to = 0, could = 0;
      for (const ByteWindow& w : windows) {
        had_to += w.end <= curve[i].at ? w.bytes : 0;
        could += w.begin < curve[i].at ? w.bytes : 0;
      }
      ASSERT_GE(curve[i].bytes, had_to);
      ASSERT_LE(curve[i].bytes, could);
    }
  }
}

}  // namespace
}  // namespace tessera::trace
