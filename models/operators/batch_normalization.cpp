// Batch normalization: one multiply-add for each channel, on the vector unit where it could not be folded into weights.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims& in = node.dims(0, 2, 8);
  for (std::size_t i = 1; i < 5; ++i)
    if (node.dims(i) != Dims{in[1]})
      node.fail(fmt::format("parameter {} has the shape {}, but [{}] is needed", i, describe(node.dims(i)), in[1]));
  node.output(0, in);
}

void lower(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  const Dims out = node.at(output).dims;
  Dims channels(out.size(), 1);
  channels[1] = out[1];
  // Four vectors in the file; what runs is one multiply-add with two numbers for each channel.
  const TensorId scale = node.channel_operand(node.node().inputs[1], output);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input, scale};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(out, out), broadcast_map(channels, out)};
  if (node.in(1).constant) op.parameter_elements = 4 * channels[1];
}

}  // namespace

extern const OperatorRule kBatchNormalization{
    .infer = infer,
    .layout = {.wish = LayoutRule::Wish::image_of_three_axes, .alike = LayoutRule::Alike::same_rank},
    .lower = lower,
    .fusion = {FusionRule::Head::scale_shift, FusionRule::Post::scale_shift, FusionRule::Channels::second},
};

}  // namespace tessera::models
