// Why a run is longer than its bound: three factors whose product is makespan / bound (docs/semantics.md 13.15).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/units.h"

namespace tessera::sim {

// In ps, all of the same tile graph.
struct Gap {
  base::Ps makespan{0};
  base::Ps bound{0};        // any schedule of these tiles
  base::Ps bound_moved{0};  // ... moving the bytes of this run
  base::Ps phases{0};       // operator by operator, each as long as its busiest resource is at work for it

  using Ratio = std::optional<double>;  // nothing where there is nothing to divide by
  [[nodiscard]] Ratio total() const { return ratio(makespan, bound); }
  // Bytes that were moved more than once: what reuse would win.
  [[nodiscard]] Ratio bytes() const { return ratio(bound_moved, bound); }
  // Operators that need another resource each: what running them side by side would win. Below 1 where the bound
  // knows more than the resources alone, as of a chain of small operators.
  [[nodiscard]] Ratio phase() const { return ratio(phases, bound_moved); }
  // Resources that wait within operators, and operators that overlap (then below 1).
  [[nodiscard]] Ratio overlap() const { return ratio(makespan, phases); }

 private:
  [[nodiscard]] static Ratio ratio(base::Ps a, base::Ps b) {
    if (b.count() <= 0) return {};
    return static_cast<double>(a.count()) / static_cast<double>(b.count());
  }
};

// The one list of the factors, in the order in which they are multiplied.
struct GapFactor {
  std::string_view name;
  Gap::Ratio (Gap::*value)() const;
  std::string_view definition;
};
inline constexpr std::array kGapFactors{
    GapFactor{"bytes", &Gap::bytes, "bound with the bytes that this run moved / bound of these tiles"},
    GapFactor{"phases", &Gap::phase,
              "operators one after the other, each as long as its busiest resource, / bound with moved bytes"},
    GapFactor{"overlap", &Gap::overlap, "makespan / that sum over the operators"},
};

}  // namespace tessera::sim
