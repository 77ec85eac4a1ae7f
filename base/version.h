// The program's version, as the build's one place (CMakeLists.txt) says it: "0.1.0".
#pragma once

#include <string_view>

namespace tessera::base {

[[nodiscard]] std::string_view version();

}  // namespace tessera::base
