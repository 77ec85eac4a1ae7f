// One axis of a transposed convolution. Output o is the sum over the kernel's taps k for which (o + pad - k x dilation)
// is i x stride, i being an input: outputs fall into `stride` phases, and each phase is a convolution of the input with
// a part of the kernel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace tessera::models {

struct TransposedAxis {
  std::int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;

  // Taps with one place in the strides repeat after so many.
  [[nodiscard]] std::int64_t period() const { return stride / std::gcd(stride, dilation); }
  // Taps of the phase that an output belongs to. Where the kernel has none for it, one pass writes zeros.
  [[nodiscard]] std::int64_t taps(std::int64_t output) const {
    for (std::int64_t k = 0; k < std::min(kernel, period()); ++k)
      if ((output + pad - k * dilation) % stride == 0) return (kernel - 1 - k) / period() + 1;
    return 1;
  }
  // Taps of the outputs before `output`: what the array multiplies. At the border some have no input, as with padding.
  [[nodiscard]] std::int64_t taps_before(std::int64_t output) const {
    std::int64_t sum = 0, reached = 0;
    for (std::int64_t k = 0; k < std::min(kernel, period()); ++k) {
      const std::int64_t place = (pad - k * dilation) % stride, first = (stride - place) % stride;
      const std::int64_t outputs = output > first ? (output - 1 - first) / stride + 1 : 0;
      sum += outputs * ((kernel - 1 - k) / period() + 1);
      reached += outputs;
    }
    return sum + output - reached;
  }
  // Multiplications that count: every input times every tap, as in the convolution that this one transposes; fewer
  // where pads cut results off. Never more than the array's.
  [[nodiscard]] std::int64_t useful() const { return std::min(in * kernel, taps_before(out)); }
  // The share of the outputs [begin, end) in them. Shares of neighbouring ranges add up.
  [[nodiscard]] std::int64_t useful(std::int64_t begin, std::int64_t end) const {
    const __int128 all = useful(), array = taps_before(out);
    return static_cast<std::int64_t>(taps_before(end) * all / array) -
           static_cast<std::int64_t>(taps_before(begin) * all / array);
  }
  // Inputs [first, last) that the outputs [begin, end) read; never empty.
  void sources(std::int64_t begin, std::int64_t end, std::int64_t& first, std::int64_t& last) const {
    const std::int64_t least = begin + pad - (kernel - 1) * dilation, most = end - 1 + pad;
    const std::int64_t from = least > 0 ? (least + stride - 1) / stride : 0;
    first = std::clamp<std::int64_t>(from, 0, in - 1);
    last = std::clamp<std::int64_t>(most / stride + 1, first + 1, in);
  }
};

}  // namespace tessera::models
