// The operators that the simulator knows, by ONNX type.
#pragma once

#include <string_view>

#include "base/vector_function.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

struct KnownOperator {
  std::string_view type;
  const OperatorRule& rule;
  base::Function function = base::Function::identity;  // of a vector operator
};

// nullptr where the operator cannot be simulated.
[[nodiscard]] const KnownOperator* find_operator(const Node&);
// The rule of a known operator.
[[nodiscard]] inline const OperatorRule& rule_of(const Node& node) { return find_operator(node)->rule; }

}  // namespace tessera::models
