// Numbers for columns of tables: three digits and the power of a thousand, in at most five characters.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::app {

// 999, 1.23k, 45.6M, 789G. Rounded half up.
[[nodiscard]] std::string short_number(std::int64_t);

}  // namespace tessera::app
