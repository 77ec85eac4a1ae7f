// Expand and Tile: the same elements again, copied; ReverseSequence: in another order along one axis.
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
    if (repeats[i] < 0 || repeats[i] > kMaxElements / std::max<std::int64_t>(out[i], 1))
      node.fail("a repeat is below 0 or beyond reason");
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

std::size_t time_axis(const NodeReader& node) {
  const std::size_t rank = node.dims(0, 2, 8).size();
  return node.axis(node.integer("time_axis", 0, 0, 1), rank, "attribute 'time_axis'");
}

void infer_reverse(Inference& node) {
  const Dims& in = node.dims(0, 2, 8);
  const std::size_t batch = 1 - time_axis(node);
  if (node.dims(1) != Dims{in[batch]} || node.integer("batch_axis", 1, 0, 1) != static_cast<std::int64_t>(batch))
    node.fail(fmt::format("lengths {} do not fit {}", describe(node.dims(1)), describe(in)));
  same_shape(node);
}

// How far each sequence goes only a run knows: any element of the axis may be needed.
void lower_reverse(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  std::vector<AxisMap> map = broadcast_map(node.dims(0), node.dims(0));
  map[time_axis(node)] = {};
  node.move(source, output, std::move(map));
}

}  // namespace

extern const OperatorRule kReverseSequence{
    .infer = infer_reverse, .layout = kOneLayout, .lower = lower_reverse, .reads_weights = false, .runs = "a copy"};
extern const OperatorRule kExpand{.infer = infer_expand, .layout = kOneLayout, .lower = lower_expand, .runs = "a copy"};
extern const OperatorRule kTile{.infer = infer_tile, .layout = kOneLayout, .lower = lower_tile, .runs = "a copy"};

}  // namespace tessera::models
