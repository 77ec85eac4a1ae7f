// Concat: its parts are written in place where that is possible, else copied together.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/operators/axis_wishes.h"
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

void axes(const NodeReader& node, AxisWishes& wishes) {
  const ValueId out = node.node().outputs[0];
  wishes.cut(out, node.axis_attribute(1, node.graph().values[out].dims().size()), true);
}

// Where the parts lie: boxes of `buffer` along one of its canonical axes.
struct Joint {
  TensorId buffer;        // the output, or what it is a view of
  int along;              // canonical axis of the buffer
  std::int64_t scale;     // how much of it one element of the file's axis is
  bool outermost = true;  // whether the buffer has the output's own axes
};

// A part is a box of the output where the joined axis is the outermost of those that share its canonical axis.
std::optional<Joint> direct_joint(const Lowering& node, TensorId output, std::size_t axis) {
  const Tensor& t = node.at(output);
  const int along = canonical_axis(axis, t.dims.size(), t.layout);
  const AxisGroups groups = axis_groups(t.dims.size(), t.layout);
  for (const std::size_t outer : groups[static_cast<std::size_t>(along)])
    if (outer < axis && t.dims[outer] != 1) return std::nullopt;
  return Joint{output, along, t.shape[static_cast<std::size_t>(along)] / t.dims[axis]};
}

// Otherwise the parts are rows of a buffer [what is outside, the axis, what is inside], in the file's order. Matrices
// lie that way, so the output is the buffer under another shape; an image is copied from it.
Joint joint_of_rows(Lowering& node, TensorId output, std::size_t axis) {
  const Tensor t = node.at(output);
  const auto at = t.dims.begin() + static_cast<std::ptrdiff_t>(axis);
  const Dims dims{elements(Dims(t.dims.begin(), at)), t.dims[axis], elements(Dims(at + 1, t.dims.end()))};
  return {node.new_tensor(t.name + "#joined", dims, Layout::rows), kH, 1, false};
}

// The past of a KV cache: it enters the network, nobody else reads it, and what it is joined to leaves the network. It
// stays where it is, and the output is that memory with the new part behind it.
bool stays(const Lowering& node, std::size_t i, const Joint& joint, std::size_t axis) {
  const Value& part = node.in(i);
  const auto& outputs = node.node().outputs;
  return joint.outermost && part.network_input && node.value(outputs[0]).network_output && !part.network_output &&
         node.readers(node.node().inputs[i]).size() == 1 && i == 0 && node.input_count() > 1 &&
         std::ranges::count(node.node().inputs, node.node().inputs[i]) == 1 && node.dims(i)[axis] > 0 &&
         node.at(joint.buffer).view == Tensor::View::none;
}

// The tensor that owns the memory of `part`, where that is the same box under another name; else `part`.
TensorId owner_of(const Lowering& node, TensorId part) {
  const Tensor& t = node.at(part);
  const bool whole = t.view == Tensor::View::window && t.shape == node.at(t.root).shape;
  return whole && t.layout == node.at(t.root).layout ? t.root : part;
}

// Input `i` becomes the box at `offset` of the buffer. True where whoever makes the input writes it there.
bool join(Lowering& node, std::size_t i, TensorId part, const Joint& joint, std::size_t axis, std::int64_t offset) {
  const Layout layout = node.at(joint.buffer).layout;
  Shape at{0, 0, 0, 0};
  at[static_cast<std::size_t>(joint.along)] = offset;
  const TensorId owner = owner_of(node, part);
  const bool alike = joint.outermost && node.at(owner).layout == layout;
  if (alike && (stays(node, i, joint, axis) || node.may_be_placed(owner))) {
    node.place(owner, joint.buffer, at);
    return true;
  }
  Dims dims = node.at(part).dims;
  std::vector<AxisMap> map = broadcast_map(dims, dims);
  if (!joint.outermost) {
    const Dims& buffer = node.at(joint.buffer).dims;
    dims = {buffer[0], dims[axis], buffer[2]};
    map.clear();
  }
  const TensorId copy = node.new_tensor(fmt::format("{}#{}", node.at(node.output()).name, i), dims, layout);
  node.place(copy, joint.buffer, at);
  node.move(part, copy, std::move(map)).name += fmt::format("#{}", i);
  return false;
}

// The output as a view of the buffer, or a copy of it.
void take_buffer(Lowering& node, const Joint& joint, TensorId output) {
  if (joint.outermost) return;
  const Dims& dims = node.at(output).dims;
  const auto order = nesting(dims, node.at(output).layout);
  if (std::is_sorted(order.begin(), order.end())) node.place_reshaped(joint.buffer, output);
  else node.move(joint.buffer, output);
}

void lower(Lowering& node) {
  const TensorId output = node.output();
  const std::size_t axis = node.axis_attribute(1, node.at(output).dims.size());
  const auto direct = direct_joint(node, output, axis);
  const Joint joint = direct ? *direct : joint_of_rows(node, output, axis);
  std::int64_t at = 0;
  std::string views, copies;
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    const ValueId v = node.node().inputs[i];
    if (node.dims(i)[axis] == 0) continue;
    const Layout layout = node.at(output).layout;
    const TensorId part = node.value(v).constant ? node.constant(v, node.value(v).dims(), layout) : node.tensor(v);
    std::string& list = join(node, i, part, joint, axis, at * joint.scale) ? views : copies;
    list += (list.empty() ? "" : ", ") + node.at(part).name;
    at += node.dims(i)[axis];
  }
  take_buffer(node, joint, output);
  if (!views.empty()) node.note("written in place by " + views);
  if (!copies.empty()) node.note("copies " + copies);
}

}  // namespace

extern const OperatorRule kConcat{.infer = infer,
                                  .layout = {.alike = LayoutRule::Alike::same_rank, .axes = axes},
                                  .lower = lower,
                                  .skips_empty_inputs = true,
                                  .runs = "views where the parts can be made in place, else copies"};

}  // namespace tessera::models
