// Bytes that a PE array exchanges with each operand region in a cycle of full flow.
//
// ws, is: the moving operand enters one element per row, the stationary one `load_rows_per_cycle` rows at a time, and
// every column reads and writes one partial sum. os: one element per row and per column enters, and results leave
// by the drain chains, one column or one row of the array per cycle. A region narrower than this stalls the array,
// which the NPU reader accepts only where `core.sram.allow_throttle` says that it is meant.
#pragma once

#include <cstdint>

#include "arch/spec/pe_array_spec.h"

namespace tessera::arch {

// Of one element of each operand, and of a partial sum.
struct OperandBits {
  std::int64_t input = 8, weight = 8;
  std::int64_t accumulator_bytes = 4;
  friend bool operator==(const OperandBits&, const OperandBits&) = default;
};

struct StreamWidth {
  std::int64_t input = 0, weight = 0, output = 0;  // bytes per core cycle
};

[[nodiscard]] StreamWidth stream_width(const PeArraySpec&, const OperandBits&);

}  // namespace tessera::arch
