// Operators that rearrange data: places in another tensor's memory where that is possible, else movement operators.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// The axes with more than one element in the order in which canonical enumeration nests them, outermost first.
std::vector<std::size_t> nesting(const Dims& dims, Layout layout) {
  std::vector<std::size_t> order;
  for (const auto& group : axis_groups(dims.size(), layout))
    for (const std::size_t a : group)
      if (dims[a] != 1) order.push_back(a);
  return order;
}

bool in_file_order(const Dims& dims, Layout layout) {
  const auto order = nesting(dims, layout);
  return std::is_sorted(order.begin(), order.end());
}

}  // namespace

std::vector<std::int64_t> Lowering::ints(const Node& node, std::size_t input, const std::string& attribute) const {
  if (node.inputs.size() > input && node.inputs[input] != kNone)
    return value(node.inputs[input]).literal.ints.value_or(std::vector<std::int64_t>{});
  const auto at = node.attributes.find(attribute);
  return at == node.attributes.end() ? std::vector<std::int64_t>{} : at->second.ints;
}

Operator& Lowering::move(const Node& node, TensorId source, TensorId output, std::vector<AxisMap> map) {
  Operator& op = add(node, Unit::movement, output);
  op.inputs = {source};
  op.access = map.empty() ? Operator::Access::linear : Operator::Access::axes;
  op.maps.push_back(std::move(map));
  return op;
}

// `output` holds the elements of `source` in the same canonical order.
void Lowering::linear_view(const Node& node, TensorId source, TensorId output) {
  Tensor &in = network_.tensors[source], &out = network_.tensors[output];
  if (in.shape == out.shape) {
    place(output, source, {0, 0, 0, 0});
  } else if (in.view == Tensor::View::window) {
    // A reshape of a part of a buffer is no box of it.
    move(node, source, output, {});
    return;
  } else {
    out.root = in.root;
    out.view = Tensor::View::linear;
  }
  note(node, "view of " + network_.tensors[network_.tensors[output].root].name);
}

// Makes `part` the box at `offset` of `of`, whatever `of` itself is a box of; everything inside `part` moves along.
void Lowering::place(TensorId part, TensorId of, const Shape& offset) {
  const Tensor target = network_.tensors[of];
  for (TensorId t = 0; t < network_.tensors.size(); ++t) {
    Tensor& inner = network_.tensors[t];
    if (inner.root != part) continue;
    inner.root = target.root;
    // A linear view with the shape of what it lies in is a linear view of that thing's root too.
    inner.view = target.view == Tensor::View::linear ? Tensor::View::linear : Tensor::View::window;
    for (std::size_t a = 0; a < 4; ++a) inner.offset[a] += offset[a] + target.offset[a];
  }
}

void Lowering::view(const Node& node) {
  const TensorId source = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Tensor &in = network_.tensors[source], &out = network_.tensors[output];
  const bool same_axes = in.layout == out.layout && in.shape == out.shape && in.layout == Layout::image;
  const bool file_order = in_file_order(in.dims, in.layout) && in_file_order(out.dims, out.layout);
  const bool merged = in.layout == Layout::image && out.layout == Layout::image && in.shape[kN] == out.shape[kN] &&
                      in.shape[kC] == out.shape[kC];
  if (same_axes || file_order || merged) return linear_view(node, source, output);
  // Flattened for matrix products with constant weights: their rows are put in the image's order instead.
  const auto& readers = readers_[node.outputs[0]];
  const bool only_products = !readers.empty() && in.shape[kN] == out.shape[kN] * out.shape[kH] &&
                             !value(node.outputs[0]).network_output &&
                             std::all_of(readers.begin(), readers.end(), [&](NodeId r) {
                               const Node& reader = graph_.nodes[r];
                               return (reader.type == "Gemm" || reader.type == "MatMul") &&
                                      reader.inputs[0] == node.outputs[0] && value(reader.inputs[1]).constant;
                             });
  if (only_products) return linear_view(node, source, output);
  move(node, source, output, {});
}

void Lowering::transpose(const Node& node) {
  const TensorId source = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Tensor &in = network_.tensors[source], &out = network_.tensors[output];
  std::vector<std::int64_t> perm = ints(node, 1, "perm");
  if (perm.empty())
    for (std::size_t i = in.dims.size(); i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  std::vector<std::size_t> nested;
  for (const std::size_t a : nesting(out.dims, out.layout)) nested.push_back(static_cast<std::size_t>(perm[a]));
  if (nested == nesting(in.dims, in.layout)) return linear_view(node, source, output);
  std::vector<AxisMap> map(in.dims.size());
  for (std::size_t a = 0; a < perm.size(); ++a) map[static_cast<std::size_t>(perm[a])].from = static_cast<int>(a);
  move(node, source, output, std::move(map));
}

bool Lowering::window_of(TensorId source, std::size_t axis, std::int64_t offset, TensorId output) {
  const Tensor in = network_.tensors[source];
  const AxisGroups groups = axis_groups(in.dims.size(), in.layout);
  // Channels only, and only where the cut axis is the outermost of them: then a part is one range of c.
  std::size_t first = 0;
  while (first < groups[kC].size() && in.dims[groups[kC][first]] == 1 && groups[kC][first] != axis) ++first;
  if (first == groups[kC].size() || groups[kC][first] != axis || in.view == Tensor::View::linear) return false;
  if (in.role == TensorRole::constant || network_.tensors[output].role == TensorRole::network_output) return false;
  place(output, source, {0, 0, 0, offset * (in.shape[kC] / in.dims[axis])});
  return true;
}

void Lowering::split(const Node& node) {
  const TensorId source = tensor(node.inputs[0]);
  const Dims dims = network_.tensors[source].dims;
  const auto at = node.attributes.find("axis");
  const std::int64_t a = at == node.attributes.end() ? 0 : at->second.ints.front();
  const auto axis = static_cast<std::size_t>(a < 0 ? a + static_cast<std::int64_t>(dims.size()) : a);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId v = node.outputs[i];
    if (v == kNone) throw NodeError{fmt::format("output {} has no name", i)};
    const std::int64_t extent = value(v).dims()[axis];
    if (!readers_[v].empty() || value(v).network_output) {
      const TensorId output = tensor(v);
      if (window_of(source, axis, offset, output)) {
        note(node, fmt::format("part {} is a view of {}", i, network_.tensors[network_.tensors[output].root].name));
      } else {
        std::vector<AxisMap> map = broadcast_map(dims, dims);
        map[axis] = {static_cast<int>(axis), 1, 1, offset, 1, false};
        move(node, source, output, std::move(map)).name += fmt::format("#{}", i);
      }
    }
    offset += extent;
  }
}

void Lowering::slice(const Node& node) {
  const bool old = node.inputs.size() == 1;
  const TensorId source = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Dims in = network_.tensors[source].dims;
  const auto starts = ints(node, 1, "starts"), steps = old ? std::vector<std::int64_t>{} : ints(node, 4, "");
  auto axes = ints(node, 3, old ? "axes" : "");
  std::vector<AxisMap> map(in.size());
  for (std::size_t a = 0; a < in.size(); ++a) map[a].from = static_cast<int>(a);
  std::vector<std::size_t> cut;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t named = axes.empty() ? static_cast<std::int64_t>(i) : axes[i];
    const auto a = static_cast<std::size_t>(named < 0 ? named + static_cast<std::int64_t>(in.size()) : named);
    map[a].step = steps.empty() ? 1 : steps[i];
    map[a].offset = std::clamp<std::int64_t>(starts[i] < 0 ? std::max(starts[i] + in[a], std::int64_t{0}) : starts[i],
                                             0, in[a] - 1);
    if (map[a].step != 1 || network_.tensors[output].dims[a] != in[a]) cut.push_back(a);
  }
  if (cut.empty()) return linear_view(node, source, output);
  if (cut.size() == 1 && map[cut[0]].step == 1 && window_of(source, cut[0], map[cut[0]].offset, output))
    return note(node, "view of " + network_.tensors[network_.tensors[output].root].name);
  move(node, source, output, std::move(map));
}

// A tensor that owns its memory, is written by an operator and stays inside the network can be written elsewhere.
bool Lowering::may_alias(TensorId part) const {
  const Tensor& t = network_.tensors[part];
  if (t.role != TensorRole::activation || t.view != Tensor::View::none) return false;
  return std::none_of(network_.tensors.begin(), network_.tensors.end(), [&](const Tensor& other) {
    return other.root == part && (other.view == Tensor::View::linear || (other.role == TensorRole::network_output));
  });
}

void Lowering::concat(const Node& node) {
  const TensorId output = tensor(node.outputs[0]);
  const Dims out = network_.tensors[output].dims;
  const Layout layout = network_.tensors[output].layout;
  const std::int64_t a = node.attributes.count("axis") != 0 ? node.attributes.at("axis").ints.front() : 1;
  const auto axis = static_cast<std::size_t>(a < 0 ? a + static_cast<std::int64_t>(out.size()) : a);
  const int along = canonical_axis(axis, out.size(), layout);
  const auto group = axis_groups(out.size(), layout)[static_cast<std::size_t>(along)];
  for (const std::size_t outer : group)
    if (outer < axis && out[outer] != 1)
      throw NodeError{fmt::format("it joins axis {} of {} inside axis {}", axis, describe(out), outer)};
  const std::int64_t scale = network_.tensors[output].shape[static_cast<std::size_t>(along)] / out[axis];
  std::int64_t at = 0;
  std::string views, copies;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId v = node.inputs[i];
    const TensorId part = value(v).constant ? constant(v, value(v).dims(), layout) : tensor(v);
    Shape offset{0, 0, 0, 0};
    offset[static_cast<std::size_t>(along)] = at * scale;
    const bool aliased = along == kC && network_.tensors[part].layout == layout && may_alias(part);
    if (aliased) {
      place(part, output, offset);
    } else {
      const Dims dims = network_.tensors[part].dims;
      const TensorId copy = new_tensor(fmt::format("{}#{}", network_.tensors[output].name, i), dims, layout);
      place(copy, output, offset);
      move(node, part, copy, broadcast_map(dims, dims)).name += fmt::format("#{}", i);
    }
    std::string& list = aliased ? views : copies;
    list += (list.empty() ? "" : ", ") + network_.tensors[part].name;
    at += value(v).dims()[axis];
  }
  if (!views.empty()) note(node, "written in place by " + views);
  if (!copies.empty()) note(node, "copies " + copies);
}

void Lowering::gather(const Node& node) {
  const TensorId source = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  // Indices that enter the network need no operator, whatever shape they are given on the way.
  ValueId from = node.inputs[1];
  while (value(from).producer != kNone && find_rule(graph_.nodes[value(from).producer])->kind == Kind::view)
    from = graph_.nodes[value(from).producer].inputs[0];
  const Value& index = value(node.inputs[1]);
  if (!index.constant && !value(from).network_input)
    throw NodeError{"its indices are computed by the network; only constants and network inputs can be simulated"};
  const Dims in = network_.tensors[source].dims;
  const auto at = node.attributes.find("axis");
  const std::int64_t a = at == node.attributes.end() ? 0 : at->second.ints.front();
  const auto axis = static_cast<std::size_t>(a < 0 ? a + static_cast<std::int64_t>(in.size()) : a);
  const auto indices = static_cast<int>(index.dims().size());
  std::vector<AxisMap> map(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) map[i].from = static_cast<int>(i) + (i > axis ? indices - 1 : 0);
  if (indices == 0) {
    const std::int64_t one = index.literal.ints && !index.literal.ints->empty() ? index.literal.ints->front() : 0;
    map[axis] = {
        AxisMap::kFixed, 1, 1, std::clamp<std::int64_t>(one < 0 ? one + in[axis] : one, 0, in[axis] - 1), 1, false};
  } else {
    map[axis].span = indices;
    map[axis].wrap = true;
  }
  move(node, source, output, std::move(map));
}

// Expand and Tile: the same elements again.
void Lowering::replicate(const Node& node) {
  const TensorId source = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Dims in = network_.tensors[source].dims;
  if (in == network_.tensors[output].dims) return linear_view(node, source, output);
  std::vector<AxisMap> map = broadcast_map(in, network_.tensors[output].dims);
  if (node.type == "Tile")
    for (AxisMap& m : map) m.wrap = m.from >= 0;
  move(node, source, output, std::move(map));
}

void Lowering::depth_to_space(const Node& node) {
  const TensorId source = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const std::int64_t block = node.attributes.at("blocksize").ints.front();
  const bool deep = node.type == "DepthToSpace";
  std::vector<AxisMap> map(4);
  map[0].from = 0;
  for (const std::size_t a : {2U, 3U}) {
    map[a].from = static_cast<int>(a);
    (deep ? map[a].divide : map[a].step) = block;
  }
  if (!deep) map[2] = map[3] = {};  // which of a block's pixels depends on the channel
  move(node, source, output, std::move(map));
}

}  // namespace tessera::models
