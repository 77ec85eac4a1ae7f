// Which box of an operand a block of the output needs: halo, broadcast, reduced axes, permutation. In the operand
// tensor's own axes, clipped to its shape, never empty (a block that sees only padding still reads one row).
#pragma once

#include <cstdint>

#include "models/network.h"

namespace tessera::scheduler {

// One block of a PE operator: half-open ranges of every loop. n counts output channels within a group, c input
// channels within a group; g > 1 group in a tile needs whole n and c.
struct PeBlock {
  std::int64_t b = 0;
  std::int64_t g0 = 0, g1 = 1, n0 = 0, n1 = 1, h0 = 0, h1 = 1, w0 = 0, w1 = 1, c0 = 0, c1 = 1;
};

[[nodiscard]] models::Box pe_output_box(const models::PeGeometry&, const PeBlock&);
[[nodiscard]] models::Box pe_input_box(const models::PeGeometry&, const PeBlock&);
// A constant weight: (output channel, kernel row, kernel column, input channel of the group).
[[nodiscard]] models::Box pe_weight_box(const models::PeGeometry&, const PeBlock&);
// A second operand that is an activation, in that tensor's axes: rows k and columns n, or transposed.
[[nodiscard]] models::Box pe_second_box(const models::PeGeometry&, const PeBlock&);

// Input `input` of a vector or movement operator; `out` in the axes of what the operator writes (before output_offset).
[[nodiscard]] models::Box operand_box(const models::Network&, const models::Operator&, std::size_t input,
                                      const models::Box& out);

}  // namespace tessera::scheduler
