// Convolution: an image and constant weights, on the PE array.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims& in = node.dims(0, 3, 4);
  const Dims& weight = node.dims(1, in.size(), in.size());
  node.require(node.in(1).constant, "the weights are no constant");
  const std::int64_t groups = node.integer("group", 1, 1, kMaxElements);
  if (in[1] % groups != 0 || weight[0] % groups != 0 || in[1] / groups != weight[1])
    node.fail(fmt::format("weights {} do not fit an input {} in {} group(s)", describe(weight), describe(in), groups));
  const Dims kernel(weight.begin() + 2, weight.end());
  if (const auto* given = node.integers("kernel_shape"); given != nullptr && *given != kernel)
    node.fail(fmt::format("attribute 'kernel_shape' is {}, which differs from the weights {}", describe(*given),
                          describe(weight)));
  Dims out{in[0], weight[0]};
  for (const WindowAxis& a : resolve_window(node, kernel)) out.push_back(a.out);
  node.output(0, out);
}

PeGeometry geometry(const NodeReader& node) {
  const Dims& weight = node.dims(1);
  PeGeometry g;
  g.groups = node.integer("group", 1, 1, kMaxElements);
  g.batch = node.dims(0)[0];
  g.n = weight[0] / g.groups;
  g.channels = weight[1];
  const auto window = resolve_window(node, Dims(weight.begin() + 2, weight.end()));
  set_window(g, window);
  g.in_h = window[0].in, g.out_h = window[0].out;
  if (window.size() > 1) g.in_w = window[1].in, g.out_w = window[1].out;
  return g;
}

// A constant bias with one number for each channel has been fused by now.
void lower(Lowering& node) {
  if (node.input_count() > 2) node.fail("its bias is no constant of one number for each output channel");
  const PeGeometry g = geometry(node);
  const TensorId input = node.input(), weight = node.weight(node.node().inputs[1], g);
  Operator& op = node.add_product(node.output(), g);
  op.inputs = {input, weight};
  op.parameter_elements = elements(node.dims(1));
}

}  // namespace

extern const OperatorRule kConvolution{
    .infer = infer,
    .layout = kImages,
    .lower = lower,
    .fusion = {.head = FusionRule::Head::pe, .channels = FusionRule::Channels::second},
    .takes_padding = true,
};

}  // namespace tessera::models
