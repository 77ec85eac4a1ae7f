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
inline constexpr std::size_t kDramScopes = 5;

struct DramConstraint {
  DramScope scope;
  DramCommand from, to;
  DramCycle cycles;
};

// Every pair of commands with a minimum distance in this standard; the four-activate window apart.
[[nodiscard]] std::vector<DramConstraint> dram_constraints(const DramStandard& standard);

struct CompiledConstraint {
  DramCommand to;
  DramCycle cycles;
};

class ConstraintTable {
 public:
  explicit ConstraintTable(const DramStandard& standard);
  [[nodiscard]] const std::vector<CompiledConstraint>& after(DramScope scope, DramCommand from) const {
    return lists_[static_cast<std::size_t>(scope)][static_cast<std::size_t>(from)];
  }
  [[nodiscard]] DramCycle four_activates() const { return four_activates_; }

 private:
  std::array<std::array<std::vector<CompiledConstraint>, kDramCommands>, kDramScopes> lists_;
  DramCycle four_activates_;
};

}  // namespace tessera::arch
