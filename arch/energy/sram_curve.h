// Energy per byte of an SRAM bank of any size, between the points of a table.
//
// Law: for each access width of the table a curve over capacity, a power law between neighbouring points (straight in
// log-log, as wire length grows with the side of the bank); below the smallest point its figure, above the largest
// growth with the square root of capacity. Between two widths again a power law; outside them the nearest width.
// Curves that rise stay rising. Left out: the wires between the banks of a region.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "arch/energy/table.h"

namespace tessera::arch {

enum class SramDirection : std::uint8_t { read, write };

// `capacity` of one bank in bytes, `width` of an access in bits, both positive. `points` as in EnergyTable. The figure
// keeps the rows of a point that it meets exactly; between points it is at best `derived`. Empty: no points.
[[nodiscard]] std::optional<EnergyFigure> sram_energy(const std::vector<SramPoint>& points, std::int64_t capacity,
                                                      std::int64_t width, SramDirection direction);

}  // namespace tessera::arch
