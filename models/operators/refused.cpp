// Operators that are known, and known to be impossible here: what they make depends on numbers that only a run has.
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void refuse_extent(Inference& node) {
  node.fail(
      "how many elements its output has depends on the numbers in its input, which are known only when the network "
      "runs: end the network before it (its input becomes a network output) and run it on the host");
}

void refuse_random(Inference& node) {
  node.fail("its output is random numbers, which no unit makes: export the network with them as an input");
}

void lower(Lowering& node) { node.fail("this operator cannot be simulated"); }

}  // namespace

extern const OperatorRule kExtentUnknown{.infer = refuse_extent,
                                         .layout = kAnyLayout,
                                         .lower = lower,
                                         .runs = "refused: only a run knows how many elements it makes"};
extern const OperatorRule kRandom{
    .infer = refuse_random, .layout = kAnyLayout, .lower = lower, .runs = "refused: makes random numbers"};

}  // namespace tessera::models
