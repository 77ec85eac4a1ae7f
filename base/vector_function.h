// The functions that a vector unit computes: what networks ask for, and what machines have cycles and energy for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::base {

// The one list of vector functions, a line each:
//   X(name, cycles, additions, multiplications)
// `cycles`: passes of a lane over one element where the machine file says nothing. Cheap arithmetic is one pass, table
// look-ups with interpolation two; division and roots iterate; softmax and layernorm walk their axis several times.
// Project estimates: real units differ, and a machine file states its own.
// `additions` (subtractions and comparisons too) and `multiplications`: what a lane does to one element, in the
// textbook form of the function, for its energy. A look-up interpolates between two entries (1, 1). Division and roots
// take a seed and two Newton steps (2, 4). Softmax: maximum, subtract, exponential, sum, scale; a log_softmax subtracts
// the logarithm in place of the scaling, a reduce_exp ends with the sum. Layernorm: mean, subtract, square, sum, scale,
// gain, bias; rms_norm: square, sum, scale, gain; lp_norm: square, sum, scale. LRN: square, window of 5, scale, power,
// multiply. Resize: linear in both directions. Sin brings its argument into one period first. Mod: division, rounding,
// multiply-subtract. Lookup is any other function of one number. Arg_max compares and keeps a place; top_k does the
// same at each level of a heap of the k best. Grid_sample reads four neighbours one by one, then mixes them as resize
// does. Affine is one row of a 2 x 3 matrix times (x, y, 1). Gather and scatter move an element to where an
// index says (an addition for its address).
// Softmax_ and layernorm_ are the passes of a softmax and of a layernorm whose axis fits no slot (FunctionPasses).
// Softmax: a running maximum and the sum of exponentials below it (compare, subtract, exponential, add); two such pairs
// made one (compare, subtract, exponential, multiply, add); subtract, exponential, scale. Layernorm: a sum and the sum
// of squares about a shift (subtract, add, multiply, add); two such pairs made one; subtract and scale.
#define TESSERA_VECTOR_FUNCTIONS(X) \
  X(identity, 0, 0, 0)              \
  X(add, 1, 1, 0)                   \
  X(sub, 1, 1, 0)                   \
  X(mul, 1, 0, 1)                   \
  X(div, 4, 2, 5)                   \
  X(pow, 4, 2, 3)                   \
  X(min, 1, 1, 0)                   \
  X(max, 1, 1, 0)                   \
  X(relu, 1, 1, 0)                  \
  X(clip, 1, 2, 0)                  \
  X(leaky_relu, 2, 1, 1)            \
  X(sigmoid, 2, 1, 1)               \
  X(hard_sigmoid, 2, 3, 1)          \
  X(silu, 2, 1, 2)                  \
  X(hard_swish, 2, 3, 2)            \
  X(tanh, 2, 1, 1)                  \
  X(erf, 2, 1, 1)                   \
  X(exp, 2, 1, 1)                   \
  X(log, 2, 1, 1)                   \
  X(sqrt, 4, 2, 4)                  \
  X(reciprocal, 4, 2, 4)            \
  X(neg, 1, 1, 0)                   \
  X(abs, 1, 1, 0)                   \
  X(gelu, 2, 1, 2)                  \
  X(softmax, 6, 4, 2)               \
  X(layernorm, 6, 4, 3)             \
  X(batchnorm, 2, 1, 1)             \
  X(lrn, 8, 7, 5)                   \
  X(reduce, 1, 1, 0)                \
  X(max_pool, 1, 1, 0)              \
  X(average_pool, 1, 1, 0)          \
  X(global_pool, 1, 1, 0)           \
  X(resize, 1, 3, 3)                \
  X(where, 1, 1, 0)                 \
  X(equal, 1, 1, 0)                 \
  X(cast, 1, 0, 0)                  \
  X(requantize, 1, 1, 1)            \
  X(mish, 2, 1, 2)                  \
  X(softplus, 2, 1, 1)              \
  X(elu, 2, 1, 1)                   \
  X(sin, 3, 2, 2)                   \
  X(lookup, 2, 1, 1)                \
  X(shrink, 2, 3, 0)                \
  X(round, 1, 1, 0)                 \
  X(sign, 1, 1, 0)                  \
  X(mod, 6, 4, 6)                   \
  X(logic, 1, 1, 0)                 \
  X(log_softmax, 6, 5, 1)           \
  X(hardmax, 2, 2, 0)               \
  X(rms_norm, 4, 1, 3)              \
  X(lp_norm, 3, 1, 2)               \
  X(reduce_abs, 2, 2, 0)            \
  X(reduce_square, 2, 1, 1)         \
  X(reduce_exp, 5, 4, 1)            \
  X(arg_max, 2, 1, 0)               \
  X(top_k, 2, 1, 0)                 \
  X(cum_sum, 1, 1, 0)               \
  X(gather, 1, 1, 0)                \
  X(scatter, 1, 1, 0)               \
  X(grid_sample, 4, 3, 3)           \
  X(affine, 2, 2, 2)                \
  X(softmax_partial, 5, 4, 1)       \
  X(softmax_combine, 6, 4, 2)       \
  X(softmax_apply, 4, 2, 2)         \
  X(layernorm_partial, 4, 3, 1)     \
  X(layernorm_combine, 2, 2, 0)     \
  X(layernorm_apply, 2, 1, 1)

struct VectorFunction {
  std::string_view name;
  std::int64_t cycles;
  std::int64_t additions, multiplications;
};

#define TESSERA_ENTRY(name, ...) name,
enum class Function : std::uint8_t { TESSERA_VECTOR_FUNCTIONS(TESSERA_ENTRY) };
#undef TESSERA_ENTRY
#define TESSERA_ENTRY(name, ...) VectorFunction{#name, __VA_ARGS__},
inline constexpr std::array kVectorFunctions{TESSERA_VECTOR_FUNCTIONS(TESSERA_ENTRY)};  // by Function
#undef TESSERA_ENTRY
#undef TESSERA_VECTOR_FUNCTIONS

// What a function becomes where an axis that it needs whole is cut in pieces: `partial` reads a piece and leaves a
// partial result of it, `combine` makes one of several partial results, `apply` reads the input again with that one.
struct FunctionPasses {
  Function whole, partial, combine, apply;
};
inline constexpr std::array kFunctionPasses{
    FunctionPasses{Function::softmax, Function::softmax_partial, Function::softmax_combine, Function::softmax_apply},
    FunctionPasses{Function::layernorm, Function::layernorm_partial, Function::layernorm_combine,
                   Function::layernorm_apply},
};
// A function without passes of its own pays its whole cycles in each.
[[nodiscard]] constexpr FunctionPasses passes_of(Function f) {
  for (const FunctionPasses& p : kFunctionPasses)
    if (p.whole == f) return p;
  return {f, f, f, f};
}

inline constexpr int kFunctionCount = static_cast<int>(kVectorFunctions.size());

[[nodiscard]] constexpr const VectorFunction& about(Function f) {
  return kVectorFunctions[static_cast<std::size_t>(f)];
}
[[nodiscard]] constexpr std::string_view to_string(Function f) { return about(f).name; }

}  // namespace tessera::base
