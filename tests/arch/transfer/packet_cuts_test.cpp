#include "arch/transfer/packet_cuts.h"

#include <gtest/gtest.h>

namespace tessera::arch::tests {
namespace {

TEST(PacketCuts, ARunThatCrossesAMultipleTakesOneMore) {
  for (const std::int64_t largest : {64, 96}) {
    const PacketCuts cuts(largest);
    EXPECT_EQ(cuts.of(0, 1), 1);
    EXPECT_EQ(cuts.of(0, largest), 1);
    EXPECT_EQ(cuts.of(0, largest + 1), 2);
    EXPECT_EQ(cuts.of(32, largest + 32), 2);
    EXPECT_EQ(cuts.of(largest - 1, largest + 1), 2);
    EXPECT_EQ(cuts.of(5 * largest, 8 * largest), 3);
  }
}

}  // namespace
}  // namespace tessera::arch::tests
