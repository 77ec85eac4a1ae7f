// What a Pad adds to each axis, or takes from it.
#pragma once

#include <cstdint>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

struct Padding {
  enum class Mode : std::uint8_t { constant, edge, reflect, wrap };
  struct Axis {
    std::int64_t before = 0, after = 0;  // below 0: elements that are cut off
  };
  Mode mode = Mode::constant;
  std::vector<Axis> axes;  // of the input
  bool zeros = true;       // constant: what is added is 0, or not known to be another number
};

// Of a Pad node; fails where attributes or inputs do not fit.
[[nodiscard]] Padding padding_of(const NodeReader&);

}  // namespace tessera::models
