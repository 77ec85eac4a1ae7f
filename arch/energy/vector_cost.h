// How many scalar operations a vector function does to one element: what its energy is counted in.
//
// A lane's arithmetic only, at the precision of its tensors; look-up tables, registers and control are left out. The
// counts stand with the functions in base/vector_function.h.
#pragma once

#include <cstdint>

#include "base/vector_function.h"

namespace tessera::arch {

struct VectorOperations {
  std::int64_t adds = 0;  // additions, subtractions, comparisons
  std::int64_t multiplies = 0;
  friend VectorOperations operator+(VectorOperations a, VectorOperations b) {
    return {a.adds + b.adds, a.multiplies + b.multiplies};
  }
  friend VectorOperations operator*(VectorOperations a, std::int64_t n) { return {a.adds * n, a.multiplies * n}; }
  friend bool operator==(const VectorOperations&, const VectorOperations&) = default;
};

// For one element: an input of reducing functions and pools (per window element), else an output.
[[nodiscard]] VectorOperations operations_of(base::Function);

}  // namespace tessera::arch
