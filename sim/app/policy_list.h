// Lists of policies on the command line.
#pragma once

#include <string>
#include <vector>

namespace tessera::app {

// The parts between commas; empty ones are left out.
[[nodiscard]] std::vector<std::string> split_list(const std::string& list);
// The built-in policies that need no file, with commas between them.
[[nodiscard]] std::string own_policies();

}  // namespace tessera::app
