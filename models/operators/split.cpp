// Split: the parts are views of the input where each is a box of it, else copies.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// The extents of the parts: input 1, the attribute, or as many equal ones as there are outputs (the last may be short).
std::vector<std::int64_t> sizes_of(const NodeReader& node, std::int64_t extent) {
  const auto parts = static_cast<std::int64_t>(node.output_count());
  if (node.integer("num_outputs", parts, 1, kMaxElements) != parts)
    node.fail(fmt::format("attribute 'num_outputs' differs from its {} outputs", parts));
  if (auto given = node.input_or_attribute(1, "split")) return std::move(*given);
  std::vector<std::int64_t> sizes;
  const std::int64_t size = (extent + parts - 1) / parts;
  for (std::int64_t rest = extent, i = 0; i < parts; ++i, rest -= sizes.back()) sizes.push_back(std::min(size, rest));
  return sizes;
}

void infer(Inference& node) {
  const Dims in = node.dims(0, 1, 8);
  const std::size_t axis = node.axis_attribute(0, in.size());
  const auto parts = static_cast<std::int64_t>(node.output_count());
  const std::vector<std::int64_t> sizes = sizes_of(node, in[axis]);
  std::int64_t sum = 0;
  for (const std::int64_t s : sizes) {
    if (s < 0 || s > in[axis]) node.fail(fmt::format("a part of {} of {} elements", s, in[axis]));
    sum += s;
  }
  if (static_cast<std::int64_t>(sizes.size()) != parts || sum != in[axis])
    node.fail(
        fmt::format("parts {} do not make up axis {} of {} in {} outputs", describe(sizes), axis, describe(in), parts));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Dims out = in;
    out[axis] = sizes[i];
    node.output(i, std::move(out));
  }
}

void axes(const NodeReader& node, AxisWishes& wishes) {
  wishes.cut(node.node().inputs[0], node.axis_attribute(0, node.dims(0).size()));
}

void lower(Lowering& node) {
  const TensorId source = node.input();
  const Dims dims = node.at(source).dims;
  const std::size_t axis = node.axis_attribute(0, dims.size());
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    const ValueId v = node.node().outputs[i];
    if (v == kNone) node.fail(fmt::format("output {} has no name", i));
    const std::int64_t extent = node.value(v).dims()[axis];
    if (node.is_used(v) && extent > 0) {
      const TensorId output = node.tensor(v);
      if (node.place_part(source, axis, offset, output)) {
        node.note(fmt::format("part {} is a view of {}", i, node.at(node.at(output).root).name));
      } else {
        std::vector<AxisMap> map = broadcast_map(dims, dims);
        map[axis] = {static_cast<int>(axis), 1, 1, offset, 1, false};
        node.move(source, output, std::move(map)).name += fmt::format("#{}", i);
      }
    }
    offset += extent;
  }
}

}  // namespace

extern const OperatorRule kSplit{
    .infer = infer,
    .layout = {.alike = LayoutRule::Alike::same_rank, .axes = axes},
    .lower = lower,
    .runs = "views of the channels, else copies",
};

}  // namespace tessera::models
