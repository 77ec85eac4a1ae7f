// The compiled timing rules against their plain reading: the latest of all that any command before asks for.
#include "arch/dram/timing_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tessera::arch {
namespace {

constexpr DramCommand kOfBanks[]{DramCommand::activate, DramCommand::precharge, DramCommand::read, DramCommand::write};

class PlainTimes {
 public:
  explicit PlainTimes(const DramStandard& standard) : standard_(standard), rules_(dram_constraints(standard)) {}
  void issue(DramCommand command, std::int32_t bank, DramCycle now) {
    issued_.push_back({now, command, bank / standard_.banks_per_unit(), bank});
  }

  [[nodiscard]] DramCycle earliest(DramCommand command, std::int32_t bank) const {
    DramCycle earliest = 0;
    const auto unit = bank / standard_.banks_per_unit(), group = bank / standard_.banks_per_group;
    std::vector<DramCycle> activates;
    for (const auto& i : issued_) {
      for (const auto& r : rules_) {
        if (r.from != i.command || r.to != command) continue;
        const bool applies = r.scope == DramScope::bank    ? i.bank == bank
                             : r.scope == DramScope::group ? i.bank / standard_.banks_per_group == group
                             : r.scope == DramScope::unit  ? i.unit == unit
                                                           : r.scope == DramScope::channel || i.unit != unit;
        if (applies) earliest = std::max(earliest, i.cycle + r.cycles);
      }
      if (i.command == DramCommand::activate && i.unit == unit) activates.push_back(i.cycle);
    }
    if (command == DramCommand::activate && activates.size() >= 4) {
      earliest = std::max(earliest, activates[activates.size() - 4] + standard_.timings.four_activates);
    }
    return earliest;
  }

 private:
  const DramStandard& standard_;
  std::vector<DramConstraint> rules_;
  CommandLog issued_;
};

// Pauses of any length, beyond what 32 bits hold too: the state counts from a base that must follow.
TEST(TimingState, IsThePlainReadingOfTheRulesHoweverFarTimeGoes) {
  for (const auto& name : dram_standard_names()) {
    auto standard = find_dram_standard(name).value();
    for (unsigned seed = 1; seed <= 6; ++seed) {
      if (seed % 2 == 0 && !standard.pseudo_channels) standard.units = 2;  // two ranks
      std::mt19937_64 random(seed);
      TimingState state(standard);
      PlainTimes plain(standard);
      DramCycle now = 0;
      for (int i = 0; i < 150; ++i) {
        now += static_cast<DramCycle>(random() % 20);
        if (random() % 12 == 0) now += static_cast<DramCycle>(random() % (std::uint64_t{1} << (10 + random() % 26)));
        const auto bank = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(standard.banks()));
        const auto command = kOfBanks[random() % 4];
        state.issue(command, bank, now);
        plain.issue(command, bank, now);
        const auto other = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(standard.banks()));
        for (const auto c : kOfBanks) {
          for (const auto b : {bank, other}) {
            ASSERT_EQ(std::max(now, state.earliest(c, b)), std::max(now, plain.earliest(c, b)))
                << name << ", seed " << seed << ", command " << i << ": " << to_string(c) << " of bank " << b;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::arch
