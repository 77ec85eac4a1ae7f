// The burst walk against the plain definition: the set of bursts that any byte of any run touches.
#include "arch/transfer/bursts.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tessera::arch {
namespace {

std::set<std::int64_t> touched(const Strided& s, std::int64_t burst) {
  std::set<std::int64_t> bursts;
  for (std::int64_t i = 0; i < s.count[0]; ++i)
    for (std::int64_t j = 0; j < s.count[1]; ++j)
      for (std::int64_t k = 0; k < s.count[2]; ++k) {
        const std::int64_t start = s.base + i * s.stride[0] + j * s.stride[1] + k * s.stride[2];
        for (std::int64_t b = start / burst; b <= (start + s.run_bytes - 1) / burst; ++b) bursts.insert(b);
      }
  return bursts;
}

Strided random_descriptor(std::mt19937& random) {
  const auto pick = [&](int low, int high) { return low + static_cast<std::int64_t>(random() % (high - low + 1)); };
  Strided s;
  s.base = pick(0, 300);
  s.run_bytes = pick(1, pick(0, 1) == 0 ? 8 : 150);
  std::int64_t span = s.run_bytes;
  for (std::size_t d = 0; d < 3; ++d) {
    s.count[d] = pick(1, 4);
    s.stride[d] = span + pick(0, pick(0, 1) == 0 ? 3 : 200);
    if (pick(0, 1) == 0) s.stride[d] = base::round_up(s.stride[d], 64);
    if (s.count[d] > 1) span += s.stride[d] * (s.count[d] - 1);
  }
  return s;
}

TEST(Bursts, EveryTouchedBurstOnceAndAscending) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    const Strided s = random_descriptor(random);
    const std::int64_t burst = random() % 2 == 0 ? 64 : 32;
    const auto expected = touched(s, burst);
    ASSERT_EQ(moved_bytes(s, burst), static_cast<std::int64_t>(expected.size()) * burst) << "round " << round;
    std::set<std::int64_t> walked;
    std::int64_t last_end = -1;
    BurstRuns runs(s, burst);
    for (BurstRun run; runs.next(run); last_end = run.end) {
      ASSERT_GT(run.begin, last_end) << "intervals that meet are one";
      ASSERT_EQ(run.begin % burst, 0);
      for (std::int64_t b = run.begin; b < run.end; b += burst) walked.insert(b / burst);
    }
    ASSERT_EQ(walked, expected) << "round " << round;
  }
}

TEST(Bursts, BurstSharedByNeighbouringRunsMovesOnce) {
  // Two runs of 8 bytes, 32 apart, inside one 64-byte burst; then two that only meet.
  EXPECT_EQ(moved_bytes({.base = 0, .run_bytes = 8, .count = {2, 1, 1}, .stride = {32, 0, 0}}, 64), 64);
  EXPECT_EQ(moved_bytes({.base = 32, .run_bytes = 33, .count = {2, 1, 1}, .stride = {128, 0, 0}}, 64), 256);
}

TEST(Bursts, DescriptorOfDenseBlockIsOneInterval) {
  BurstRuns runs({.base = 64, .run_bytes = 16, .count = {4, 10, 3}, .stride = {16, 64, 640}}, 64);
  BurstRun run;
  ASSERT_TRUE(runs.next(run));
  EXPECT_EQ(run, (BurstRun{64, 64 + 1920}));
  EXPECT_FALSE(runs.next(run));
}

TEST(Bursts, EmptyRunMovesNothing) { EXPECT_EQ(moved_bytes({.base = 5, .run_bytes = 0}, 64), 0); }

}  // namespace
}  // namespace tessera::arch
