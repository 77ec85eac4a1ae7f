#include "arch/dram/constraints.h"

#include <algorithm>

namespace tessera::arch {
namespace {

using C = DramCommand;
using S = DramScope;

struct Rule {
  DramScope scope;
  std::vector<DramCommand> from, to;
  DramCycle (*cycles)(const DramTimings&);
};

// In the order of a data sheet: data bus, row commands, precharge, refresh.
const std::vector<Rule>& rules() {
  using T = const DramTimings&;
  static const std::vector<Rule> table{
      {S::unit, {C::read}, {C::read}, [](T t) { return std::max(t.burst, t.column_short); }},
      {S::unit, {C::write}, {C::write}, [](T t) { return std::max(t.burst, t.column_short); }},
      {S::group, {C::read}, {C::read}, [](T t) { return t.column_long; }},
      {S::group, {C::write}, {C::write}, [](T t) { return t.column_long; }},
      {S::unit,
       {C::read},
       {C::write},
       [](T t) { return t.read_latency + t.burst + t.read_to_write_gap - t.write_latency; }},
      {S::unit, {C::write}, {C::read}, [](T t) { return t.write_latency + t.burst + t.write_to_read_short; }},
      {S::group, {C::write}, {C::read}, [](T t) { return t.write_latency + t.burst_long + t.write_to_read_long; }},
      {S::other_units, {C::read}, {C::read}, [](T t) { return t.burst + t.unit_switch; }},
      {S::other_units, {C::write}, {C::write}, [](T t) { return t.burst + t.unit_switch; }},
      {S::other_units,
       {C::read},
       {C::write},
       [](T t) { return t.read_latency + t.burst + t.unit_switch - t.write_latency; }},
      {S::other_units,
       {C::write},
       {C::read},
       [](T t) { return t.write_latency + t.burst + t.unit_switch - t.read_latency; }},

      {S::unit, {C::activate}, {C::activate}, [](T t) { return t.activate_short; }},
      {S::group, {C::activate}, {C::activate}, [](T t) { return t.activate_long; }},
      {S::bank, {C::activate}, {C::activate}, [](T t) { return t.row_cycle; }},
      {S::bank, {C::activate}, {C::read}, [](T t) { return t.activate_to_read; }},
      {S::bank, {C::activate}, {C::write}, [](T t) { return t.activate_to_write; }},

      {S::bank, {C::activate}, {C::precharge}, [](T t) { return t.row_active; }},
      {S::bank, {C::read}, {C::precharge}, [](T t) { return t.read_to_precharge; }},
      {S::bank, {C::write}, {C::precharge}, [](T t) { return t.write_latency + t.burst + t.write_recovery; }},
      {S::bank, {C::precharge}, {C::activate}, [](T t) { return t.precharge; }},
      {S::unit, {C::activate}, {C::precharge_all}, [](T t) { return t.row_active; }},
      {S::unit, {C::read}, {C::precharge_all}, [](T t) { return t.read_to_precharge; }},
      {S::unit, {C::write}, {C::precharge_all}, [](T t) { return t.write_latency + t.burst + t.write_recovery; }},
      {S::unit, {C::precharge_all}, {C::activate}, [](T t) { return t.precharge_all; }},
      {S::unit,
       {C::precharge, C::precharge_all},
       {C::precharge, C::precharge_all},
       [](T t) { return t.precharge_to_precharge; }},

      {S::unit, {C::activate}, {C::refresh}, [](T t) { return t.row_cycle; }},
      // As in the reference. LPDDR asks for nRP_all after precharge_all, two cycles more per refresh.
      {S::unit, {C::precharge, C::precharge_all}, {C::refresh}, [](T t) { return t.precharge; }},
      {S::unit, {C::refresh}, {C::activate, C::precharge_all, C::refresh}, [](T t) { return t.refresh; }},
  };
  return table;
}

// A command that takes n slots acts at its last one, and is counted from its first.
DramCycle slot_offset(const DramStandard& standard, DramCommand c) {
  return c == C::activate ? standard.timings.activate_slots - 1 : 0;
}

}  // namespace

std::vector<DramConstraint> dram_constraints(const DramStandard& standard) {
  std::vector<DramConstraint> result;
  for (const auto& rule : rules()) {
    if (rule.scope == S::other_units && (standard.units == 1 || standard.pseudo_channels)) continue;
    const DramCycle nominal = rule.cycles(standard.timings);
    if (nominal <= 0) continue;
    for (const auto from : rule.from) {
      for (const auto to : rule.to) {
        const DramCycle cycles = nominal + slot_offset(standard, from) - slot_offset(standard, to);
        result.push_back({rule.scope, from, to, cycles});
      }
    }
  }
  if (standard.timings.activate_slots > 1) {
    for (const auto to : {C::activate, C::precharge, C::precharge_all, C::refresh}) {
      result.push_back({S::channel, C::activate, to, standard.timings.activate_slots});
    }
  }
  return result;
}

ConstraintTable::ConstraintTable(const DramStandard& standard) : four_activates_(standard.timings.four_activates) {
  for (auto& d : distances_) {
    d.bank.fill(kNoDistance);
    d.group.fill(kNoDistance);
    d.unit.fill(kNoDistance);
    d.other_units.fill(kNoDistance);
  }
  for (const auto& c : dram_constraints(standard)) {
    auto& d = distances_[static_cast<std::size_t>(c.from)];
    const auto raise = [&](auto& row) {
      auto& distance = row.at(static_cast<std::size_t>(c.to));
      distance = std::max(distance, static_cast<std::int32_t>(c.cycles));
    };
    if (c.scope == S::bank) raise(d.bank);
    if (c.scope == S::group) raise(d.group);
    if (c.scope == S::unit || c.scope == S::channel) raise(d.unit);
    if (c.scope == S::other_units || c.scope == S::channel) raise(d.other_units);
    d.any_other_units |= c.scope == S::other_units || c.scope == S::channel;
  }
}

}  // namespace tessera::arch
