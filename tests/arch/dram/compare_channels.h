// Two channels fed with the same traffic: the same commands in the same cycles, the same answers, the same counts.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/arch/dram/traffic.h"

namespace tessera::arch {

inline std::string describe(const CommandLog& log, CommandLog::const_iterator i) {
  if (i == log.end()) return "nothing";
  return std::string(to_string(i->command)) + " of bank " + std::to_string(i->bank) + " in cycle " +
         std::to_string(i->cycle);
}

inline void expect_same_statistics(const ChannelStatistics& fast, const ChannelStatistics& plain) {
  EXPECT_EQ(fast.reads, plain.reads);
  EXPECT_EQ(fast.writes, plain.writes);
  EXPECT_EQ(fast.row_hits, plain.row_hits);
  EXPECT_EQ(fast.row_misses, plain.row_misses);
  EXPECT_EQ(fast.row_conflicts, plain.row_conflicts);
  EXPECT_EQ(fast.activates, plain.activates);
  EXPECT_EQ(fast.precharges, plain.precharges);
  EXPECT_EQ(fast.refreshes, plain.refreshes);
  EXPECT_EQ(fast.forwarded, plain.forwarded);
  EXPECT_EQ(fast.merged, plain.merged);
  EXPECT_EQ(fast.replaced, plain.replaced);
  EXPECT_EQ(fast.turnarounds, plain.turnarounds);
}

// A standard, and how many ranks of it share one bus.
struct Geometry {
  const char* name;
  const char* standard;
  std::int32_t ranks;
};
inline void PrintTo(const Geometry& g, std::ostream* out) { *out << g.name; }
[[nodiscard]] inline DramStandard standard_of(const Geometry& geometry) {
  auto standard = find_dram_standard(geometry.standard).value();
  if (!standard.pseudo_channels) standard.units = geometry.ranks;
  return standard;
}

// A read of what a write that waits will put there is answered at once.
inline void expect_read_from_waiting_write(Channel& channel) {
  std::vector<BurstAnswer> answers;
  channel.accept({.burst = 5, .bank = 0, .row = 0, .write = true, .tag = 1}, 0, answers);
  channel.accept({.burst = 5, .bank = 0, .row = 0, .write = false, .tag = 2}, 0, answers);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].tag, 2u);
  EXPECT_EQ(answers[0].cycle, 1);
  EXPECT_EQ(answers[0].data, BurstData::forwarded);
  EXPECT_EQ(channel.statistics().forwarded, 1);
  EXPECT_EQ(channel.statistics().reads, 0) << "the data bus moves nothing for it";
}

using Feed = std::vector<BurstAnswer> (*)(Channel&, const std::vector<Arrival>&);

inline void expect_same_run(Channel& fast, Channel& plain, const std::vector<Arrival>& traffic,
                            Feed feed = arch::feed) {
  CommandLog fast_log, plain_log;
  fast.log_to(&fast_log);
  plain.log_to(&plain_log);
  const auto fast_answers = feed(fast, traffic), plain_answers = feed(plain, traffic);
  const auto [f, p] = std::mismatch(fast_log.begin(), fast_log.end(), plain_log.begin(), plain_log.end());
  if (f != fast_log.end() || p != plain_log.end()) {
    FAIL() << "command " << f - fast_log.begin() << ": " << describe(fast_log, f) << ", the plain scan has "
           << describe(plain_log, p);
  }
  ASSERT_EQ(fast_answers.size(), traffic.size());
  ASSERT_EQ(plain_answers.size(), traffic.size());
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    ASSERT_EQ(fast_answers[i].cycle, plain_answers[i].cycle) << i;
    ASSERT_EQ(fast_answers[i].accepted, plain_answers[i].accepted) << i;
    ASSERT_EQ(fast_answers[i].tag, plain_answers[i].tag) << i;
    ASSERT_EQ(fast_answers[i].write, plain_answers[i].write) << i;
    ASSERT_EQ(fast_answers[i].data, plain_answers[i].data) << i;
  }
  expect_same_statistics(fast.statistics(), plain.statistics());
}

}  // namespace tessera::arch
