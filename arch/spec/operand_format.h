// What the formats of a PE operator's two operands mean for the array: bits of an element, size of a partial sum, MACs
// per cell and cycle (docs/semantics.md 5.13).
#pragma once

#include "arch/spec/mac_rate.h"
#include "arch/spec/npu_spec.h"
#include "arch/spec/stream_width.h"

namespace tessera::arch {

// Of a partial sum of products whose wider operand has that format.
[[nodiscard]] inline std::int64_t accumulator_bytes(const NpuSpec& spec, Precision precision) {
  const auto found = spec.accumulators.find(precision);
  return found == spec.accumulators.end() ? spec.accumulator_bytes : found->second;
}

struct OperandFormat {
  OperandBits bits;
  MacRate rate;
  friend bool operator==(const OperandFormat&, const OperandFormat&) = default;
};

[[nodiscard]] inline OperandFormat operand_format(const NpuSpec& spec, Precision input, Precision weight) {
  const Precision wide = base::wider(input, weight);
  return {{base::bits_of(input), base::bits_of(weight), accumulator_bytes(spec, wide)}, mac_rate(spec, wide)};
}
// Both operands alike.
[[nodiscard]] inline OperandFormat operand_format(const NpuSpec& spec, Precision both) {
  return operand_format(spec, both, both);
}

}  // namespace tessera::arch
