// The boxes of a PE tile: what source_box() says of an operator's operands, narrowed to one slice of the reduction. In
// the axes of the tensor named; clipped to its shape, never empty.
#pragma once

#include <cstdint>

#include "models/network/network.h"

namespace tessera::scheduler {

// One block of a PE operator: half-open ranges of every loop. n counts output channels within a group, c input
// channels within a group; several groups in a tile need whole n and c.
struct PeBlock {
  std::int64_t b0 = 0, b1 = 1;  // images; of weights of their own: one
  std::int64_t g0 = 0, g1 = 1, n0 = 0, n1 = 1, h0 = 0, h1 = 1, w0 = 0, w1 = 1, c0 = 0, c1 = 1;
  bool whole_input = false;  // the input operand is the whole image, all channels, whatever part the block reads
};

[[nodiscard]] models::Box pe_output_box(const models::PeGeometry&, const PeBlock&);
[[nodiscard]] models::Box pe_input_box(const models::Network&, const models::Operator&, const PeBlock&);
// The second operand: constant weights as (output channel, kernel row, kernel column, input channel of the group); an
// activation as a matrix of k rows, or of n rows where transposed.
[[nodiscard]] models::Box pe_weight_box(const models::Network&, const models::Operator&, const PeBlock&);

}  // namespace tessera::scheduler
