// When each command is allowed next, in every bank, bank group and unit: the state that rules act on.
#pragma once

#include <algorithm>
#include <array>
#include <bit>

#include "arch/dram/constraints.h"

namespace tessera::arch {

class TimingState {
 public:
  explicit TimingState(const DramStandard& standard)
      : table_(standard),
        group_shift_(std::countr_zero(static_cast<std::uint32_t>(standard.banks_per_group))),
        unit_shift_(std::countr_zero(static_cast<std::uint32_t>(standard.banks_per_unit()))),
        unit_count_(static_cast<std::size_t>(standard.units)) {}

  // The first cycle at which the command to one bank breaks no rule.
  [[nodiscard]] DramCycle earliest(DramCommand command, std::int32_t bank) const {
    return std::max(earliest_in_bank(command, bank), earliest_in_unit(command, bank >> unit_shift_));
  }
  // The same for precharge_all and refresh.
  [[nodiscard]] DramCycle earliest_in_unit(DramCommand command, std::int32_t unit) const { return units_[index(unit)].next[index(command)]; }
  // The part of the above that the bank and its group ask for.
  [[nodiscard]] DramCycle earliest_in_bank(DramCommand command, std::int32_t bank) const {
    const auto c = index(command);
    return std::max(banks_[index(bank)][c], groups_[index(bank >> group_shift_)][c]);
  }

  void issue(DramCommand command, std::int32_t bank, DramCycle now) {
    apply(table_.in_bank(command), banks_[index(bank)], now);
    apply(table_.in_group(command), groups_[index(bank >> group_shift_)], now);
    if (command == DramCommand::activate) window(units_[index(bank >> unit_shift_)], now);
    issue_in_unit(command, bank >> unit_shift_, now);
  }
  void issue_in_unit(DramCommand command, std::int32_t unit, DramCycle now) {
    apply(table_.in_unit(command), units_[index(unit)].next, now);
    const auto& elsewhere = table_.in_other_units(command);
    if (elsewhere.empty()) return;
    for (std::size_t u = 0; u < unit_count_; ++u) {
      if (u != index(unit)) apply(elsewhere, units_[u].next, now);
    }
  }

 private:
  using BankTimes = std::array<DramCycle, kDramBankCommands>;
  struct Unit {
    std::array<DramCycle, kDramCommands> next{};
    std::array<DramCycle, 4> activates{-1, -1, -1, -1};  // ring of the last four; -1 = not yet
    std::size_t oldest = 0;
  };
  static std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }
  static std::size_t index(DramCommand c) { return static_cast<std::size_t>(c); }
  template <class Times>
  static void apply(const ConstraintList& constraints, Times& next, DramCycle now) {
    for (const auto& c : constraints) {
      auto& at = next[index(c.to)];
      at = std::max(at, now + c.cycles);
    }
  }
  void window(Unit& unit, DramCycle now) {
    unit.activates[unit.oldest] = now;
    unit.oldest = (unit.oldest + 1) % 4;
    const DramCycle fourth = unit.activates[unit.oldest];
    auto& at = unit.next[index(DramCommand::activate)];
    if (fourth >= 0) at = std::max(at, fourth + table_.four_activates());
  }

  ConstraintTable table_;
  int group_shift_, unit_shift_;  // banks per group and per unit are powers of two
  std::size_t unit_count_;
  // Of fixed size, so that an access needs no second pointer.
  std::array<BankTimes, kMaxBanksPerChannel> banks_{}, groups_{};
  std::array<Unit, kMaxBanksPerChannel> units_{};
};

}  // namespace tessera::arch
