// The formats of a network's tensors in one run: a tensor's own, else the run's (NpuSpec::precision). What lies inside
// another tensor has the format of that one (docs/semantics.md 2.10).
#pragma once

#include "arch/spec/operand_format.h"
#include "models/network/network.h"

namespace tessera::scheduler {

[[nodiscard]] inline base::Precision precision_of(const models::Network& network, const arch::NpuSpec& npu,
                                                  models::TensorId tensor) {
  const models::TensorId root = network.tensors[tensor].root;
  return network.tensors[root == models::kNone ? tensor : root].precision.value_or(npu.precision);
}

// Of a PE operator's two operands.
[[nodiscard]] arch::OperandFormat format_of(const models::Network&, const arch::NpuSpec&, const models::Operator&);
// Of the wider operand: what its MACs are counted at.
[[nodiscard]] base::Precision operand_precision(const models::Network&, const arch::NpuSpec&, const models::Operator&);
// The widest of what an operator reads and writes: what the vector unit calculates in.
[[nodiscard]] base::Precision widest_precision(const models::Network&, const arch::NpuSpec&, const models::Operator&);

}  // namespace tessera::scheduler
