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

// One to three spatial axes of input 0 (all but two, from `first` on) with kernel, strides, dilations, pads, auto_pad
// and ceil_mode.
[[nodiscard]] std::vector<WindowAxis> resolve_window(const NodeReader&, const Dims& kernel, std::size_t first = 2);

// Of a PE operator: rows and columns. Those of a pool are its tensors'.
inline void set_extents(PeGeometry& g, const WindowAxis& h, const WindowAxis& w) {
  g.in_h = h.in, g.out_h = h.out;
  g.in_w = w.in, g.out_w = w.out;
}
inline void set_extents(VectorGeometry&, const WindowAxis&, const WindowAxis&) {}

// Kernel, strides, dilations and pads of a PeGeometry or VectorGeometry. A single spatial axis is the height; the first
// of three is the depth.
template <class Geometry>
void set_window(Geometry& g, std::vector<WindowAxis> window) {
  if (window.size() < 3) window.insert(window.begin(), WindowAxis{});
  window.resize(3);
  const WindowAxis &d = window[0], &h = window[1], &w = window[2];
  g.kernel_d = d.kernel, g.stride_d = d.stride, g.dilation_d = d.dilation;
  g.pad_front = d.pad_begin, g.pad_back = d.pad_end;
  g.in_d = d.in, g.out_d = d.out;
  set_extents(g, h, w);
  g.kernel_h = h.kernel, g.stride_h = h.stride, g.dilation_h = h.dilation;
  g.pad_top = h.pad_begin, g.pad_bottom = h.pad_end;
  g.kernel_w = w.kernel, g.stride_w = w.stride, g.dilation_w = w.dilation;
  g.pad_left = w.pad_begin, g.pad_right = w.pad_end;
}

}  // namespace tessera::models
