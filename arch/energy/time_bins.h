// Amounts spread over time, in a bounded number of equal bins whose width doubles when the run outgrows them.
//
// All memory is taken at construction. An amount is whole (femtojoules, bytes) and stays whole: the bins that a span
// covers add up to it exactly, and what they hold does not depend on when the width doubled.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"

namespace tessera::arch {

class TimeBins {
 public:
  // `bins` is rounded up to an even number >= 2; `width` > 0.
  TimeBins(std::size_t tracks, std::size_t bins, base::Ps width);

  // Spreads `amount` evenly over [start, end); a span without length falls into its start's bin. 0 <= start <= end.
  void add(std::size_t track, base::Ps start, base::Ps end, std::int64_t amount);
  // Makes the bins reach to `end`.
  void extend(base::Ps end);

  [[nodiscard]] base::Ps width() const { return width_; }
  // Bins up to the last time that was seen.
  [[nodiscard]] std::size_t used() const;
  [[nodiscard]] base::Ps end() const { return end_; }
  [[nodiscard]] std::span<const std::int64_t> track(std::size_t i) const {
    return std::span(amounts_).subspan(i * bins_, used());
  }

 private:
  void double_width();
  std::size_t tracks_, bins_;
  base::Ps width_;
  base::Ps end_{0};
  std::vector<std::int64_t> amounts_;  // track by track
};

}  // namespace tessera::arch
