// Accesses per bank, counted by hand (docs/semantics.md 5.5 to 5.9).
#include "arch/engine/bank_ports.h"

#include <gtest/gtest.h>

namespace tessera::arch {
namespace {

using base::Ps;

// Two banks, one port each, two slots of 2048 bytes.
BankPorts region(BankArrangement arrangement) {
  SramRegionSpec spec;
  spec.capacity = Bytes{4096};
  spec.banks = 2;
  spec.ports = 1;
  spec.bytes_per_cycle = Bytes{64};
  spec.arrangement = arrangement;
  return {spec, 2};
}

// Cycles that a compute from 100 to 200 on `slot` needs which accesses nothing itself: the DMA's alone.
std::int64_t accesses(const BankPorts& ports, std::int64_t slot, const BankPorts::Mark& mark) {
  return ports.cycles_needed(Ps{200}, slot, mark, 0).all;
}

TEST(BankPorts, SeparateSlotsLieInSetsOfTheirOwn) {
  for (const auto arrangement : {BankArrangement::separate, BankArrangement::interleaved}) {
    BankPorts ports = region(arrangement);
    BankPorts::Mark mark[2];
    ports.mark(0, mark[0]);
    ports.mark(1, mark[1]);
    ports.access(Ps{150}, 0, 0, 640);
    const bool apart = arrangement == BankArrangement::separate;
    EXPECT_EQ(accesses(ports, 0, mark[0]), 10) << "ten words of 64 bytes, or twenty of 32 over two banks";
    EXPECT_EQ(accesses(ports, 1, mark[1]), apart ? 0 : 10);
    EXPECT_EQ(ports.cycles_needed(Ps{200}, 0, mark[0], 6400).own, 100);
    EXPECT_EQ(ports.cycles_needed(Ps{200}, 0, mark[0], 6400).all, 110) << "6400 bytes of its own are 100 accesses";
  }
}

// Interleaved: words of 32 bytes, in turns over the two banks.
TEST(BankPorts, APacketCountsOnTheBanksThatItCovers) {
  const auto most = [](std::int64_t offset, std::int64_t bytes) {
    BankPorts ports = region(BankArrangement::interleaved);
    BankPorts::Mark mark;
    ports.mark(0, mark);
    ports.access(Ps{150}, 0, offset, bytes);
    return accesses(ports, 0, mark);
  };
  EXPECT_EQ(most(0, 32), 1);
  EXPECT_EQ(most(0, 64), 1) << "one word in each bank";
  EXPECT_EQ(most(0, 65), 2) << "a third word, in the first bank again";
  EXPECT_EQ(most(16, 64), 2) << "three words are touched";
}

// One word in the second bank, then one in the first. Slots of three words: the second slot begins in the second bank.
TEST(BankPorts, AWordLiesInTheBankOfItsPlace) {
  BankPorts ports = region(BankArrangement::interleaved);
  BankPorts::Mark mark;
  ports.mark(0, mark);
  ports.access(Ps{150}, 0, 32, 32);
  ports.access(Ps{150}, 0, 0, 32);
  EXPECT_EQ(accesses(ports, 0, mark), 1);
  SramRegionSpec spec;
  spec.capacity = Bytes{2 * 96};
  spec.banks = 2;
  spec.bytes_per_cycle = Bytes{64};
  spec.arrangement = BankArrangement::interleaved;
  BankPorts odd(spec, 2);
  odd.mark(0, mark);
  odd.access(Ps{150}, 0, 0, 32);
  odd.access(Ps{150}, 1, 0, 32);
  EXPECT_EQ(accesses(odd, 0, mark), 1);
}

TEST(BankPorts, AccessesAtStartAndEndDoNotCount) {
  BankPorts ports = region(BankArrangement::separate);
  ports.access(Ps{100}, 0, 0, 64);
  BankPorts::Mark mark;
  ports.mark(0, mark);
  ports.access(Ps{101}, 0, 0, 64);
  ports.access(Ps{199}, 0, 0, 64);
  ports.access(Ps{200}, 0, 0, 64);
  EXPECT_EQ(accesses(ports, 0, mark), 2);
}

}  // namespace
}  // namespace tessera::arch
