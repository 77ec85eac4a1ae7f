// The equation of an Einsum, read: one letter for each axis of each operand and of the result.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

struct Equation {
  std::vector<std::string> operands;
  std::string result;
  std::map<char, std::int64_t> extents;  // of the result's axes and of those that are summed
};

// The axes that "..." stands for get digits for letters. Throws NodeError where the equation does not fit the operands,
// where it takes a diagonal, or has more than two operands.
[[nodiscard]] Equation read_equation(const NodeReader&);

}  // namespace tessera::models
