// Shapes of operators on images: convolution, pools, resize; and of the matrix products.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "models/operators/operators.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

// Sets pads and output extent of one axis for `auto_pad`, or the output extent for explicit pads.
void place(const Inference& node, WindowAxis& a, const std::string& auto_pad, bool ceil_mode) {
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

std::vector<WindowAxis> resolve_window(const Inference& node, const Dims& kernel) {
  const Dims& in = node.dims(0, 3, 4);
  const std::size_t spatial = in.size() - 2;
  node.require(kernel.size() == spatial, "the kernel has another number of axes than the input");
  const auto stride = node.list("strides", spatial, 1, 1);
  const auto dilation = node.list("dilations", spatial, 1, 1);
  const auto pads = node.list("pads", 2 * spatial, 0, 0);
  const std::string auto_pad = node.text("auto_pad", "NOTSET");
  if (auto_pad != "NOTSET" && auto_pad != "VALID" && auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER")
    node.fail(fmt::format("attribute 'auto_pad' is '{}'", auto_pad));
  std::vector<WindowAxis> window(spatial);
  for (std::size_t i = 0; i < spatial; ++i) {
    node.require(kernel[i] >= 1 && kernel[i] <= (std::int64_t{1} << 24),
                 "the kernel has an extent below 1 or beyond reason");
    window[i] = {in[i + 2], kernel[i], stride[i], dilation[i], pads[i], pads[i + spatial], 1};
    place(node, window[i], auto_pad, node.attribute("ceil_mode", 0) != 0);
  }
  return window;
}

namespace infer {

void conv(Inference& node) {
  const Dims& in = node.dims(0, 3, 4);
  const Dims& weight = node.dims(1, in.size(), in.size());
  node.require(node.in(1).constant, "the weights are no constant");
  const std::int64_t groups = node.attribute("group", 1);
  if (groups < 1 || in[1] % groups != 0 || weight[0] % groups != 0 || in[1] / groups != weight[1])
    node.fail(fmt::format("weights {} do not fit an input {} in {} group(s)", describe(weight), describe(in), groups));
  const Dims kernel(weight.begin() + 2, weight.end());
  if (node.has_attribute("kernel_shape") && node.list("kernel_shape") != kernel)
    node.fail(fmt::format("kernel_shape {} differs from the weights {}", describe(node.list("kernel_shape")),
                          describe(weight)));
  Dims out{in[0], weight[0]};
  for (const WindowAxis& a : resolve_window(node, kernel)) out.push_back(a.out);
  node.output(0, out);
}

void gemm(Inference& node) {
  const Dims& a = node.dims(0, 2, 2);
  const Dims& b = node.dims(1, 2, 2);
  const bool ta = node.attribute("transA", 0) != 0, tb = node.attribute("transB", 0) != 0;
  if (a[ta ? 0 : 1] != b[tb ? 1 : 0])
    node.fail(
        fmt::format("matrices {} and {} do not multiply (transA {}, transB {})", describe(a), describe(b), ta, tb));
  node.output(0, {a[ta ? 1 : 0], b[tb ? 0 : 1]});
}

void matmul(Inference& node) {
  Dims a = node.dims(0, 1, 8), b = node.dims(1, 1, 8);
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    node.fail(fmt::format("matrices {} and {} do not multiply", describe(a), describe(b)));
  Dims out = broadcast(node, Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  if (!row) out.push_back(a[a.size() - 2]);
  if (!column) out.push_back(b.back());
  node.output(0, std::move(out));
}

void pool(Inference& node) {
  const Dims& in = node.dims(0, 3, 4);
  node.require(node.has_attribute("kernel_shape"), "attribute 'kernel_shape' is missing");
  Dims out{in[0], in[1]};
  for (const WindowAxis& a : resolve_window(node, node.list("kernel_shape"))) out.push_back(a.out);
  node.output(0, out);
  node.require(node.output_count() < 2 || !node.has(1), "a second output (indices) is not supported");
}

void global_pool(Inference& node) {
  Dims out = node.dims(0, 3, 4);
  std::fill(out.begin() + 2, out.end(), 1);
  node.output(0, out);
}

// Scales or sizes, wherever the operator set has them: Upsample-7 attribute, Upsample-9 input 1, Resize-10 input 1,
// Resize-11 inputs 2 (scales) and 3 (sizes).
void resize(Inference& node) {
  const Dims in = node.dims(0, 3, 4);
  Dims out = in;
  if (node.has(3)) {
    out = node.ints(3, "sizes");
  } else {
    const std::size_t at = node.node().type == "Upsample" || node.input_count() == 2 ? 1 : 2;
    const auto attribute = node.node().attributes.find("scales");
    const std::vector<double>* scales = nullptr;
    if (attribute != node.node().attributes.end()) scales = &attribute->second.reals;
    else if (node.has(at) && node.in(at).literal.reals) scales = &*node.in(at).literal.reals;
    if (scales == nullptr || scales->size() != in.size()) node.fail("the scales are not known from the file");
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double scaled = static_cast<double>(in[i]) * (*scales)[i];
      if (!(scaled >= 1 && scaled <= 1e9)) node.fail(fmt::format("axis {} scaled by {}", i, (*scales)[i]));
      out[i] = static_cast<std::int64_t>(std::floor(scaled + 1e-6));
    }
  }
  node.require(out.size() == in.size() && out[0] == in[0] && out[1] == in[1], "only height and width can be resized");
  node.output(0, std::move(out));
}

void depth_to_space(Inference& node) {
  const Dims& in = node.dims(0, 4, 4);
  const std::int64_t block = node.attribute("blocksize", 0);
  const bool deep = node.node().type == "DepthToSpace";
  node.require(block >= 1 && block < 1024, "attribute 'blocksize' must lie in 1..1023");
  const bool fits = deep ? in[1] % (block * block) == 0 : in[2] % block == 0 && in[3] % block == 0;
  if (!fits) node.fail(fmt::format("blocks of {} do not divide {}", block, describe(in)));
  if (deep) node.output(0, {in[0], in[1] / (block * block), in[2] * block, in[3] * block});
  else node.output(0, {in[0], in[1] * block * block, in[2] / block, in[3] / block});
}

void batchnorm(Inference& node) {
  const Dims& in = node.dims(0, 2, 8);
  for (std::size_t i = 1; i < 5; ++i)
    if (node.dims(i) != Dims{in[1]})
      node.fail(fmt::format("parameter {} has the shape {}, but [{}] is needed", i, describe(node.dims(i)), in[1]));
  node.output(0, in);
}

void same_shape(Inference& node) { node.output(0, node.dims(0)); }

}  // namespace infer

}  // namespace tessera::models
