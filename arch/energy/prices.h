// What every event costs on one machine: the table's figures at this machine's sizes, with the user's own before them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "arch/energy/event.h"
#include "arch/energy/table.h"
#include "arch/spec/npu_spec.h"

namespace tessera::arch {

// Power that flows whether anything happens or not, of `units` alike.
struct StandingPower {
  std::string name;  // "dram.background", "leakage.core"
  Component component = Component::leakage;
  std::int64_t units = 1;
  std::optional<EnergyFigure> figure;  // of one unit; empty: nobody gave one
};

struct EnergyPrices {
  std::string table;                                             // name of the table
  std::array<std::optional<EnergyFigure>, kEventCount> figures;  // by Event; empty: nobody gave one
  std::array<std::int64_t, kEventCount> femtojoules{};           // of one event; 0 where there is no figure
  std::vector<StandingPower> powers;

  [[nodiscard]] Femtojoules of(Event e, std::int64_t count) const {
    return Femtojoules{femtojoules[static_cast<std::size_t>(e)] * count};
  }
};

// SRAM figures are of one bank (capacity / banks) at the width of one port's access. The memory's section is
// spec.energy.dram, else dram.standard; a section that is named and not there is a failure, a standard without one is
// just unpriced.
[[nodiscard]] base::Result<EnergyPrices> price_machine(const NpuSpec& spec, const EnergyTable& table);

}  // namespace tessera::arch
