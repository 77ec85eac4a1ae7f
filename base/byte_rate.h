// Bytes per cycle, exactly, as fine as files state them: in thousandths of a byte ("13.6 B/cycle").
#pragma once

#include <compare>
#include <cstdint>

#include "base/units.h"

namespace tessera::base {

struct ByteRate {
  std::int64_t thousandths = 0;  // 0: no rate is given, or nothing moves

  constexpr ByteRate() = default;
  constexpr ByteRate(std::int64_t bytes) : thousandths(bytes * 1000) {}  // NOLINT: whole bytes are rates too
  [[nodiscard]] static constexpr ByteRate of_thousandths(std::int64_t n) {
    ByteRate rate;
    rate.thousandths = n;
    return rate;
  }
  [[nodiscard]] constexpr bool none() const { return thousandths == 0; }
  // Cycles that `bytes` bytes take, the last one in part; not of none(). bytes < 2^53.
  [[nodiscard]] constexpr std::int64_t cycles(std::int64_t bytes) const { return ceil_div(bytes * 1000, thousandths); }
  friend constexpr auto operator<=>(const ByteRate&, const ByteRate&) = default;
};

}  // namespace tessera::base
