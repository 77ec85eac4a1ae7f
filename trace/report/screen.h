// What screens have in common: how wide they are, and the unit of their times. No line is wider than the screen, which
// has at least kLeastWidth columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace tessera::trace {

inline constexpr std::size_t kLeastWidth = 80;

struct Screen {
  std::size_t width = kLeastWidth;
  std::size_t operators = 5;  // rows of the operator table
};

// One unit for all times of a screen: that in which the window has a readable number.
struct TimeUnit {
  const char* name;
  double ps;  // picoseconds of one
};
[[nodiscard]] TimeUnit time_unit(base::Ps window);
// "12.345", without the unit.
[[nodiscard]] std::string in_unit(base::Ps time, const TimeUnit& unit);

// Words of `text` on lines of at most `width` columns. The first line starts with `first`, the others with blanks under
// its end. A word that is longer than a line is cut. Ends with a new line.
[[nodiscard]] std::string wrapped(std::string_view first, std::string_view text, std::size_t width);
// The same of parts that are kept together where they fit: "a, ", "b". One that is longer than a line goes on at a
// blank, where it has one.
[[nodiscard]] std::string wrapped_parts(std::string_view first, const std::vector<std::string>& parts,
                                        std::size_t width);

// A name in at most `most` columns: its last ones, which tell it from others.
[[nodiscard]] std::string end_of_name(const std::string& name, std::size_t most);

}  // namespace tessera::trace
