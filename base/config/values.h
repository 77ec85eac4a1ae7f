// One value of one node: what it must be, or a diagnostic that says what would be right.
//
// `name` is how messages call the value ("core.pe_array.rows"). Every function returns nothing after it has reported.
// YAML's guesses are refused here: `010` is no number, `yes` no flag, a quoted "8" is text.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/config/quantity.h"

namespace tessera::base {

// Bounds of a number, both included.
struct Range {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  [[nodiscard]] bool holds(std::int64_t v) const { return v >= least && v <= most; }
  // "1 to 4096", "at least 1", "any"; with a dimension the bounds carry its units.
  [[nodiscard]] std::string describe(std::optional<Dimension> = {}) const;
  static constexpr Range between(std::int64_t low, std::int64_t high) { return {low, high}; }
  static constexpr Range at_least(std::int64_t n) { return {n, std::numeric_limits<std::int64_t>::max()}; }
  static constexpr Range positive() { return at_least(1); }
  static constexpr Range non_negative() { return at_least(0); }
};

struct RealRange {
  double least = std::numeric_limits<double>::lowest();
  double most = std::numeric_limits<double>::max();
  [[nodiscard]] std::string describe() const;
};

[[nodiscard]] std::optional<std::int64_t> read_integer(const Node&, std::string_view name, Range, Diagnostics&);
[[nodiscard]] std::optional<double> read_real(const Node&, std::string_view name, RealRange, Diagnostics&);
[[nodiscard]] std::optional<bool> read_flag(const Node&, std::string_view name, Diagnostics&);
// Any scalar that is not empty.
[[nodiscard]] std::optional<std::string> read_text(const Node&, std::string_view name, Diagnostics&);
// In the base unit of the dimension; the range likewise.
[[nodiscard]] std::optional<std::int64_t> read_quantity(const Node&, std::string_view name, Dimension, Range,
                                                        Diagnostics&);
// The index of the scalar's text in `choices`.
[[nodiscard]] std::optional<std::size_t> read_choice(const Node&, std::string_view name,
                                                     const std::vector<std::string>& choices, Diagnostics&);
[[nodiscard]] std::optional<std::vector<std::int64_t>> read_integers(const Node&, std::string_view name, Range,
                                                                     Diagnostics&);

}  // namespace tessera::base
