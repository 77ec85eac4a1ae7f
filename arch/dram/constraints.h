// The timing rules of DRAM as a table, compiled for one standard.
//
// A rule says: after command `from`, command `to` in the same bank, bank group, unit or channel must wait `cycles`.
// All standards share one table of rules; they differ in the numbers. Compiled, the rules of one command are rows of
// distances, so that issuing a command only does next = max(next, now + distance).
#pragma once

#include <array>
#include <limits>
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

// The distances that one command asks of others, in tables without gaps: no distance is far in the past.
class ConstraintTable {
 public:
  static constexpr std::int32_t kNoDistance = std::numeric_limits<std::int32_t>::min() / 2;
  using OfBankCommands = std::array<std::int32_t, kDramBankCommands>;
  using OfCommands = std::array<std::int32_t, kDramCommands>;
  // After one command. What a rule asks of the whole channel stands in both rows of units.
  struct alignas(64) Distances {
    OfBankCommands bank, group;
    OfCommands unit, other_units;
    bool any_other_units = false;
  };

  explicit ConstraintTable(const DramStandard& standard);
  [[nodiscard]] const Distances& after(DramCommand from) const { return distances_[static_cast<std::size_t>(from)]; }
  [[nodiscard]] DramCycle four_activates() const { return four_activates_; }

 private:
  std::array<Distances, kDramCommands> distances_;
  DramCycle four_activates_;
};

}  // namespace tessera::arch
