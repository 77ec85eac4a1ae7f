// Resize and Upsample, on the vector unit: nearest, linear or cubic; of images, and along any axis of other tensors.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

constexpr std::int64_t kMostExtent = std::int64_t{1} << 30;

// What the numbers of scales or sizes stand for: the axes of the attribute `axes` (Resize-18), else all.
std::vector<std::size_t> scaled_axes(const NodeReader& node, std::size_t rank) {
  std::vector<std::size_t> axes;
  const auto* given = node.integers("axes");
  for (std::size_t i = 0; given == nullptr && i < rank; ++i) axes.push_back(i);
  if (given == nullptr) return axes;
  for (const std::int64_t a : *given) axes.push_back(node.axis(a, rank, "an element of attribute 'axes'"));
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (std::count(axes.begin(), axes.end(), axes[i]) != 1) node.fail("attribute 'axes' names an axis twice");
  return axes;
}

// Extents by the scales in the attribute (Upsample-7) or in input `at`.
Dims scaled(const Inference& node, const Dims& in, std::size_t at) {
  const std::vector<double>* scales = node.reals("scales");
  if (scales == nullptr && node.has(at) && node.in(at).literal.reals) scales = &*node.in(at).literal.reals;
  const std::vector<std::size_t> axes = scaled_axes(node, in.size());
  if (scales == nullptr) node.fail("the scales are not known from the file");
  if (scales->size() != axes.size()) node.fail(fmt::format("{} scales for {} axes", scales->size(), axes.size()));
  Dims out = in;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const double extent = static_cast<double>(in[axes[i]]) * (*scales)[i];
    if (!(extent >= 1 && extent <= static_cast<double>(kMostExtent)))
      node.fail(fmt::format("axis {} scaled by {}", axes[i], (*scales)[i]));
    out[axes[i]] = static_cast<std::int64_t>(std::floor(extent + 1e-6));
  }
  return out;
}

Dims sized(const Inference& node, const Dims& in) {
  const auto& sizes = node.ints(3, "sizes");
  const std::vector<std::size_t> axes = scaled_axes(node, in.size());
  if (sizes.size() != axes.size()) node.fail(fmt::format("{} sizes for {} axes", sizes.size(), axes.size()));
  Dims out = in;
  for (std::size_t i = 0; i < axes.size(); ++i) out[axes[i]] = sizes[i];
  return out;
}

// Neighbours on either side that one output reads.
std::int64_t reach_of(const NodeReader& node) {
  const std::string mode = node.word("mode", "nearest", {"nearest", "linear", "bilinear", "cubic"});
  return mode == "cubic" ? 2 : mode == "nearest" ? 0 : 1;
}

// Sizes are input 3 where they are given (Resize-11).
void infer(Inference& node, std::size_t scales) {
  const Dims in = node.dims(0, 1, 8);
  (void)reach_of(node);
  (void)node.word("keep_aspect_ratio_policy", "stretch", {"stretch"});
  Dims out = node.has(3) ? sized(node, in) : scaled(node, in, scales);
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i] > kMostExtent || out[i] > kMostExtent)
      node.fail(fmt::format("{} resized to {} is beyond reason", describe(in), describe(out)));
  node.output(0, std::move(out));
}

// Scales are input 1 of Resize-10, which has two inputs, and input 2 of Resize-11.
void infer_resize(Inference& node) { infer(node, node.input_count() == 2 ? 1 : 2); }
void infer_upsample(Inference& node) { infer(node, 1); }

// Whether only height and width of an image change: a geometry that source_box() knows.
bool of_image(const Tensor& in, const Tensor& out) {
  const std::size_t rank = in.dims.size();
  return (rank == 3 || rank == 4) && in.layout == Layout::image && in.dims[0] == out.dims[0] &&
         in.dims[1] == out.dims[1];
}

// By axis: the source of each element and its neighbours.
std::vector<AxisMap> by_axes(const Dims& in, const Dims& out, std::int64_t reach) {
  std::vector<AxisMap> map(in.size());
  for (std::size_t a = 0; a < in.size(); ++a) {
    map[a].from = static_cast<int>(a);
    if (in[a] == out[a]) continue;
    map[a].step = in[a], map[a].divide = out[a];
    map[a].before = map[a].after = reach;
    map[a].beyond = AxisMap::Beyond::nearest;
  }
  return map;
}

void lower(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  const Tensor source = node.at(input), result = node.at(output);
  const Shape in = source.shape, out = result.shape;
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  if (!of_image(source, result)) {
    op.access = Operator::Access::axes;
    op.maps = {by_axes(source.dims, result.dims, reach_of(node))};
    return;
  }
  op.vector.reach = reach_of(node);
  op.vector.scale_h = static_cast<double>(out[kH]) / static_cast<double>(in[kH]);
  op.vector.scale_w = static_cast<double>(out[kW]) / static_cast<double>(in[kW]);
}

}  // namespace

extern const OperatorRule kResize{.infer = infer_resize, .layout = kImages, .lower = lower, .reads_weights = false};
extern const OperatorRule kUpsample{.infer = infer_upsample, .layout = kImages, .lower = lower, .reads_weights = false};

}  // namespace tessera::models
