// What the names in the shapes of a network's inputs and a user's numbers for them have to do with each other.
#pragma once

#include <string>
#include <vector>

#include "models/graph/bindings.h"

namespace tessera::models {

struct NamedDimensions {
  std::vector<std::string> names;    // all, ascending; an input of one element is one where it is bound
  std::vector<OpenDimension> open;   // those without a number, in the order in which they came
  std::vector<std::string> unknown;  // what the user gave a number, though nothing has that name
};

}  // namespace tessera::models
