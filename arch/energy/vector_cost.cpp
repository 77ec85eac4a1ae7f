#include "arch/energy/vector_cost.h"

namespace tessera::arch {

VectorOperations operations_of(base::Function f) {
  const base::VectorFunction& function = base::about(f);
  return {function.additions, function.multiplications};
}

}  // namespace tessera::arch
