// The timing rules of DRAM as a table, compiled for one standard.
//
// A rule says: after command `from`, command `to` in the same bank, bank group, unit or channel must wait `cycles`.
// All standards share one table of rules; they differ in the numbers. Compiled, the rules of one command are short
// lists of {to, cycles}, so that issuing a command only does next = max(next, now + cycles).
#pragma once

#include <array>
#include <vector>

#include "arch/dram/standard.h"

namespace tessera::arch {

enum class DramScope : std::uint8_t { bank, group, unit, other_units, channel };

struct DramConstraint {
  DramScope scope;
  DramCommand from, to;
  DramCycle cycles;
};

// Every pair of commands with a minimum distance in this standard; the four-activate window apart.
[[nodiscard]] std::vector<DramConstraint> dram_constraints(const DramStandard& standard);

struct CompiledConstraint {
  DramCommand to = DramCommand::activate;
  DramCycle cycles = 0;
};

// At most one distance to each command, side by side in memory: every issued command walks a few of these lists.
class ConstraintList {
 public:
  void add(CompiledConstraint constraint);  // of two to the same command the longer counts
  [[nodiscard]] const CompiledConstraint* begin() const { return items_.data(); }
  [[nodiscard]] const CompiledConstraint* end() const { return items_.data() + size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::array<CompiledConstraint, kDramCommands> items_{};
  std::size_t size_ = 0;
};

// The lists of each command; what a rule asks of the whole channel stands in both lists of units.
class ConstraintTable {
 public:
  explicit ConstraintTable(const DramStandard& standard);
  [[nodiscard]] const ConstraintList& in_bank(DramCommand from) const { return lists_[static_cast<std::size_t>(from)].bank; }
  [[nodiscard]] const ConstraintList& in_group(DramCommand from) const { return lists_[static_cast<std::size_t>(from)].group; }
  [[nodiscard]] const ConstraintList& in_unit(DramCommand from) const { return lists_[static_cast<std::size_t>(from)].unit; }
  [[nodiscard]] const ConstraintList& in_other_units(DramCommand from) const { return lists_[static_cast<std::size_t>(from)].other_units; }
  [[nodiscard]] DramCycle four_activates() const { return four_activates_; }

 private:
  struct Lists {
    ConstraintList bank, group, unit, other_units;
  };
  std::array<Lists, kDramCommands> lists_;
  DramCycle four_activates_;
};

}  // namespace tessera::arch
