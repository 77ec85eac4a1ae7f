// CenterCropPad: a slice of the middle along the axes that become shorter, zeros on both sides of those that grow.
#include <fmt/format.h>

#include <algorithm>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

// The numbers of input 1 stand for the attribute's axes, else for all.
Dims wanted(const NodeReader& node) {
  Dims out = node.dims(0, 1, 8);
  const auto* named = node.integers("axes");
  const auto& extents = node.ints(1, "shape");
  if (extents.size() != (named == nullptr ? out.size() : named->size()))
    node.fail(fmt::format("{} extents do not fit the axes of {}", extents.size(), describe(out)));
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] < 0 || extents[i] > kMaxElements) node.fail(fmt::format("the extent {} is impossible", extents[i]));
    out[named == nullptr ? i : node.axis((*named)[i], out.size(), "an element of attribute 'axes'")] = extents[i];
  }
  return out;
}

void infer(Inference& node) { node.output(0, wanted(node)); }

void expand(Expansion& e) {
  const Dims in = e.dims(0), out = wanted(e);
  ValueId v = e.input(0);
  Dims before(in.size(), 0), after(in.size(), 0);
  bool grows = false;
  for (std::size_t a = 0; a < in.size(); ++a) {
    if (out[a] < in[a]) v = e.part(fmt::format("crop{}", a), v, a, (in[a] - out[a]) / 2, out[a]);
    if (out[a] <= in[a]) continue;
    before[a] = (out[a] - in[a]) / 2, after[a] = out[a] - in[a] - before[a];
    grows = true;
  }
  before.insert(before.end(), after.begin(), after.end());
  if (grows) v = e.make("padded", "Pad", {v, e.integers("pads", before)});
  e.give(0, v);
}

}  // namespace

extern const OperatorRule kCenterCropPad{.infer = infer, .reads_weights = false, .expand = expand};

}  // namespace tessera::models
