// In which format a run keeps the tensors of an operator (docs/semantics.md 2.10 to 2.13).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/precision.h"
#include "base/result.h"

namespace tessera::sim {

// For the operators whose name matches `pattern` (glob: * and ?); of several rules the first that matches.
struct PrecisionRule {
  std::string pattern = "*";
  std::optional<base::Precision> precision = {};  // empty: as the network's file has each tensor
  base::SourceLocation where = {};
};
inline constexpr std::string_view kModelPrecision = "model";  // the word for that

}  // namespace tessera::sim
