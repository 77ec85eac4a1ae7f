// When each command is allowed next, in every bank, bank group and unit: the state that rules act on.
//
// Times are kept as distances from a base that follows the present, so that a row of them fits one vector register; a
// time before the base reads as the base, which has passed all the same.
#pragma once

#include <algorithm>
#include <array>
#include <bit>

#include "arch/dram/constraints.h"

namespace tessera::arch {

class TimingState {
 public:
  explicit TimingState(const DramStandard& standard)
      : table_(standard), group_shift_(std::countr_zero(static_cast<std::uint32_t>(standard.banks_per_group))),
        unit_shift_(std::countr_zero(static_cast<std::uint32_t>(standard.banks_per_unit()))),
        unit_count_(static_cast<std::size_t>(standard.units)) {}

  // The first cycle at which the command to one bank breaks no rule.
  [[nodiscard]] DramCycle earliest(DramCommand command, std::int32_t bank) const {
    return std::max(earliest_in_bank(command, bank), earliest_in_unit(command, bank >> unit_shift_));
  }
  // The same for precharge_all and refresh.
  [[nodiscard]] DramCycle earliest_in_unit(DramCommand command, std::int32_t unit) const {
    return base_ + units_[index(unit)].next[index(command)];
  }
  // The part of the above that the bank and its group ask for.
  [[nodiscard]] DramCycle earliest_in_bank(DramCommand command, std::int32_t bank) const {
    const auto c = index(command);
    return base_ + std::max(banks_[index(bank)][c], groups_[index(bank >> group_shift_)][c]);
  }

  void issue(DramCommand command, std::int32_t bank, DramCycle now) {
    const auto at = from_base(now);
    const auto& after = table_.after(command);
    raise(banks_[index(bank)], after.bank, at);
    raise(groups_[index(bank >> group_shift_)], after.group, at);
    if (command == DramCommand::activate) window(units_[index(bank >> unit_shift_)], now);
    raise_units(after, bank >> unit_shift_, at);
  }
  void issue_in_unit(DramCommand command, std::int32_t unit, DramCycle now) {
    raise_units(table_.after(command), unit, from_base(now));
  }

 private:
  using Time = std::int32_t;                  // cycles after the base
  static constexpr Time kFarthest = 1 << 29;  // with any distance added it still fits
  struct alignas(64) Unit {
    std::array<Time, kDramCommands> next{};
    std::array<DramCycle, 4> activates{-1, -1, -1, -1};  // ring of the last four; -1 = not yet
    std::size_t oldest = 0;
  };
  static std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }
  static std::size_t index(DramCommand c) { return static_cast<std::size_t>(c); }

  [[nodiscard]] Time from_base(DramCycle now) {
    if (now - base_ > kFarthest) move_base(now);
    return static_cast<Time>(now - base_);
  }
  void move_base(DramCycle now) {
    const auto moved = now - base_;
    const auto shift = [moved](auto& times) {
      for (auto& t : times) t = static_cast<Time>(std::max<DramCycle>(0, t - moved));
    };
    for (auto& times : banks_) shift(times);
    for (auto& times : groups_) shift(times);
    for (auto& unit : units_) shift(unit.next);
    base_ = now;
  }
  template <std::size_t n>
  static void raise(std::array<Time, n>& next, const std::array<std::int32_t, n>& distances, Time at) {
    for (std::size_t c = 0; c < n; ++c) next[c] = std::max(next[c], at + distances[c]);
  }
  void raise_units(const ConstraintTable::Distances& after, std::int32_t unit, Time at) {
    raise(units_[index(unit)].next, after.unit, at);
    if (!after.any_other_units) return;
    for (std::size_t u = 0; u < unit_count_; ++u) {
      if (u != index(unit)) raise(units_[u].next, after.other_units, at);
    }
  }
  void window(Unit& unit, DramCycle now) {
    unit.activates[unit.oldest] = now;
    unit.oldest = (unit.oldest + 1) % 4;
    const DramCycle fourth = unit.activates[unit.oldest];
    auto& at = unit.next[index(DramCommand::activate)];
    if (fourth >= 0) at = static_cast<Time>(std::max<DramCycle>(at, fourth + table_.four_activates() - base_));
  }

  ConstraintTable table_;
  int group_shift_, unit_shift_;  // banks per group and per unit are powers of two
  std::size_t unit_count_;
  DramCycle base_ = 0;
  // Of fixed size, so that an access needs no second pointer.
  std::array<std::array<Time, kDramBankCommands>, kMaxBanksPerChannel> banks_{}, groups_{};
  std::array<Unit, kMaxBanksPerChannel> units_{};
};

}  // namespace tessera::arch
