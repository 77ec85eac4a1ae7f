// Slice: a view of the input where it cuts one axis without steps, else a copy.
#include "models/operators/slice.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// Numbers below 0 count from the end; what lies beyond either end is cut to it.
SliceCut cut_of(std::int64_t extent, std::int64_t start, std::int64_t end, std::int64_t step) {
  const bool backwards = step < 0;
  const auto bound = [&](std::int64_t v) {
    const std::int64_t at = v < 0 && v > -kMaxElements ? v + extent : v;
    return backwards ? std::clamp<std::int64_t>(at, -1, extent - 1) : std::clamp<std::int64_t>(at, 0, extent);
  };
  const std::int64_t length = backwards ? bound(start) - bound(end) : bound(end) - bound(start);
  const std::int64_t stride = backwards ? -step : step;
  return {bound(start), step, std::max<std::int64_t>((length + stride - 1) / stride, 0)};
}

}  // namespace

// Operator set 9 and before have attributes, later ones inputs.
std::vector<SliceCut> slice_cuts(const NodeReader& node) {
  const Dims in = node.dims(0, 1, 8);
  const bool old = node.input_count() == 1;
  if (old) node.require_attribute("starts"), node.require_attribute("ends");
  const auto starts = old ? *node.integers("starts") : node.ints(1, "starts");
  const auto ends = old ? *node.integers("ends") : node.ints(2, "ends");
  std::vector<std::int64_t> axes = node.input_or_attribute(3, "axes").value_or(std::vector<std::int64_t>{});
  const auto steps = node.has(4) ? node.ints(4, "steps") : std::vector<std::int64_t>(starts.size(), 1);
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    node.fail("starts, ends, axes and steps differ in length");
  std::vector<SliceCut> cuts;
  for (const std::int64_t extent : in) cuts.push_back({0, 1, extent});
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t a = node.axis(axes[i], in.size(), "an element of 'axes'");
    // A step of the whole axis and more leaves one element: some exporters write the largest number there.
    constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();
    const std::int64_t step = std::clamp(steps[i], -kLongest, kLongest);
    if (step == 0) node.fail(fmt::format("step 0 along axis {}", a));
    cuts[a] = cut_of(in[a], starts[i], ends[i], step);
  }
  return cuts;
}

namespace {

void infer(Inference& node) {
  const std::vector<SliceCut> cuts = slice_cuts(node);
  Dims out;
  for (const SliceCut& c : cuts) out.push_back(c.count);
  node.output(0, out);
}

void axes(const NodeReader& node, AxisWishes& wishes) {
  const std::vector<SliceCut> cuts = slice_cuts(node);
  for (std::size_t a = 0; a < cuts.size(); ++a)
    if (cuts[a].step != 1 || cuts[a].count != node.dims(0)[a]) wishes.cut(node.node().inputs[0], a);
}

void lower(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const std::vector<SliceCut> cuts = slice_cuts(node);
  const Dims& in = node.dims(0);
  std::vector<AxisMap> map(in.size());
  std::vector<std::size_t> cut;  // the axes of which something is left out
  for (std::size_t a = 0; a < in.size(); ++a) {
    map[a].from = static_cast<int>(a);
    map[a].step = cuts[a].step;
    map[a].offset = cuts[a].begin;
    if (cuts[a].step != 1 || cuts[a].count != in[a]) cut.push_back(a);
  }
  if (cut.empty()) return node.place_reshaped(source, output);
  if (cut.size() == 1 && map[cut[0]].step == 1 && node.place_part(source, cut[0], map[cut[0]].offset, output))
    return node.note_view(output);
  node.move(source, output, std::move(map));
}

}  // namespace

extern const OperatorRule kSlice{
    .infer = infer,
    .layout = {.alike = LayoutRule::Alike::same_rank, .axes = axes},
    .lower = lower,
    .runs = "a view of the channels, else a copy",
};

}  // namespace tessera::models
