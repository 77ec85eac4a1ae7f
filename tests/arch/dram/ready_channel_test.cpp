#include "arch/dram/ready_channel.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/arch/dram/compare_channels.h"
#include "tests/arch/dram/plain_channel.h"

namespace tessera::arch {
namespace {

class ReadyChannelAgainstPlainScan : public testing::TestWithParam<Geometry> {};

TEST_P(ReadyChannelAgainstPlainScan, IssuesTheSameCommandsInTheSameCycles) {
  const auto standard = standard_of(GetParam());
  for (unsigned seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    ChannelOptions options;
    if (seed % 3 == 0) options.refresh_offset = 777;
    if (seed % 4 == 0) options = {.read_queue = 5, .write_queue = 9, .drain_above = 6, .drain_below = 3};
    if (seed % 7 == 0) options = {.read_queue = 1, .write_queue = 1, .drain_above = 0, .drain_below = 1};
    if (seed % 5 == 0) options.refresh = false;
    SCOPED_TRACE("seed " + std::to_string(seed));
    ReadyChannel fast(standard, options);
    PlainChannel plain(standard, options);
    expect_same_run(fast, plain, random_traffic(standard, seed, 1000), seed % 2 == 0 ? feed : feed_two_lines);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Geometries, ReadyChannelAgainstPlainScan,
    testing::Values(Geometry{"DDR4_3200", "DDR4-3200", 1}, Geometry{"DDR4_3200_two_ranks", "DDR4-3200", 2},
                    Geometry{"DDR4_2400", "DDR4-2400", 1}, Geometry{"LPDDR5_6400", "LPDDR5-6400", 1},
                    Geometry{"LPDDR5_6400_two_ranks", "LPDDR5-6400", 2}, Geometry{"HBM2_2000", "HBM2-2000", 1},
                    Geometry{"LPDDR4_3200", "LPDDR4-3200", 1}),
    [](const auto& tested) { return tested.param.name; });

TEST(ReadyChannel, AnswersAReadFromTheWriteQueue) {
  const auto standard = find_dram_standard("DDR4-3200").value();
  ReadyChannel channel(standard, {});
  expect_read_from_waiting_write(channel);
}

TEST(ReadyChannel, RefreshesOfIdleTimeDoNotDependOnLookingAhead) {
  const auto standard = find_dram_standard("DDR4-3200").value();
  std::int64_t refreshes[2];
  for (const bool look : {false, true}) {
    ReadyChannel channel(standard, {});
    std::vector<BurstAnswer> answers;
    if (look) channel.advance(1'000'000, answers);
    channel.accept({.burst = 0, .bank = 0, .row = 0, .write = false, .tag = 0}, 1'000'000, answers);
    while (channel.next() != kNeverCycle) channel.advance(channel.next(), answers);
    refreshes[look] = channel.statistics().refreshes;
  }
  EXPECT_EQ(refreshes[0], 1'000'000 / 12480);
  EXPECT_EQ(refreshes[1], refreshes[0]);
}

}  // namespace
}  // namespace tessera::arch
