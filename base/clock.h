// A clock domain: edge n lies at floor(n * num / den) picoseconds.
//
// The period is a ratio, so a 1.6 GHz clock (625 ps) and a 3.2 GHz one (312.5 ps) are both exact: edges are
// rounded one by one, rounded periods are never summed.
#pragma once

#include <numeric>

#include "base/units.h"

namespace tessera::base {

class Clock {
 public:
  constexpr Clock() = default;
  // Period num/den picoseconds; both positive.
  constexpr Clock(std::int64_t num, std::int64_t den)
      : num_(num / std::gcd(num, den)), den_(den / std::gcd(num, den)) {}
  [[nodiscard]] static constexpr Clock from_hz(std::int64_t hz) { return Clock{1'000'000'000'000, hz}; }

  [[nodiscard]] constexpr std::int64_t period_num() const { return num_; }
  [[nodiscard]] constexpr std::int64_t period_den() const { return den_; }
  [[nodiscard]] constexpr double hz() const { return 1e12 * static_cast<double>(den_) / static_cast<double>(num_); }

  // The time of edge n.
  [[nodiscard]] constexpr Ps edge(Cycles n) const { return Ps{mul_div(n.count(), num_, den_)}; }
  // A duration of n cycles, rounded down to a picosecond.
  [[nodiscard]] constexpr Ps duration(Cycles n) const { return edge(n); }
  // The number of the first edge at or after t (t >= 0).
  [[nodiscard]] constexpr Cycles first_edge(Ps t) const {
    // edge(n) >= t  <=>  floor(n*num/den) >= t  <=>  n*num >= t*den, since t is an integer.
    std::int64_t scaled = 0;
    if (!__builtin_mul_overflow(t.count(), den_, &scaled) && !__builtin_add_overflow(scaled, num_ - 1, &scaled))
      return Cycles{scaled / num_};
    return Cycles{static_cast<std::int64_t>((static_cast<__int128>(t.count()) * den_ + num_ - 1) / num_)};
  }
  // The time of the first edge at or after t.
  [[nodiscard]] constexpr Ps align(Ps t) const {
    return den_ == 1 ? Ps{round_up(t.count(), num_)} : edge(first_edge(t));
  }
  // The edge n cycles after the first edge at or after t.
  [[nodiscard]] constexpr Ps after(Ps t, Cycles n) const { return edge(first_edge(t) + n); }
  // Whole cycles that have passed by t: the number of the last edge at or before t.
  [[nodiscard]] constexpr Cycles elapsed(Ps t) const { return first_edge(t + Ps{1}) - Cycles{1}; }

  friend constexpr bool operator==(const Clock&, const Clock&) = default;

 private:
  // Products beyond 64 bits are rare, and dividing them is slow.
  [[nodiscard]] static constexpr std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(a, b, &product)) return product / c;
    return static_cast<std::int64_t>(static_cast<__int128>(a) * b / c);
  }
  std::int64_t num_ = 1000;
  std::int64_t den_ = 1;
};

}  // namespace tessera::base
