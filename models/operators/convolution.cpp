// Convolution over one to three spatial axes, on the PE array. Constant weights lie in tile order; weights that the
// network computes or that enter it lie as images, one for each output channel.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/summand.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims& in = node.dims(0, 3, 5);
  const Dims& weight = node.dims(1, in.size(), in.size());
  const std::int64_t groups = node.integer("group", 1, 1, kMaxElements);
  if (in[1] % groups != 0 || weight[0] % groups != 0 || in[1] / groups != weight[1])
    node.fail(fmt::format("weights {} do not fit an input {} in {} group(s)", describe(weight), describe(in), groups));
  const Dims kernel(weight.begin() + 2, weight.end());
  if (const auto* given = node.integers("kernel_shape"); given != nullptr && *given != kernel)
    node.fail(fmt::format("attribute 'kernel_shape' is {}, which differs from the weights {}", describe(*given),
                          describe(weight)));
  if (node.has(2)) require_bias(node, weight[0]);
  Dims out{in[0], weight[0]};
  for (const WindowAxis& a : resolve_window(node, kernel)) out.push_back(a.out);
  node.output(0, out);
}

PeGeometry geometry(const NodeReader& node) {
  const Dims& weight = node.dims(1);
  PeGeometry g;
  g.groups = node.integer("group", 1, 1, kMaxElements);
  g.n = weight[0] / g.groups;
  g.channels = weight[1];
  set_window(g, resolve_window(node, Dims(weight.begin() + 2, weight.end())));
  g.batch = node.dims(0)[0] * g.out_d;
  g.weight_is_activation = g.weight_is_kernel = !node.in(1).constant;
  return g;
}

// One pixel of the result for each of the input, all groups one.
bool is_pointwise(const NodeReader& node) {
  if (!node.in(1).constant) return false;
  PeGeometry g = geometry(node);
  return g.groups == 1 && g.taps() == 1 && g.stride_h == 1 && g.stride_w == 1 && g.stride_d == 1 && g.in_h == g.out_h &&
         g.in_w == g.out_w && g.in_d == g.out_d;
}

void lower(Lowering& node) {
  PeGeometry g = geometry(node);
  if (node.layout_of(node.node().outputs[0]) == kPixels) {
    g.in_h = g.out_h = g.batch * g.out_h * g.out_w;
    g.batch = g.in_w = g.out_w = g.in_d = g.out_d = 1;
  }
  const ValueId weights = node.node().inputs[1];
  const TensorId input = node.input();
  const TensorId weight = g.weight_is_kernel ? node.tensor(weights) : node.weight(weights, g);
  lower_with_bias(node, [&](TensorId output) {
    Operator& op = node.add_product(output, g);
    op.inputs = {input, weight};
    if (!g.weight_is_kernel) op.parameter_elements = elements(node.dims(1));
  });
}

}  // namespace

extern const OperatorRule kConvolution{
    .infer = infer,
    .layout = {.wish = LayoutRule::Wish::image_and_kernel, .by_pixel = is_pointwise},
    .lower = lower,
    .fusion = {.head = FusionRule::Head::pe, .channels = FusionRule::Channels::second},
    .takes_padding = true,
};

}  // namespace tessera::models
