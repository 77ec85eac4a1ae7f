// Quantities of the simulator: integers that know what they count.
//
// Every model calculates in integers: cycles of a unit's own clock, picoseconds of the one common time,
// bytes. A quantity adds and compares only with its own kind, so cycles never slip into a sum of
// picoseconds; crossing between the two goes through base::Clock. A quantity is as cheap as an int64_t.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace tessera::base {

template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(std::int64_t count) : count_(count) {}

  [[nodiscard]] constexpr std::int64_t count() const { return count_; }
  [[nodiscard]] static constexpr Quantity max() { return Quantity{std::numeric_limits<std::int64_t>::max()}; }

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  constexpr Quantity& operator+=(Quantity other) {
    count_ += other.count_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    count_ -= other.count_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity{a.count_ + b.count_}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity{a.count_ - b.count_}; }
  friend constexpr Quantity operator*(Quantity a, std::int64_t n) { return Quantity{a.count_ * n}; }
  friend constexpr Quantity operator*(std::int64_t n, Quantity a) { return a * n; }

 private:
  std::int64_t count_ = 0;
};

using Ps = Quantity<struct PsTag>;  // picoseconds, absolute or a difference; t = 0: arrival of the first request
using Cycles = Quantity<struct CyclesTag>;  // cycles of the clock domain that the context names
using Bytes = Quantity<struct BytesTag>;    // bytes

inline constexpr Ps kNever = Ps::max();  // "no event pending" of a next-event unit

[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
[[nodiscard]] constexpr std::int64_t round_up(std::int64_t a, std::int64_t multiple) {
  return ceil_div(a, multiple) * multiple;
}
[[nodiscard]] constexpr std::int64_t round_down(std::int64_t a, std::int64_t multiple) {
  return a / multiple * multiple;
}

}  // namespace tessera::base

template <class Tag>
struct std::hash<tessera::base::Quantity<Tag>> {
  std::size_t operator()(tessera::base::Quantity<Tag> q) const noexcept { return std::hash<std::int64_t>{}(q.count()); }
};
