#include "arch/dram/bank_queue_channel.h"

#include "tests/arch/dram/compare_channels.h"
#include "tests/arch/dram/plain_bank_queues.h"

namespace tessera::arch {
namespace {

// The same bursts a few cycles apart, so that they come while the banks are at work.
std::vector<Arrival> spread(std::vector<Arrival> traffic, unsigned seed) {
  std::mt19937 random(seed);
  const unsigned most = 1 + random() % 24;
  DramCycle later = 0;
  for (auto& arrival : traffic) arrival.cycle += later += random() % most;
  return traffic;
}

class BankQueuesAgainstPlainScan : public testing::TestWithParam<Geometry> {};

TEST_P(BankQueuesAgainstPlainScan, IssueTheSameCommandsInTheSameCycles) {
  const auto standard = standard_of(GetParam());
  for (unsigned seed = 1; seed <= 80 && !HasFatalFailure(); ++seed) {
    ChannelOptions options;
    if (seed % 3 == 0) options.refresh_offset = 777;
    if (seed % 4 == 0) {
      options.read_queue = 5;
      options.write_queue = 9;
    }
    if (seed % 7 == 0) options.read_queue = options.write_queue = 1;
    if (seed % 5 == 0) options.refresh = false;
    options.posted_writes = seed % 2 == 0;
    SCOPED_TRACE("seed " + std::to_string(seed));
    BankQueueChannel fast(standard, options);
    PlainBankQueues plain(standard, options);
    const auto traffic = random_traffic(standard, seed, 1500);
    expect_same_run(fast, plain, seed % 11 < 6 ? spread(traffic, seed) : traffic);
  }
}

INSTANTIATE_TEST_SUITE_P(Geometries, BankQueuesAgainstPlainScan,
                         testing::Values(Geometry{"LPDDR4_3200", "LPDDR4-3200", 1},
                                         Geometry{"LPDDR4_3200_two_ranks", "LPDDR4-3200", 2},
                                         Geometry{"DDR4_3200_with_bank_groups", "DDR4-3200", 1}),
                         [](const auto& tested) { return tested.param.name; });

// Every cycle that next() names has a command, a burst that moves on, or a refresh that falls due.
TEST(BankQueueChannel, VisitsNoCycleInWhichNothingHappens) {
  const auto standard = find_dram_standard("LPDDR4-3200").value();
  for (unsigned seed = 1; seed <= 20; ++seed) {
    BankQueueChannel channel(standard, {.posted_writes = seed % 2 == 0});
    CommandLog log;
    channel.log_to(&log);
    std::vector<BurstAnswer> answers;
    const auto traffic = random_traffic(standard, seed, 1500);
    std::size_t visits = 0;
    DramCycle now = 0;
    const auto visit = [&] {
      now = channel.next();
      channel.advance(now, answers);
      ++visits;
    };
    for (const auto& arrival : traffic) {
      while (!channel.can_accept(arrival.request.write)) visit();
      channel.accept(arrival.request, now, answers);
    }
    while (channel.next() != kNeverCycle) visit();
    const auto refreshes_due = static_cast<std::size_t>(now / standard.timings.refresh_interval);
    EXPECT_LE(visits, log.size() + traffic.size() + refreshes_due) << "seed " << seed;
  }
}

TEST(BankQueueChannel, AnswersAReadFromTheWriteBuffer) {
  BankQueueChannel channel(find_dram_standard("LPDDR4-3200").value(), {.posted_writes = false});
  expect_read_from_waiting_write(channel);
}

TEST(BankQueueChannel, ReadsABurstOnceForAllThatWaitForIt) {
  BankQueueChannel channel(find_dram_standard("LPDDR4-3200").value(), {});
  std::vector<BurstAnswer> answers;
  for (const std::uint32_t tag : {1u, 2u, 3u})
    channel.accept({.burst = 5, .bank = 0, .row = 0, .write = false, .tag = tag}, tag, answers);
  while (channel.next() != kNeverCycle) channel.advance(channel.next(), answers);
  ASSERT_EQ(answers.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answers[i].tag, i + 1);
    EXPECT_EQ(answers[i].accepted, i + 1);
    EXPECT_EQ(answers[i].cycle, answers[0].cycle);
    EXPECT_EQ(answers[i].data, i == 0 ? BurstData::moved : BurstData::merged);
  }
  EXPECT_EQ(channel.statistics().reads, 1);
  EXPECT_EQ(channel.statistics().merged, 2);
  EXPECT_EQ(channel.statistics().row_hits + channel.statistics().row_misses, 1);
}

}  // namespace
}  // namespace tessera::arch
