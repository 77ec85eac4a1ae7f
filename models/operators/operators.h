// The operators that the simulator knows, by ONNX type.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/vector_function.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

// How many inputs and outputs a node of an operator may have, over all operator sets that are read.
struct Arity {
  static constexpr std::size_t kMany = ~std::size_t{0};
  std::size_t least;         // inputs that must be there
  std::size_t most = least;  // kMany: a list of any length, without gaps
  std::size_t outputs = 1;   // at most; the first must be there
};

struct KnownOperator {
  std::string_view type;
  const OperatorRule& rule;
  Arity arity;
  base::Function function = base::Function::identity;  // of a vector operator
  std::string_view domain = {};                        // "" = ONNX's own
};

// All of them, by type, then by domain.
[[nodiscard]] std::span<const KnownOperator> known_operators();
// nullptr where the operator cannot be simulated. Of a node that the host runs: what all of those share.
[[nodiscard]] const KnownOperator* find_operator(const Node&);
// What the machine itself would make of a type.
[[nodiscard]] const KnownOperator* find_operator(std::string_view type, std::string_view domain);
// The rule of a known operator.
[[nodiscard]] inline const OperatorRule& rule_of(const Node& node) { return find_operator(node)->rule; }

}  // namespace tessera::models
