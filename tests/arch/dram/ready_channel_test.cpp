#include "arch/dram/ready_channel.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/arch/dram/plain_channel.h"
#include "tests/arch/dram/traffic.h"

namespace tessera::arch {
namespace {

class ReadyChannelAgainstPlainScan : public testing::TestWithParam<std::string> {};

void expect_equal(const DramStandard& standard, const ChannelOptions& options, unsigned seed, int bursts) {
  const auto traffic = random_traffic(standard, seed, bursts);
  ReadyChannel fast(standard, options);
  PlainChannel plain(standard, options);
  CommandLog fast_log, plain_log;
  fast.log_to(&fast_log);
  plain.log_to(&plain_log);
  const auto fast_answers = feed(fast, traffic), plain_answers = feed(plain, traffic);
  const auto [f, p] = std::mismatch(fast_log.begin(), fast_log.end(), plain_log.begin(), plain_log.end());
  if (f != fast_log.end() || p != plain_log.end()) {
    const auto describe = [](const CommandLog& log, CommandLog::const_iterator i) {
      return i == log.end() ? std::string("nothing") : std::string(to_string(i->command)) + " of bank " + std::to_string(i->bank) + " in cycle " + std::to_string(i->cycle);
    };
    FAIL() << standard.name << ", seed " << seed << ", command " << f - fast_log.begin() << ": " << describe(fast_log, f) << ", the plain scan has "
           << describe(plain_log, p);
  }
  ASSERT_EQ(fast_answers.size(), traffic.size());
  ASSERT_EQ(plain_answers.size(), traffic.size());
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    ASSERT_EQ(fast_answers[i].cycle, plain_answers[i].cycle) << i;
    ASSERT_EQ(fast_answers[i].tag, plain_answers[i].tag) << i;
  }
  EXPECT_EQ(fast.statistics().row_hits, plain.statistics().row_hits);
  EXPECT_EQ(fast.statistics().row_conflicts, plain.statistics().row_conflicts);
  EXPECT_EQ(fast.statistics().refreshes, plain.statistics().refreshes);
}

TEST_P(ReadyChannelAgainstPlainScan, IssuesTheSameCommandsInTheSameCycles) {
  const auto standard = find_dram_standard(GetParam()).value();
  for (unsigned seed = 1; seed <= 24 && !HasFatalFailure(); ++seed) {
    ChannelOptions options;
    if (seed % 3 == 0) options.refresh_offset = 777;
    if (seed % 4 == 0) options = {.read_queue = 5, .write_queue = 9, .drain_above = 6, .drain_below = 3};
    if (seed % 5 == 0) options.refresh = false;
    expect_equal(standard, options, seed, 1500);
  }
}

INSTANTIATE_TEST_SUITE_P(Standards, ReadyChannelAgainstPlainScan, testing::Values("DDR4-3200", "DDR4-2400", "LPDDR5-6400", "HBM2-2000", "LPDDR4-3200"),
                         [](const auto& tested) { auto name = tested.param; std::replace(name.begin(), name.end(), '-', '_'); return name; });

TEST(ReadyChannel, AnswersAReadFromTheWriteQueue) {
  const auto standard = find_dram_standard("DDR4-3200").value();
  ReadyChannel channel(standard, {});
  std::vector<BurstAnswer> answers;
  channel.accept({.burst = 5, .bank = 0, .row = 0, .write = true, .tag = 1}, 0, answers);
  channel.accept({.burst = 5, .bank = 0, .row = 0, .write = false, .tag = 2}, 0, answers);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].tag, 2u);
  EXPECT_EQ(answers[0].cycle, 1);
  EXPECT_EQ(channel.statistics().forwarded, 1);
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
