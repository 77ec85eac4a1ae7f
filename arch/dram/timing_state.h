// When each command is allowed next, in every bank, bank group, unit and the channel: the state that rules act on.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "arch/dram/constraints.h"

namespace tessera::arch {

class TimingState {
 public:
  explicit TimingState(const DramStandard& standard)
      : table_(standard),
        group_shift_(std::countr_zero(static_cast<std::uint32_t>(standard.banks_per_group))),
        unit_shift_(std::countr_zero(static_cast<std::uint32_t>(standard.banks_per_unit()))),
        banks_(static_cast<std::size_t>(standard.banks())),
        groups_(static_cast<std::size_t>(standard.units * standard.bank_groups)),
        units_(static_cast<std::size_t>(standard.units)) {}

  // The first cycle at which the command to one bank breaks no rule.
  [[nodiscard]] DramCycle earliest(DramCommand command, std::int32_t bank) const {
    const auto c = static_cast<std::size_t>(command);
    return std::max({banks_[index(bank)][c], groups_[index(bank >> group_shift_)][c], units_[index(bank >> unit_shift_)].next[c]});
  }
  // The same for precharge_all and refresh.
  [[nodiscard]] DramCycle earliest_in_unit(DramCommand command, std::int32_t unit) const {
    return units_[index(unit)].next[static_cast<std::size_t>(command)];
  }

  // The part of the above that the bank and its group ask for.
  [[nodiscard]] DramCycle earliest_in_bank(DramCommand command, std::int32_t bank) const {
    const auto c = static_cast<std::size_t>(command);
    return std::max(banks_[index(bank)][c], groups_[index(bank >> group_shift_)][c]);
  }

  [[nodiscard]] bool same_group(std::int32_t a, std::int32_t b) const { return a >> group_shift_ == b >> group_shift_; }

  void issue(DramCommand command, std::int32_t bank, DramCycle now) {
    apply(DramScope::bank, command, banks_[index(bank)], now);
    apply(DramScope::group, command, groups_[index(bank >> group_shift_)], now);
    if (command == DramCommand::activate) window(units_[index(bank >> unit_shift_)], now);
    issue_in_unit(command, bank >> unit_shift_, now);
  }
  void issue_in_unit(DramCommand command, std::int32_t unit, DramCycle now) {
    apply(DramScope::unit, command, units_[index(unit)].next, now);
    if (!table_.reaches_other_units(command)) return;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      apply(DramScope::channel, command, units_[u].next, now);
      if (u != index(unit)) apply(DramScope::other_units, command, units_[u].next, now);
    }
  }

 private:
  using Next = std::array<DramCycle, kDramCommands>;
  struct Unit {
    Next next{};
    std::array<DramCycle, 4> activates{-1, -1, -1, -1};  // ring of the last four; -1 = not yet
    std::size_t oldest = 0;
  };
  static std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }
  void apply(DramScope scope, DramCommand command, Next& next, DramCycle now) {
    for (const auto& c : table_.after(scope, command)) {
      auto& at = next[static_cast<std::size_t>(c.to)];
      at = std::max(at, now + c.cycles);
    }
  }
  void window(Unit& unit, DramCycle now) {
    unit.activates[unit.oldest] = now;
    unit.oldest = (unit.oldest + 1) % 4;
    const DramCycle fourth = unit.activates[unit.oldest];
    auto& at = unit.next[static_cast<std::size_t>(DramCommand::activate)];
    if (fourth >= 0) at = std::max(at, fourth + table_.four_activates());
  }

  ConstraintTable table_;
  int group_shift_, unit_shift_;  // banks per group and per unit are powers of two
  std::vector<Next> banks_, groups_;
  std::vector<Unit> units_;
};

}  // namespace tessera::arch
