// The sliding window of a convolution or pool: attributes resolved against the input's extents.
#pragma once

#include <cstdint>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

// One spatial axis.
struct WindowAxis {
  std::int64_t in = 1, kernel = 1, stride = 1, dilation = 1, pad_begin = 0, pad_end = 0, out = 1;
};

// Spatial axes of input 0 (all after the first two) with kernel, strides, dilations, pads, auto_pad and ceil_mode.
[[nodiscard]] std::vector<WindowAxis> resolve_window(const NodeReader&, const Dims& kernel);

// Kernel, strides, dilations and pads of a PeGeometry or VectorGeometry; a single spatial axis is the height.
template <class Geometry>
void set_window(Geometry& g, const std::vector<WindowAxis>& window) {
  const WindowAxis& h = window.front();
  const WindowAxis w = window.size() > 1 ? window[1] : WindowAxis{};
  g.kernel_h = h.kernel, g.stride_h = h.stride, g.dilation_h = h.dilation;
  g.pad_top = h.pad_begin, g.pad_bottom = h.pad_end;
  g.kernel_w = w.kernel, g.stride_w = w.stride, g.dilation_w = w.dilation;
  g.pad_left = w.pad_begin, g.pad_right = w.pad_end;
}

}  // namespace tessera::models
