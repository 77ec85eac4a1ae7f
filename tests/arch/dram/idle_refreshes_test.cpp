// Refreshes of idle time in one step against the same one by one: a channel whose commands are logged does each of
// them.
#include "arch/dram/idle_refreshes.h"

#include <gtest/gtest.h>

#include "arch/dram/bank_queue_channel.h"
#include "arch/dram/ready_channel.h"
#include "tests/arch/dram/compare_channels.h"

namespace tessera::arch {
namespace {

// Random traffic with pauses of up to 300 intervals between its runs, and a read after the last of them.
std::vector<Arrival> with_long_pauses(const DramStandard& standard, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Arrival> traffic = random_traffic(standard, seed, 400);
  DramCycle pause = 0;
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    if (i % 40 == 39)
      pause += static_cast<DramCycle>(random() % 300) * standard.timings.refresh_interval + random() % 999;
    traffic[i].cycle += pause;
  }
  return traffic;
}

template <class C>
void expect_the_same_as_one_by_one(const DramStandard& standard, ChannelOptions options) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    options.refresh_offset = seed % 3 == 0 ? 777 : 0;
    C fast(standard, options), each(standard, options);
    CommandLog log;
    each.log_to(&log);
    const auto traffic = with_long_pauses(standard, seed);
    const auto fast_answers = feed(fast, traffic), answers = feed(each, traffic);
    ASSERT_EQ(fast_answers.size(), answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) ASSERT_EQ(fast_answers[i].cycle, answers[i].cycle) << i;
    const DramCycle end = traffic.back().cycle + 100 * standard.timings.refresh_interval + seed * 97;
    fast.idle_until(end);
    each.idle_until(end);
    expect_same_statistics(fast.statistics(), each.statistics());
    EXPECT_GT(fast.statistics().refreshes, 300);
  }
}

class IdleTime : public testing::TestWithParam<Geometry> {};

TEST_P(IdleTime, RefreshesAsIfOneByOne) {
  const DramStandard standard = standard_of(GetParam());
  if (standard.policy == ControllerPolicy::oldest_ready) expect_the_same_as_one_by_one<ReadyChannel>(standard, {});
  for (const bool posted : {false, true})
    expect_the_same_as_one_by_one<BankQueueChannel>(standard, {.posted_writes = posted});
}

INSTANTIATE_TEST_SUITE_P(Geometries, IdleTime,
                         testing::Values(Geometry{"DDR4_3200", "DDR4-3200", 1},
                                         Geometry{"DDR4_3200_two_ranks", "DDR4-3200", 2},
                                         Geometry{"LPDDR5_6400", "LPDDR5-6400", 2},
                                         Geometry{"HBM2_2000", "HBM2-2000", 1},
                                         Geometry{"LPDDR4_3200_two_ranks", "LPDDR4-3200", 2}),
                         [](const auto& tested) { return tested.param.name; });

// By hand: an interval of 100, four units; 3 rounds begin in cycles 300, 400 and 500. Of a channel that was at rest
// in cycle 200, the first is left out and the last two are done.
TEST(IdleRefreshes, LeavesTheLastTwoRounds) {
  DramStandard standard;
  standard.timings.refresh_interval = 100;
  standard.units = 4;
  IdleRefreshes refreshes(standard);
  DramCycle next = 200;
  EXPECT_EQ(refreshes.skip(true, next, 599), 0) << "nothing is known of the round before";
  EXPECT_EQ(next, 200);
  next = 300;
  EXPECT_EQ(refreshes.skip(true, next, 599), 4);
  EXPECT_EQ(next, 400);
  next = 500;
  EXPECT_EQ(refreshes.skip(true, next, 599), 0);
  EXPECT_EQ(next, 500);
  EXPECT_EQ(refreshes.skip(false, next, 99'999), 0) << "rows are open";
  EXPECT_EQ(refreshes.skip(true, next, 99'999), 0) << "the round before did not begin at rest";
}

// A simulated month: 3e11 intervals.
TEST(IdleRefreshes, AMonthTakesNoTime) {
  const DramStandard standard = find_dram_standard("DDR4-3200").value();
  ReadyChannel channel(standard, {});
  const DramCycle month = standard.timings.refresh_interval * 300'000'000'000;
  channel.idle_until(month);
  EXPECT_EQ(channel.statistics().refreshes, 300'000'000'000 * standard.units);
}

}  // namespace
}  // namespace tessera::arch
