// Energies and powers as configurations write them: "0.3 pJ/MAC", "5.26 pJ/bit", "1.205 nJ", "37.05 mW".
//
// Decimal texts become whole millionths of a picojoule or of a milliwatt, exactly: a binary fraction never stands
// between a figure's source and the sum that is printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::arch {

// What a figure is the cost of; decides which units it may have.
enum class EnergyKind : std::uint8_t {
  mac,    // pJ/MAC
  op,     // pJ/op: one scalar addition or multiplication
  byte,   // pJ/byte, or pJ/bit (kept per byte)
  event,  // pJ or nJ, of one command
  power,  // mW
};

struct EnergyText {
  std::optional<std::int64_t> value;  // attojoules (1e-6 pJ) per MAC, op, byte or event; power: nanowatts (1e-6 mW)
  std::string problem;                // why not: "must be an energy such as ..."
};

// At most six decimals after conversion, at most 1,000,000 pJ (or mW), not negative.
[[nodiscard]] EnergyText parse_energy(std::string_view text, EnergyKind);
// The same figure as text, in pJ per event of its kind, or mW: reads back to the same value.
[[nodiscard]] std::string format_energy(std::int64_t value, EnergyKind);
// "pJ/MAC", "pJ/byte, pJ/bit": the units of a kind, the one that format_energy writes first.
[[nodiscard]] std::string units_of(EnergyKind);

}  // namespace tessera::arch
