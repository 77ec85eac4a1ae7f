// One number of an energy table with what makes it worth something: where it comes from and how far to trust it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arch/spec/energy_value.h"

namespace tessera::arch {

// verified: the published text was read. computed: by a tool from its own parameters. derived: arithmetic on those.
// recalled: published, but the text was not at hand. assumed: an estimate without source. user: a machine's own file.
enum class Confidence : std::uint8_t { verified, computed, derived, recalled, assumed, user };

[[nodiscard]] constexpr std::string_view to_string(Confidence c) {
  constexpr std::string_view kNames[]{"verified", "computed", "derived", "recalled", "assumed", "user"};
  return kNames[static_cast<std::size_t>(c)];
}
// Nobody but the user, or nobody at all, stands behind it.
[[nodiscard]] constexpr bool is_unsourced(Confidence c) { return c == Confidence::assumed || c == Confidence::user; }

struct EnergyFigure {
  EnergyKind kind = EnergyKind::event;
  std::int64_t value = 0;  // attojoules per event of its kind; power: nanowatts
  std::string source;
  Confidence confidence = Confidence::assumed;
  std::vector<std::string> rows;  // of the collected figures, "item,width,node": the value is their sum; may be empty

  [[nodiscard]] double value_pj() const { return static_cast<double>(value) * 1e-6; }  // power: milliwatts
  // Rates are charged in whole femtojoules: the nearest, so that sums are exact whatever their order.
  [[nodiscard]] std::int64_t femtojoules() const { return (value + 500) / 1000; }
  friend bool operator==(const EnergyFigure&, const EnergyFigure&) = default;
};

}  // namespace tessera::arch
