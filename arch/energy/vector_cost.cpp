#include "arch/energy/vector_cost.h"

namespace tessera::arch {

VectorOperations operations_of(base::Function f) {
  using base::Function;
  constexpr VectorOperations kTable{1, 1}, kNewton{2, 4};
  switch (f) {
    case Function::identity:
    case Function::cast: return {0, 0};
    case Function::add:
    case Function::sub:
    case Function::min:
    case Function::max:
    case Function::relu:
    case Function::neg:
    case Function::abs:
    case Function::where:
    case Function::equal:
    case Function::reduce:
    case Function::max_pool:
    case Function::average_pool:
    case Function::global_pool: return {1, 0};
    case Function::clip: return {2, 0};
    case Function::mul: return {0, 1};
    case Function::leaky_relu:
    case Function::batchnorm:
    case Function::requantize: return {1, 1};
    case Function::hard_sigmoid: return VectorOperations{1, 1} + VectorOperations{2, 0};
    case Function::hard_swish: return VectorOperations{3, 1} + VectorOperations{0, 1};
    case Function::sigmoid:
    case Function::tanh:
    case Function::erf:
    case Function::exp:
    case Function::log: return kTable;
    case Function::silu:
    case Function::gelu: return kTable + VectorOperations{0, 1};
    case Function::sqrt:
    case Function::reciprocal: return kNewton;
    case Function::div: return kNewton + VectorOperations{0, 1};
    case Function::pow: return kTable * 2 + VectorOperations{0, 1};
    case Function::resize: return {3, 3};                            // linear in both directions
    case Function::softmax: return kTable + VectorOperations{3, 1};  // maximum, subtract, exponential, sum, scale
    case Function::layernorm: return {4, 3};                         // mean, subtract, square, sum, scale, gain, bias
    case Function::lrn: return kTable * 2 + VectorOperations{5, 3};  // square, window of 5, scale, power, multiply
  }
  return {0, 0};
}

}  // namespace tessera::arch
