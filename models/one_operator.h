// Networks of one operator, by the operator's shape.
#pragma once

#include <cstdint>

namespace tessera::models {

// C (m x n) = A (m x k) x B (k x n). Extents >= 1.
struct GemmShape {
  std::int64_t m = 1, k = 1, n = 1;
  friend bool operator==(const GemmShape&, const GemmShape&) = default;
};

// One convolution: input w x h x c, `k` kernels of kw x kh. Batch 1.
struct ConvShape {
  std::int64_t w = 1, h = 1, c = 1, k = 1, kw = 1, kh = 1;
  std::int64_t sx = 1, sy = 1;                  // stride
  std::int64_t pl = 0, pr = 0, pt = 0, pb = 0;  // padding: left, right, top, bottom
  std::int64_t dx = 1, dy = 1;                  // dilation
  std::int64_t groups = 1;                      // divides c and k
  [[nodiscard]] std::int64_t out_w() const { return (w + pl + pr - dx * (kw - 1) - 1) / sx + 1; }
  [[nodiscard]] std::int64_t out_h() const { return (h + pt + pb - dy * (kh - 1) - 1) / sy + 1; }
  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

}  // namespace tessera::models
