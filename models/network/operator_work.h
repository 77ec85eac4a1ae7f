// What an operator has to do and to move at least, whatever machine it runs on: its MACs, and the bytes of what it
// reads and writes, each counted once.
//
// Bytes are those of elements, packed: no bursts, no halos that tiles read twice. Of an input only what the operator
// needs counts (rows that a gather picks). Parameters of post-operations, such as a bias, have the accumulators' size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/precision.h"
#include "models/network/network.h"

namespace tessera::models {

struct ElementFormat {
  base::Precision precision = base::Precision::int8;  // of tensors of which the network does not say it
  std::int64_t accumulator_bytes = 4;
};
[[nodiscard]] base::Precision precision_of(const Network&, TensorId, const ElementFormat&);

struct OperatorWork {
  std::int64_t macs = 0;                                             // 0 of vector operators and movements
  std::int64_t input_bytes = 0, weight_bytes = 0, output_bytes = 0;  // weights: all constants
  [[nodiscard]] std::int64_t bytes() const { return input_bytes + weight_bytes + output_bytes; }
};
[[nodiscard]] OperatorWork work_of(const Network&, const Operator&, const ElementFormat&);

// Arithmetic intensity in MAC/B; nothing without MACs or without bytes.
[[nodiscard]] std::optional<double> intensity(std::int64_t macs, std::int64_t bytes);

// Of all operators of one type on one unit.
struct WorkTotal {
  Unit unit = Unit::pe;
  std::string type;
  std::int64_t operators = 0, macs = 0, bytes = 0;
};
// By unit, then by type.
[[nodiscard]] std::vector<WorkTotal> totals_by_type(const Network&, const ElementFormat&);
[[nodiscard]] std::vector<WorkTotal> totals_by_unit(const Network&, const ElementFormat&);  // types empty

}  // namespace tessera::models
