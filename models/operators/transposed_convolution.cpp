// Transposed convolution, on the PE array: the outputs of a tile fall into phases of the strides, each a product of the
// input under it with the taps that the phase has (TransposedAxis). Nothing is multiplied with inserted zeros, unless
// the machine does (core.pe_array.transposed_convolution).
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/summand.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

struct Attributes {
  std::vector<std::int64_t> stride, dilation, pads, output_padding;
  const std::vector<std::int64_t>* output_shape;
  std::string auto_pad;
};

Attributes attributes_of(const NodeReader& node, std::size_t spatial) {
  return {node.integers("strides", spatial, 1, 1),
          node.integers("dilations", spatial, 1, 1),
          node.integers("pads", 2 * spatial, 0, 0),
          node.integers("output_padding", spatial, 0, 0),
          node.integers("output_shape"),
          node.word("auto_pad", "NOTSET", {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"})};
}

// Pads of one axis, where they follow from its output.
void fit(WindowAxis& a, std::int64_t whole, std::int64_t out, bool more_behind) {
  const std::int64_t cut = std::max<std::int64_t>(whole - out, 0);
  a.pad_begin = more_behind ? cut / 2 : cut - cut / 2;
  a.pad_end = cut - a.pad_begin;
  a.out = out;
}

WindowAxis axis_of(const NodeReader& node, const Attributes& given, std::size_t i, std::int64_t kernel) {
  const std::size_t spatial = given.stride.size();
  const std::int64_t in = node.dims(0)[i + 2];
  WindowAxis a{in, kernel, given.stride[i], given.dilation[i], given.pads[i], given.pads[i + spatial], 1};
  if (in > kMaxElements / a.stride)
    node.fail(fmt::format("strides of {} make more than {} outputs of {}", a.stride, kMaxElements, in));
  // Without pads: the last input's window and what is added behind it.
  const std::int64_t whole = (in - 1) * a.stride + given.output_padding[i] + (kernel - 1) * a.dilation + 1;
  const bool upper = given.auto_pad == "SAME_UPPER";
  if (given.output_shape != nullptr) {
    fit(a, whole, (*given.output_shape)[i + given.output_shape->size() - spatial], upper);
  } else if (upper || given.auto_pad == "SAME_LOWER") {
    fit(a, whole, in * a.stride, upper);
  } else {
    if (given.auto_pad == "VALID") a.pad_begin = a.pad_end = 0;
    a.out = whole - a.pad_begin - a.pad_end;
  }
  if (a.out < 1)
    node.fail(fmt::format("pads {} and {} leave nothing of the {} outputs along spatial axis {}", a.pad_begin,
                          a.pad_end, whole, i));
  return a;
}

std::vector<WindowAxis> window_of(const NodeReader& node) {
  const Dims& weight = node.dims(1);
  const std::size_t spatial = weight.size() - 2;
  const Attributes given = attributes_of(node, spatial);
  if (given.output_shape != nullptr && given.output_shape->size() != spatial &&
      given.output_shape->size() != spatial + 2)
    node.fail(
        fmt::format("attribute 'output_shape' has {} numbers, but {} are needed", given.output_shape->size(), spatial));
  if (given.output_shape != nullptr)
    for (const std::int64_t extent : *given.output_shape)
      if (extent < 1 || extent > kMaxElements)
        node.fail(fmt::format("attribute 'output_shape' is {}, which is no shape", describe(*given.output_shape)));
  std::vector<WindowAxis> window;
  for (std::size_t i = 0; i < spatial; ++i) {
    if (weight[i + 2] < 1 || weight[i + 2] > (std::int64_t{1} << 16))
      node.fail(fmt::format("the kernel of the weights {} has an extent below 1 or beyond reason", describe(weight)));
    window.push_back(axis_of(node, given, i, weight[i + 2]));
  }
  return window;
}

void infer(Inference& node) {
  const Dims& in = node.dims(0, 3, 5);
  const Dims& weight = node.dims(1, in.size(), in.size());
  const std::int64_t groups = node.integer("group", 1, 1, kMaxElements);
  if (in[1] != weight[0] || in[1] % groups != 0)
    node.fail(fmt::format("weights {} do not fit an input {} in {} group(s)", describe(weight), describe(in), groups));
  if (const auto* given = node.integers("kernel_shape");
      given != nullptr && *given != Dims(weight.begin() + 2, weight.end()))
    node.fail(fmt::format("attribute 'kernel_shape' is {}, which differs from the weights {}", describe(*given),
                          describe(weight)));
  if (node.has(2)) require_bias(node, weight[1] * groups);
  Dims out{in[0], weight[1] * groups};
  for (const WindowAxis& a : window_of(node)) out.push_back(a.out);
  node.output(0, out);
}

void lower(Lowering& node) {
  if (!node.in(1).constant)
    node.fail("its weights are no constant; they lie in the order of the input's channels, which tiles cannot read");
  const Dims& weight = node.dims(1);
  PeGeometry g;
  g.transposed = true;
  g.groups = node.integer("group", 1, 1, kMaxElements);
  g.n = weight[1];
  g.channels = weight[0] / g.groups;
  set_window(g, window_of(node));
  g.batch = node.dims(0)[0] * g.out_d;
  const TensorId input = node.input(), weights = node.weight(node.node().inputs[1], g);
  lower_with_bias(node, [&](TensorId output) {
    Operator& op = node.add_product(output, g);
    op.inputs = {input, weights};
    op.parameter_elements = elements(node.dims(1));
  });
}

}  // namespace

extern const OperatorRule kTransposedConvolution{
    .infer = infer,
    .layout = kImages,
    .lower = lower,
    .fusion = {.head = FusionRule::Head::pe, .channels = FusionRule::Channels::second},
};

}  // namespace tessera::models
