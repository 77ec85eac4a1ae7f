// Numbers for the dimensions of a network's inputs that its file names instead of fixing ("batch", "sequence"), and for
// single numbers among the inputs themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tessera::models {

using Bindings = std::map<std::string, std::int64_t>;  // each within [0, kMaxElements]

// A name that has no number yet, and where it stands: "axis 0 of input 'x'".
struct OpenDimension {
  std::string name;
  std::vector<std::string> places;
  std::vector<std::size_t> axes;   // of the places
  std::vector<std::size_t> ranks;  // of the inputs of these places
  bool of_host = false;            // some of them are of what the host makes
};

}  // namespace tessera::models
