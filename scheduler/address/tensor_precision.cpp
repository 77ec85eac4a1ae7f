#include "scheduler/address/tensor_precision.h"

namespace tessera::scheduler {

using base::Precision;

arch::OperandFormat format_of(const models::Network& network, const arch::NpuSpec& npu, const models::Operator& op) {
  const auto of = [&](std::size_t i) {
    return i < op.inputs.size() ? precision_of(network, npu, op.inputs[i]) : npu.precision;
  };
  return arch::operand_format(npu, of(0), of(1));
}

Precision operand_precision(const models::Network& network, const arch::NpuSpec& npu, const models::Operator& op) {
  if (op.inputs.empty()) return precision_of(network, npu, op.output);
  Precision widest = precision_of(network, npu, op.inputs[0]);
  for (const models::TensorId t : op.inputs) widest = base::wider(widest, precision_of(network, npu, t));
  return widest;
}

Precision widest_precision(const models::Network& network, const arch::NpuSpec& npu, const models::Operator& op) {
  return base::wider(operand_precision(network, npu, op), precision_of(network, npu, op.output));
}

}  // namespace tessera::scheduler
