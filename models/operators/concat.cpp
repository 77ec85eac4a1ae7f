// Concat: its parts are written in place along the channels where that is possible, else copied together.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  Dims out = node.dims(0, 1, 8);
  if (node.opset() >= 4) node.require_attribute("axis");
  const std::size_t axis = node.axis_attribute(1, out.size());
  for (std::size_t i = 1; i < node.input_count(); ++i) {
    const Dims& part = node.dims(i);
    for (std::size_t a = 0; a < out.size(); ++a)
      if (part.size() != out.size() || (a != axis && part[a] != out[a]))
        node.fail(fmt::format("input {} {} does not fit {} along axis {}", i, describe(part), describe(out), axis));
    out[axis] += part[axis];
  }
  node.output(0, out);
}

// The canonical axis that the parts are joined along, and how much of it one element of the file's axis is.
struct Joint {
  int along;
  std::int64_t scale;
};

Joint joint_of(const Lowering& node, const Tensor& output, std::size_t axis) {
  const Dims& out = output.dims;
  const int along = canonical_axis(axis, out.size(), output.layout);
  const AxisGroups groups = axis_groups(out.size(), output.layout);
  for (const std::size_t outer : groups[static_cast<std::size_t>(along)])
    if (outer < axis && out[outer] != 1)
      node.fail(fmt::format("it joins axis {} of {} inside axis {}", axis, describe(out), outer));
  return {along, output.shape[static_cast<std::size_t>(along)] / out[axis]};
}

// Input `i` becomes the box at `offset` of the output. True where whoever makes the input writes it there.
bool join(Lowering& node, std::size_t i, TensorId part, TensorId output, Joint joint, std::int64_t offset) {
  const Layout layout = node.at(output).layout;
  Shape at{0, 0, 0, 0};
  at[static_cast<std::size_t>(joint.along)] = offset;
  if (joint.along == kC && node.at(part).layout == layout && node.may_be_placed(part)) {
    node.place(part, output, at);
    return true;
  }
  const Dims dims = node.at(part).dims;
  const TensorId copy = node.new_tensor(fmt::format("{}#{}", node.at(output).name, i), dims, layout);
  node.place(copy, output, at);
  node.move(part, copy, broadcast_map(dims, dims)).name += fmt::format("#{}", i);
  return false;
}

void lower(Lowering& node) {
  const TensorId output = node.output();
  const std::size_t axis = node.axis_attribute(1, node.at(output).dims.size());
  const Joint joint = joint_of(node, node.at(output), axis);
  std::int64_t at = 0;
  std::string views, copies;
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    const ValueId v = node.node().inputs[i];
    if (node.dims(i)[axis] == 0) continue;
    const Layout layout = node.at(output).layout;
    const TensorId part = node.value(v).constant ? node.constant(v, node.value(v).dims(), layout) : node.tensor(v);
    std::string& list = join(node, i, part, output, joint, at * joint.scale) ? views : copies;
    list += (list.empty() ? "" : ", ") + node.at(part).name;
    at += node.dims(i)[axis];
  }
  if (!views.empty()) node.note("written in place by " + views);
  if (!copies.empty()) node.note("copies " + copies);
}

}  // namespace

extern const OperatorRule kConcat{.infer = infer, .layout = kOneLayout, .lower = lower, .skips_empty_inputs = true};

}  // namespace tessera::models
