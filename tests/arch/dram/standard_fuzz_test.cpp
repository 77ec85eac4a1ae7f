// Any standard that is accepted makes progress: random timings, both controllers, whatever the traffic.
#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "arch/dram/make_channel.h"
#include "arch/dram/standard_keys.h"
#include "tests/arch/dram/traffic.h"

namespace tessera::arch {
namespace {

// A text with every required timing; the others sometimes. Times are spread over the orders of magnitude up to `most`.
class RandomStandard {
 public:
  explicit RandomStandard(unsigned seed) : random_(seed) {}

  std::string text() {
    std::ostringstream out;
    const bool queues = random_() % 2 == 0;
    out << "name: fuzzed\nperiod: 1 ns\nburst: 64 B\nrow: " << (1 << (6 + random_() % 8))
        << " B\nbank_groups: " << (1 << random_() % 3) << "\nbanks_per_group: " << (1 << random_() % 3)
        << "\nrows: 256\n"
        << (random_() % 3 == 0 ? "pseudo_channels: " : "ranks: ") << (1 << random_() % 2)
        << "\ncontroller: " << (queues ? "bank_queues" : "oldest_ready") << "\ntimings:\n";
    const std::int64_t most = std::int64_t{1} << (3 + random_() % 14);
    const bool halves = !queues && random_() % 3 == 0;
    for (const DramTimingKey& k : dram_timing_keys()) {
      if (!k.required && (random_() % 2 == 0 || (queues && one_bus(k.key)))) continue;
      if (k.key == "nAAD" && !halves) continue;
      out << "  " << k.key << ": " << value(k, most) << "\n";
    }
    return out.str();
  }

 private:
  static bool one_bus(std::string_view key) { return key == "nAAD" || key == "nWCKPST"; }
  std::int64_t value(const DramTimingKey& k, std::int64_t most) {
    std::int64_t v = 1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most));
    if (random_() % 3 == 0) v = 1 + static_cast<std::int64_t>(random_() % 8);
    if (k.key == "nREFI") v = most * (1 + static_cast<std::int64_t>(random_() % 12));
    if (k.key == "activate_slots") v = 1 + static_cast<std::int64_t>(random_() % 2);
    return std::clamp<std::int64_t>(v, std::max<std::int64_t>(k.range.least, 1), k.range.most);
  }

  std::mt19937_64 random_;
};

// Serves random traffic whose arrivals fall on any phase between two refreshes.
void expect_progress(const DramStandard& standard, unsigned seed, const std::string& text) {
  ChannelOptions options;
  options.posted_writes = false;
  const auto channel = make_channel(standard, options);
  std::mt19937 random(seed);
  const AddressMap map(standard, 1, standard.burst_bytes, BankMapping::bgi);
  std::vector<BurstAnswer> answers;
  DramCycle now = 0;
  constexpr std::size_t kBursts = 60;
  // A burst may wait for all others, each for an interval of its own and for the longest times of the standard.
  const DramCycle longest = 20 * (standard.timings.refresh_interval + 4'000'000);
  for (std::size_t i = 0; i < kBursts; ++i) {
    const auto where = map.locate(static_cast<std::int64_t>(random() % 4096) * standard.burst_bytes);
    const bool write = random() % 3 == 0;
    if (random() % 2 == 0) {
      now += static_cast<DramCycle>(random() % static_cast<unsigned>(2 * standard.timings.refresh_interval));
      channel->advance(now, answers);
    }
    for (int step = 0; !channel->can_accept(write); ++step) {
      now = channel->next();
      channel->advance(now, answers);
      ASSERT_LT(step, 200'000) << "no progress, seed " << seed << "\n" << text;
    }
    channel->accept({where.burst, where.bank, where.row, write, static_cast<std::uint32_t>(i)}, now, answers);
  }
  const DramCycle last = now;
  for (int step = 0; answers.size() < kBursts; ++step) {
    now = channel->next();
    ASSERT_NE(now, kNeverCycle) << "stands still, seed " << seed << "\n" << text;
    channel->advance(now, answers);
    ASSERT_LT(step, 400'000) << "no progress, seed " << seed << "\n" << text;
    ASSERT_LT(now - last, longest * static_cast<DramCycle>(kBursts)) << "no progress, seed " << seed << "\n" << text;
  }
}

TEST(StandardFuzz, WhatIsAcceptedMakesProgress) {
  int accepted = 0, refused = 0;
  for (unsigned seed = 1; seed <= 1500 && !testing::Test::HasFatalFailure(); ++seed) {
    const std::string text = RandomStandard(seed).text();
    const auto standard = parse_dram_standard(text, "fuzzed.yaml");
    if (!standard.ok()) {
      ++refused;
      continue;
    }
    ++accepted;
    expect_progress(*standard, seed, text);
  }
  EXPECT_GT(accepted, 300);
  EXPECT_GT(refused, 100);
}

std::string lpddr4(const char* key, std::int64_t value) {
  std::ostringstream out;
  out << "name: mine\nperiod: 625 ps\nburst: 32 B\nrow: 2 KiB\nbank_groups: 1\nbanks_per_group: 8\nrows: 65536\n"
         "controller: bank_queues\ntimings:\n";
  const std::vector<std::pair<std::string_view, std::int64_t>> values{{"nBL", 8},
                                                                      {"nCL", 28},
                                                                      {"nCWL", 14},
                                                                      {"nRCD", 29},
                                                                      {"nRP", 34},
                                                                      {"nRAS", 67},
                                                                      {"nRC", 101},
                                                                      {"nRRD_S", 16},
                                                                      {"nRRD_L", 16},
                                                                      {"nFAW", 64},
                                                                      {"nCCD_S", 8},
                                                                      {"nCCD_L", 8},
                                                                      {"nWR", 29},
                                                                      {"nRTP", 12},
                                                                      {"nWTR_S", 16},
                                                                      {"nWTR_L", 16},
                                                                      {"read_to_write_gap", 2},
                                                                      {"nRFC", 288},
                                                                      {"nREFI", 6246}};
  for (const auto& [name, number] : values) out << "  " << name << ": " << (name == key ? value : number) << "\n";
  return out.str();
}

// By hand: 67 to close a row, 8 for eight banks, 34 to precharge; 288 to refresh, 29 to read; and 6 slots: 432.
TEST(DramStandards, LeaveTimeToReadBetweenRefreshes) {
  EXPECT_TRUE(parse_dram_standard(lpddr4("nREFI", 433), "mine.yaml").ok());
  const auto text = parse_dram_standard(lpddr4("nREFI", 432), "mine.yaml").problems().to_string();
  EXPECT_NE(text.find("timings.nREFI of 432 cycles leaves no time to open a row and read it"), std::string::npos)
      << text;
  EXPECT_NE(text.find("need more than 432 cycles"), std::string::npos) << text;
  for (const auto& [key, least_bad] :
       {std::pair{"nRCD", 5843}, std::pair{"nRAS", 5881}, std::pair{"nRFC", 6102}, std::pair{"nFAW", 6102},
        std::pair{"nRRD_L", 6102}, std::pair{"nRP", 5848}, std::pair{"nRC", 5923}}) {
    EXPECT_FALSE(parse_dram_standard(lpddr4(key, least_bad), "mine.yaml").ok()) << key;
    EXPECT_TRUE(parse_dram_standard(lpddr4(key, least_bad - 1), "mine.yaml").ok()) << key;
  }
  EXPECT_FALSE(parse_dram_standard(lpddr4("nRCD", 7000), "mine.yaml").ok());
}

// Every time at the limits that the table states: progress, or a refusal that names it.
TEST(DramStandards, LimitsOfEveryTimeMakeProgressOrAreRefusedByName) {
  int accepted = 0;
  for (const DramTimingKey& k : dram_timing_keys()) {
    for (const std::int64_t limit :
         {std::max<std::int64_t>(k.range.least, k.otherwise < 0 ? 0 : k.range.least), k.range.most}) {
      std::string text = lpddr4(std::string(k.key).c_str(), limit);
      if (!k.required) text += "  " + std::string(k.key) + ": " + std::to_string(limit) + "\n";
      if (k.key == "nAAD" || k.key == "nWCKPST") text.replace(text.find("bank_queues"), 11, "oldest_ready");
      const auto standard = parse_dram_standard(text, "limits.yaml");
      if (!standard.ok()) {
        const std::string name(k.key.substr(0, k.key.find('_')));
        EXPECT_NE(standard.problems().to_string().find(name), std::string::npos) << k.key << " = " << limit << "\n"
                                                                                 << standard.problems().to_string();
        continue;
      }
      ++accepted;
      expect_progress(*standard, 1, text);
    }
  }
  EXPECT_GT(accepted, 40);
}

}  // namespace
}  // namespace tessera::arch
