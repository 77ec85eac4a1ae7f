// The sliding window of a convolution or pool: attributes resolved against the input's extents.
#pragma once

#include <cstdint>
#include <vector>

#include "models/operators/inference.h"

namespace tessera::models {

// One spatial axis.
struct WindowAxis {
  std::int64_t in = 1, kernel = 1, stride = 1, dilation = 1, pad_begin = 0, pad_end = 0, out = 1;
};

// Spatial axes of input 0 (all after the first two) with kernel, strides, dilations, pads, auto_pad and ceil_mode.
[[nodiscard]] std::vector<WindowAxis> resolve_window(const Inference&, const Dims& kernel);

}  // namespace tessera::models
