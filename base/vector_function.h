// The vocabulary of vector work: what networks ask for and what a vector unit has cycles for. One list for both.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::base {

enum class Function : std::uint8_t {
  identity,
  add,
  sub,
  mul,
  div,
  pow,
  min,
  max,
  relu,
  clip,
  leaky_relu,
  sigmoid,
  hard_sigmoid,
  silu,
  hard_swish,
  tanh,
  erf,
  exp,
  log,
  sqrt,
  reciprocal,
  neg,
  abs,
  gelu,
  softmax,
  layernorm,
  batchnorm,
  lrn,
  reduce,
  max_pool,
  average_pool,
  global_pool,
  resize,
  where,
  equal,
  cast,
  requantize,
};

inline constexpr std::array kFunctionNames{
    std::string_view{"identity"},     std::string_view{"add"},         std::string_view{"sub"},
    std::string_view{"mul"},          std::string_view{"div"},         std::string_view{"pow"},
    std::string_view{"min"},          std::string_view{"max"},         std::string_view{"relu"},
    std::string_view{"clip"},         std::string_view{"leaky_relu"},  std::string_view{"sigmoid"},
    std::string_view{"hard_sigmoid"}, std::string_view{"silu"},        std::string_view{"hard_swish"},
    std::string_view{"tanh"},         std::string_view{"erf"},         std::string_view{"exp"},
    std::string_view{"log"},          std::string_view{"sqrt"},        std::string_view{"reciprocal"},
    std::string_view{"neg"},          std::string_view{"abs"},         std::string_view{"gelu"},
    std::string_view{"softmax"},      std::string_view{"layernorm"},   std::string_view{"batchnorm"},
    std::string_view{"lrn"},          std::string_view{"reduce"},      std::string_view{"max_pool"},
    std::string_view{"average_pool"}, std::string_view{"global_pool"}, std::string_view{"resize"},
    std::string_view{"where"},        std::string_view{"equal"},       std::string_view{"cast"},
    std::string_view{"requantize"}};
inline constexpr int kFunctionCount = static_cast<int>(kFunctionNames.size());
static_assert(kFunctionNames[static_cast<std::size_t>(Function::requantize)] == "requantize");

[[nodiscard]] constexpr std::string_view to_string(Function f) { return kFunctionNames[static_cast<std::size_t>(f)]; }

}  // namespace tessera::base
