// Expand and Tile: the same elements again, copied.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer_expand(Inference& node) {
  const Dims to = node.ints(1, "shape");
  for (const std::int64_t d : to)
    if (d < 0) node.fail(fmt::format("the shape {} is impossible", describe(to)));
  node.output(0, broadcast(node, node.dims(0), to));
}

void infer_tile(Inference& node) {
  Dims out = node.dims(0);
  const auto& repeats = node.ints(1, "repeats");
  node.require(repeats.size() == out.size(), "repeats has another number of axes than the input");
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (repeats[i] < 1 || repeats[i] > kMaxElements / std::max<std::int64_t>(out[i], 1))
      node.fail("a repeat is below 1 or beyond reason");
    out[i] *= repeats[i];
  }
  node.output(0, out);
}

void replicate(Lowering& node, bool whole) {
  const TensorId source = node.input(), output = node.output();
  const Dims &in = node.at(source).dims, &out = node.at(output).dims;
  if (in == out) return node.place_reshaped(source, output);
  std::vector<AxisMap> map = broadcast_map(in, out);
  if (whole)
    for (AxisMap& m : map) m.wrap = m.from >= 0;
  node.move(source, output, std::move(map));
}

// Single elements of an axis again, and whole axes again.
void lower_expand(Lowering& node) { replicate(node, false); }
void lower_tile(Lowering& node) { replicate(node, true); }

}  // namespace

extern const OperatorRule kExpand{.infer = infer_expand, .layout = kOneLayout, .lower = lower_expand};
extern const OperatorRule kTile{.infer = infer_tile, .layout = kOneLayout, .lower = lower_tile};

}  // namespace tessera::models
