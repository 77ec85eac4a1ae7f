#include "arch/dram/bank_queue_channel.h"

#include "tests/arch/dram/compare_channels.h"
#include "tests/arch/dram/plain_bank_queues.h"

namespace tessera::arch {
namespace {

struct Geometry {
  const char* name;
  const char* standard;
  std::int32_t ranks;
};
void PrintTo(const Geometry& g, std::ostream* out) { *out << g.name; }

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
  auto standard = find_dram_standard(GetParam().standard).value();
  standard.units = GetParam().ranks;
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
                         testing::Values(Geometry{"LPDDR4_3200", "LPDDR4-3200", 1}, Geometry{"LPDDR4_3200_two_ranks", "LPDDR4-3200", 2},
                                         Geometry{"DDR4_3200_with_bank_groups", "DDR4-3200", 1}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tessera::arch
