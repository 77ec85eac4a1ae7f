#include "models/operators/window.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace tessera::models {

namespace {

// Sets pads and output extent of one axis for `auto_pad`, or the output extent for explicit pads.
void place(const NodeReader& node, WindowAxis& a, const std::string& auto_pad, bool ceil_mode) {
  const std::int64_t reach = a.dilation * (a.kernel - 1) + 1;
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    a.out = base::ceil_div(a.in, a.stride);
    const std::int64_t total = std::max<std::int64_t>((a.out - 1) * a.stride + reach - a.in, 0);
    a.pad_begin = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    a.pad_end = total - a.pad_begin;
    return;
  }
  if (auto_pad == "VALID") a.pad_begin = a.pad_end = 0;
  const std::int64_t room = a.in + a.pad_begin + a.pad_end - reach;
  if (room < 0)
    node.fail(fmt::format("a window of {} (dilation {}) does not fit {} elements with pads {} and {}", a.kernel,
                          a.dilation, a.in, a.pad_begin, a.pad_end));
  a.out = (ceil_mode ? base::ceil_div(room, a.stride) : room / a.stride) + 1;
  // A window that would begin in the padding behind the input is left out.
  if (ceil_mode && (a.out - 1) * a.stride >= a.in + a.pad_begin) --a.out;
}

}  // namespace

std::vector<WindowAxis> resolve_window(const NodeReader& node, const Dims& kernel, std::size_t first) {
  const Dims& in = node.dims(0, 3, 5);
  const std::size_t spatial = in.size() - 2;
  if (kernel.size() != spatial)
    node.fail(
        fmt::format("the kernel {} has another number of axes than the image {}", describe(kernel), describe(in)));
  const auto stride = node.integers("strides", spatial, 1, 1);
  const auto dilation = node.integers("dilations", spatial, 1, 1);
  const auto pads = node.integers("pads", 2 * spatial, 0, 0);
  const std::string auto_pad = node.word("auto_pad", "NOTSET", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"});
  const bool ceil_mode = node.flag("ceil_mode", false);
  std::vector<WindowAxis> window(spatial);
  for (std::size_t i = 0; i < spatial; ++i) {
    if (kernel[i] < 1 || kernel[i] > (std::int64_t{1} << 24))
      node.fail(fmt::format("the kernel {} has an extent below 1 or beyond reason", describe(kernel)));
    window[i] = {in[i + first], kernel[i], stride[i], dilation[i], pads[i], pads[i + spatial], 1};
    place(node, window[i], auto_pad, ceil_mode);
  }
  return window;
}

}  // namespace tessera::models
