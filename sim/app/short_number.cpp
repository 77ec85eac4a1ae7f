#include "sim/app/short_number.h"

#include <fmt/format.h>

#include <string_view>

namespace tessera::app {

std::string short_number(std::int64_t n) {
  if (n < 1000) return fmt::format("{}", n);
  constexpr std::string_view kPowers = "kMGTPE";
  double value = static_cast<double>(n) / 1000;
  std::size_t power = 0;
  // What would be rounded to 1000 is 1.00 of the next.
  for (; value >= 999.5 && power + 1 < kPowers.size(); ++power) value /= 1000;
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", value, decimals, kPowers[power]);
}

}  // namespace tessera::app
