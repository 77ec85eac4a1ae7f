// Resize and Upsample, on the vector unit: nearest, linear or cubic; of images, and along any axis of other tensors.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"
#include "base/units.h"
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

// The part of the input that tf_crop_and_resize enlarges: by axis where it begins and ends, as a share of the axis.
struct Region {
  std::vector<double> begin, end;
};

// Input 1 of the operator; the whole input elsewhere, and where a run alone knows the numbers.
Region region_of(const NodeReader& node, std::size_t rank) {
  Region region{std::vector<double>(rank, 0), std::vector<double>(rank, 1)};
  if (node.input_count() < 3 || !node.has_attribute("coordinate_transformation_mode")) return region;
  if (node.text("coordinate_transformation_mode") != "tf_crop_and_resize") return region;
  if (!node.has(1)) node.fail("tf_crop_and_resize needs input 1, its region");
  const auto& given = node.in(1).literal.reals;
  const std::vector<std::size_t> axes = scaled_axes(node, rank);
  const auto fits = static_cast<std::int64_t>(2 * axes.size());
  if (elements(node.dims(1)) != fits)
    node.fail(fmt::format("its region has {} numbers, but {} are needed", elements(node.dims(1)), fits));
  for (std::size_t i = 0; given && i < axes.size(); ++i) {
    region.begin[axes[i]] = (*given)[i], region.end[axes[i]] = (*given)[i + axes.size()];
    if (!(std::abs((*given)[i]) <= 1e6 && std::abs((*given)[i + axes.size()]) <= 1e6))
      node.fail(fmt::format("its region reaches from {} to {}", (*given)[i], (*given)[i + axes.size()]));
  }
  return region;
}

// Extents by the scales in the attribute (Upsample-7) or in input `at`.
Dims scaled(const Inference& node, const Dims& in, std::size_t at) {
  const std::vector<double>* scales = node.reals("scales");
  if (scales == nullptr && node.has(at) && node.in(at).literal.reals) scales = &*node.in(at).literal.reals;
  const std::vector<std::size_t> axes = scaled_axes(node, in.size());
  if (scales == nullptr) node.fail("the scales are not known from the file");
  if (scales->size() != axes.size()) node.fail(fmt::format("{} scales for {} axes", scales->size(), axes.size()));
  Dims out = in;
  const Region region = region_of(node, in.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const double share = std::abs(region.end[axes[i]] - region.begin[axes[i]]);
    const double extent = static_cast<double>(in[axes[i]]) * share * (*scales)[i];
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
  const std::string policy = node.word("keep_aspect_ratio_policy", "stretch", {"stretch", "not_larger", "not_smaller"});
  if (policy == "stretch") return out;
  // One scale for all axes: the least or the greatest of what the sizes ask for.
  double scale = policy == "not_larger" ? std::numeric_limits<double>::max() : 0;
  for (const std::size_t a : axes) {
    if (in[a] < 1) node.fail(fmt::format("axis {} of {} is empty: it has no aspect ratio", a, describe(in)));
    const double asked = static_cast<double>(out[a]) / static_cast<double>(in[a]);
    scale = policy == "not_larger" ? std::min(scale, asked) : std::max(scale, asked);
  }
  for (const std::size_t a : axes)
    out[a] = static_cast<std::int64_t>(std::floor(static_cast<double>(in[a]) * scale + 0.5));
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
  (void)node.word("keep_aspect_ratio_policy", "stretch", {"stretch", "not_larger", "not_smaller"});
  (void)node.flag("antialias", false);
  Dims out = node.has(3) ? sized(node, in) : scaled(node, in, scales);
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i] > kMostExtent || out[i] > kMostExtent)
      node.fail(fmt::format("{} resized to {} is beyond reason", describe(in), describe(out)));
  node.output(0, std::move(out));
}

// Scales are input 1 of Resize-10, which has two inputs, and input 2 of Resize-11.
void infer_resize(Inference& node) { infer(node, node.input_count() == 2 ? 1 : 2); }
void infer_upsample(Inference& node) { infer(node, 1); }

// Whether only height and width of a whole image change: a geometry that source_box() knows.
bool of_image(const NodeReader& node, const Tensor& in, const Tensor& out) {
  const std::size_t rank = in.dims.size();
  const Region region = region_of(node, rank);
  const auto all = [](const std::vector<double>& v, double share) {
    return std::ranges::count(v, share) == std::ssize(v);
  };
  return all(region.begin, 0) && all(region.end, 1) && (rank == 3 || rank == 4) && in.layout == Layout::image &&
         in.dims[0] == out.dims[0] && in.dims[1] == out.dims[1];
}

// How many times as many neighbours an output reads along an axis that becomes shorter: with `antialias` the filter
// grows with it.
std::int64_t stretch(const NodeReader& node, std::int64_t in, std::int64_t out) {
  const bool widens = node.flag("antialias", false) && reach_of(node) > 0 && out > 0 && out < in;
  return widens ? base::ceil_div(in, out) : 1;
}

// By axis: the source of each element and its neighbours.
std::vector<AxisMap> by_axes(const NodeReader& node, const Dims& in, const Dims& out) {
  const Region region = region_of(node, in.size());
  std::vector<AxisMap> map(in.size());
  for (std::size_t a = 0; a < in.size(); ++a) {
    map[a].from = static_cast<int>(a);
    const bool cropped = region.begin[a] != 0 || region.end[a] != 1;
    if (in[a] == out[a] && !cropped) continue;
    const auto extent = static_cast<double>(in[a]);
    map[a].offset = static_cast<std::int64_t>(std::floor(region.begin[a] * extent));
    map[a].step = static_cast<std::int64_t>(std::round((region.end[a] - region.begin[a]) * extent));
    map[a].divide = out[a];
    map[a].before = map[a].after = reach_of(node) * stretch(node, in[a], out[a]);
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
  for (std::size_t a = 0; a < source.dims.size(); ++a)
    op.vector.repeats = base::saturating_product(op.vector.repeats, stretch(node, source.dims[a], result.dims[a]));
  if (!of_image(node, source, result)) {
    op.access = Operator::Access::axes;
    op.maps = {by_axes(node, source.dims, result.dims)};
    return;
  }
  op.vector.reach = reach_of(node) * std::max(stretch(node, in[kH], out[kH]), stretch(node, in[kW], out[kW]));
  op.vector.scale_h = static_cast<double>(out[kH]) / static_cast<double>(in[kH]);
  op.vector.scale_w = static_cast<double>(out[kW]) / static_cast<double>(in[kW]);
}

}  // namespace

extern const OperatorRule kResize{
    .infer = infer_resize,
    .layout = kImages,
    .lower = lower,
    .reads_weights = false,
    .runs = "vector unit, for each output; with antialias as often as its filter is longer"};
extern const OperatorRule kUpsample{.infer = infer_upsample, .layout = kImages, .lower = lower, .reads_weights = false};

}  // namespace tessera::models
