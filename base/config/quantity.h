// Numbers with a unit, as configurations write them: "1 GHz", "32 KiB", "64 B/cycle", "25.6 GB/s", "10 ns", "16
// cycles".
//
// All become whole numbers of one base unit, exactly: 25.6 GB/s is 25,600,000,000 B/s, and 0.3 B is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::base {

enum class Dimension : std::uint8_t {
  bytes,            // B
  bytes_per_cycle,  // B/cycle
  rate,             // thousandths of B/cycle, written as B/cycle: "13.6 B/cycle"
  bandwidth,        // B/s
  frequency,        // Hz
  time,             // ps
  cycles,           // cycles
};

struct QuantityText {
  std::optional<std::int64_t> value;  // in the base unit
  std::string problem;                // why not: "needs a unit (B, KiB, MiB ...): write for example \"256 KiB\""
};

[[nodiscard]] QuantityText parse_quantity(std::string_view text, Dimension);
// The shortest exact text: "256 KiB", "1.6 GHz", "25.6 GB/s", "312500 fs" never.
[[nodiscard]] std::string format_quantity(std::int64_t value, Dimension);
// The units of a dimension, for tables and messages: "B, KiB, MiB, GiB, kB, MB, GB".
[[nodiscard]] std::string units_of(Dimension);
// "a size such as \"256 KiB\"".
[[nodiscard]] std::string describe(Dimension);

// A whole decimal number: no sign but '-', no leading zero, no underscore, within 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
// A decimal number with at most 15 digits: "0.8", "2", "1.5e-3".
[[nodiscard]] std::optional<double> parse_real(std::string_view text);

}  // namespace tessera::base
