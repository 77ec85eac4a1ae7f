// Pad: no operator of its own. The fold_padding pass gives it to the convolution or pool behind it.
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  Dims out = node.dims(0, 1, 8);
  const std::size_t rank = out.size();
  const auto pads = node.has(1) ? node.ints(1, "pads") : node.list("pads");
  node.require(pads.size() == 2 * rank && !node.has(3), "pads must have two numbers for each axis");
  for (std::size_t i = 0; i < rank; ++i) {
    node.require(pads[i] >= 0 && pads[i + rank] >= 0 && pads[i] < kMaxElements && pads[i + rank] < kMaxElements,
                 "pads must not be negative");
    out[i] += pads[i] + pads[i + rank];
  }
  node.output(0, out);
}

void lower(Lowering& node) {
  node.fail("padding can be simulated only in front of a convolution or pool that alone reads it");
}

}  // namespace

extern const OperatorRule kPad{.infer = infer, .layout = kAnyLayout, .lower = lower};

}  // namespace tessera::models
