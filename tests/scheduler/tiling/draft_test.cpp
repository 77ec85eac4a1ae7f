#include "scheduler/tiling/draft.h"

#include <gtest/gtest.h>

#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using Counts = std::vector<std::int64_t>;

TEST(Draft, SlotsAreHalvedDownToOne) {
  arch::SramRegionSpec region;
  region.banks = 2;
  EXPECT_EQ(drafted_slots(region, 1), Counts{1});
  EXPECT_EQ(drafted_slots(region, 2), (Counts{1, 2}));
  EXPECT_EQ(drafted_slots(region, 3), (Counts{1, 2, 3}));
  EXPECT_EQ(drafted_slots(region, 8), (Counts{1, 2, 4, 8}));
}

TEST(Draft, BanksOfTheirOwnDivideAmongTheSlots) {
  arch::SramRegionSpec region;
  region.banks = 4;
  EXPECT_EQ(drafted_slots(region, 5), (Counts{1, 2, 5})) << "three slots of four banks: none";
  region.arrangement = arch::BankArrangement::interleaved;
  EXPECT_EQ(drafted_slots(region, 5), (Counts{1, 2, 3, 5}));
}

// A larger number only adds drafts.
TEST(Draft, MoreSlotsAreNeverDearer) {
  int fewer = 0, all = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const models::Network network = random_network(random);
    arch::NpuSpec npu = random_npu(random);
    const auto limits = arch::machine_limits(npu);
    for (std::size_t region = 0; region < 3; ++region) {
      ScheduleSpec schedule;
      base::Ps before = base::kNever;
      for (const std::int64_t most : {2, 4, 8}) {
        schedule.buffers[region] = most;
        const Draft d = cheapest_draft(network, npu, limits, schedule, {}, {});
        if (!d.ok()) continue;
        EXPECT_LE(d.price, before) << "seed " << seed << ", region " << region << ", " << most << " slots";
        EXPECT_LE(d.graph.slots[region], most);
        before = d.price;
        (d.graph.slots[region] < most ? fewer : all) += most > 2;
      }
    }
  }
  EXPECT_GE(fewer, 20);
  EXPECT_GE(all, 20);
}

}  // namespace
}  // namespace tessera::scheduler::tests
