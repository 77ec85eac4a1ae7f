// What the time of simple patterns must be, written down by hand.
#include <gtest/gtest.h>

#include <algorithm>

#include "arch/dram/closed_loop.h"
#include "arch/dram/make_channel.h"

namespace tessera::arch {
namespace {

class DramClosedForms : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] LoopResult run(const AccessPattern& pattern, bool refresh = false,
                               BankMapping mapping = BankMapping::bgi) const {
    Channels channels;
    ChannelOptions options;
    options.refresh = refresh;
    channels.push_back(make_channel(standard, options));
    return run_closed_loop(pattern, AddressMap(standard, 1, standard.burst_bytes, mapping), channels);
  }
  // Reads of `count` rows of bank 0, one burst each.
  [[nodiscard]] AccessPattern one_bank(int count, bool serial) const {
    AccessPattern pattern{"one bank", {{}}};
    pattern.streams[0].serial = serial;
    const std::int64_t pitch = standard.row_bytes * standard.banks();
    for (int i = 0; i < count; ++i) pattern.streams[0].addresses.push_back(i * pitch);
    return pattern;
  }
  const DramStandard standard = find_dram_standard(GetParam()).value();
  const DramTimings& t = standard.timings;
};

TEST_P(DramClosedForms, ASequentialStreamFillsTheDataBus) {
  // Bank groups in turn and rows opened ahead: one burst per burst time on each data bus, after the first access.
  const std::int64_t buses = standard.pseudo_channels ? standard.units : 1;
  const auto pattern = make_access_pattern("seq1M", standard, 1).value();
  const DramCycle ideal = pattern.bursts() / buses * t.burst;
  const auto result = run(pattern);
  EXPECT_GE(result.cycles, ideal);
  // HBM2's command buses and small rows, and DDR4's stalls where one row follows another, cost a little.
  EXPECT_LE(static_cast<double>(result.cycles), 1.13 * static_cast<double>(ideal));
}

TEST_P(DramClosedForms, OneBankServesARowPerRowCycle) {
  const int n = 200;
  const DramCycle row = std::max(t.row_cycle, t.activate_to_read + t.read_to_precharge + t.precharge);
  const auto result = run(one_bank(n, false));
  // An activate of two slots acts at its second; a data clock that stopped costs one.
  const DramCycle least = row * (n - 1) + t.activate_to_read + t.read_latency + t.burst;
  EXPECT_GE(result.cycles, least);
  EXPECT_LE(result.cycles, least + n + 4);
}

TEST_P(DramClosedForms, DependentReadsToOtherRowsPayEverything) {
  const int n = 100;
  // precharge, activate, read, data, and one cycle from the answer to the next command, unless the row must stay open
  // longer. The sync of a data clock and the way from the read queue to a bank's queue take one cycle each.
  const DramCycle sync = t.sync_postamble >= 0 ? 1 : 0, way = standard.policy == ControllerPolicy::bank_queues ? 1 : 0;
  const DramCycle data = t.activate_to_read + sync + t.read_latency + t.burst;
  const DramCycle each = t.precharge + std::max(t.row_active, data + way + 1);
  // The second slot of an activate moves everything but the next activate.
  EXPECT_EQ(run(one_bank(n, true)).cycles, 1 + way + (n - 1) * each + data + t.activate_slots - 1);
}

TEST_P(DramClosedForms, RandomReadsKeepTheActivateWindow) {
  const auto pattern = make_access_pattern("rand", standard, 1).value();
  const auto result = run(pattern);
  const auto activates = result.statistics.activates;
  EXPECT_GT(activates, 60'000);
  EXPECT_GE(result.cycles, (activates / standard.units / 4 - 1) * t.four_activates * 95 / 100);
}

TEST_P(DramClosedForms, RefreshCostsItsShare) {
  const auto pattern = make_access_pattern("seq16M", standard, 1).value();
  const auto without = run(pattern, false), with = run(pattern, true);
  EXPECT_EQ(without.statistics.refreshes, 0);
  EXPECT_EQ(with.statistics.refreshes / standard.units, with.cycles / t.refresh_interval);
  const double share = static_cast<double>(with.cycles - without.cycles) / static_cast<double>(with.cycles);
  const double least = static_cast<double>(t.refresh) / static_cast<double>(t.refresh_interval);
  EXPECT_GE(share, least);
  EXPECT_LE(share, 1.4 * least);
}

TEST_P(DramClosedForms, EveryBurstIsServedOnce) {
  for (const auto* name : {"str4", "rw_skew", "copy", "tile4kx16", "tile64k"}) {
    for (const auto mapping : {BankMapping::bgi, BankMapping::rbc}) {
      const auto pattern = make_access_pattern(name, standard, 1).value();
      const auto result = run(pattern, true, mapping);
      const auto& s = result.statistics;
      const auto served = s.reads + s.merged + s.forwarded + s.writes + s.replaced;
      // Bank queues may keep posted writes for ever.
      const std::int64_t kept = standard.policy == ControllerPolicy::bank_queues ? 32 : 0;
      EXPECT_LE(served, pattern.bursts()) << name;
      EXPECT_GE(served, pattern.bursts() - kept) << name;
      EXPECT_EQ(s.reads + s.merged + s.forwarded, result.reads) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Standards, DramClosedForms,
                         testing::Values("DDR4-3200", "DDR4-2400", "LPDDR5-6400", "HBM2-2000", "LPDDR4-3200"),
                         [](const auto& tested) {
                           auto name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tessera::arch
