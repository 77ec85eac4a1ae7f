// "did you mean": the closest of a list of known names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::base {

// Least number of letters inserted, left out, changed or swapped with their neighbour that turns a into b.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// The known name closest to `name`, the first of equals; empty if none is close enough to be meant.
[[nodiscard]] std::string closest(std::string_view name, const std::vector<std::string>& known);

// `, did you mean "columns"?`, or empty.
[[nodiscard]] std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace tessera::base
