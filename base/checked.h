// Products of counts that files and configurations give: at most the largest number instead of an overflow, so that a
// limit behind them still sees that they are too large.
#pragma once

#include <cstdint>
#include <limits>

namespace tessera::base {

// Of numbers >= 0.
[[nodiscard]] constexpr std::int64_t saturating_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max() : product;
}
[[nodiscard]] constexpr std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

}  // namespace tessera::base
