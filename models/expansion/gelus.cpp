// Activations of com.microsoft with what stands around them: a bias, a gate.
#include <fmt/format.h>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

// FastGelu and BiasGelu: the bias is the second input, one number for each column.
void infer_biased(Inference& node) {
  const Dims& in = node.dims(0, 1, 8);
  if (node.has(1) && node.dims(1) != Dims{in.back()})
    node.fail(fmt::format("its bias {} does not fit {}", describe(node.dims(1)), describe(in)));
  same_shape(node);
}

ValueId biased(Expansion& e) { return e.has(1) ? e.make("biased", "Add", {e.input(0), e.input(1)}) : e.input(0); }

void expand_biased(Expansion& e) { e.give(0, e.make("gelu", "Gelu", {biased(e)})); }

// x * sigmoid(alpha * x).
void expand_quick(Expansion& e) {
  const ValueId x = e.input(0);
  const ValueId gate = e.make("gate", "Sigmoid", {e.make("scaled", "Mul", {x, e.number("alpha", x)})});
  e.give(0, e.make("gated", "Mul", {x, gate}));
}

// (x + bias) is cut in two halves: left * gelu(right).
void infer_split(Inference& node) {
  infer_biased(node);
  Dims out = node.dims(0);
  if (out.back() % 2 != 0) node.fail(fmt::format("the last axis of {} has no two halves", describe(out)));
  out.back() /= 2;
  node.output(0, std::move(out));
}

void expand_split(Expansion& e) {
  const std::size_t last = e.dims(0).size() - 1;
  const std::int64_t half = e.dims(0).back() / 2;
  const auto halves = e.split("halves", biased(e), last, {half, half}, {"left", "right"});
  e.give(0, e.make("gated", "Mul", {halves[0], e.make("gelu", "Gelu", {halves[1]})}));
}

}  // namespace

extern const OperatorRule kBiasedGelu{.infer = infer_biased, .expand = expand_biased};
extern const OperatorRule kQuickGelu{.infer = same_shape, .expand = expand_quick};
extern const OperatorRule kBiasSplitGelu{.infer = infer_split, .expand = expand_split};

}  // namespace tessera::models
