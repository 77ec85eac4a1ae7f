// Pad: no operator of its own. The fold_padding pass gives it to the convolution or pool behind it; one that adds
// nothing is a view.
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

std::string mode(const NodeReader& node) {
  return node.word("mode", "constant", {"constant", "reflect", "edge", "wrap"});
}

void infer(Inference& node) {
  Dims out = node.dims(0, 1, 8);
  const std::size_t rank = out.size();
  if (!node.has(1)) node.require_attribute("pads");
  const std::vector<std::int64_t> pads = *node.input_or_attribute(1, "pads");
  node.require(!node.has(3), "pads of some axes only (input 3) are not supported");
  node.require(pads.size() == 2 * rank, "pads must have two numbers for each axis");
  (void)mode(node);
  for (std::size_t i = 0; i < rank; ++i) {
    node.require(pads[i] >= 0 && pads[i + rank] >= 0 && pads[i] < kMaxElements && pads[i + rank] < kMaxElements,
                 "pads must not be negative");
    out[i] += pads[i] + pads[i + rank];
  }
  node.output(0, out);
}

void lower(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  if (node.at(source).dims == node.at(output).dims) return node.place_reshaped(source, output);
  node.fail("padding can be simulated only in front of a convolution or pool that alone reads it");
}

}  // namespace

extern const OperatorRule kPad{.infer = infer, .layout = kOneLayout, .lower = lower};

}  // namespace tessera::models
