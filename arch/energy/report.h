// From counts to energy: pure accounting in whole femtojoules, so that parts add up to sums exactly.
#pragma once

#include <string>
#include <vector>

#include "arch/energy/event.h"
#include "arch/energy/prices.h"

namespace tessera::arch {

// A figure that took part, how often, and what it came to.
struct FigureUse {
  std::string name;  // "mac.int8", "leakage.core"
  Component component = Component::pe_array;
  EnergyFigure figure;
  std::int64_t count = 0;  // events; of a standing power: units
  Femtojoules energy{0};
};

struct EnergyReport {
  std::string table;
  base::Ps window{0};
  ComponentEnergy components{};
  Femtojoules total{0};
  std::vector<FigureUse> figures;  // what added to the total, in the order of events, then powers
  // What happened and has no figure, or is there and has no power: the total leaves it out.
  std::vector<std::string> unpriced;

  // Of the total, what flows whether anything happens or not: leakage, the memory's background and its refreshes. The
  // rest is dynamic.
  [[nodiscard]] Femtojoules idle() const;
  [[nodiscard]] Femtojoules dynamic() const { return total - idle(); }
  [[nodiscard]] double total_uj() const { return static_cast<double>(total.count()) * 1e-9; }
  // Energy / window; 0 for an empty window. One femtojoule per picosecond is one milliwatt.
  [[nodiscard]] double average_mw() const { return mean_mw(total); }
  [[nodiscard]] double idle_mw() const { return mean_mw(idle()); }
  // Names of figures that only the user, or nobody, stands behind.
  [[nodiscard]] std::vector<std::string> unsourced() const;

 private:
  [[nodiscard]] double mean_mw(Femtojoules energy) const {
    return window.count() == 0 ? 0 : static_cast<double>(energy.count()) / static_cast<double>(window.count());
  }
};

[[nodiscard]] EnergyReport energy_of(const EnergyCounts& counts, const EnergyPrices& prices);

// `total` cut in proportion to `weights` (>= 0): the parts add up to it exactly. All weights 0: all parts 0.
[[nodiscard]] std::vector<std::int64_t> apportion(std::int64_t total, const std::vector<std::int64_t>& weights);

}  // namespace tessera::arch
