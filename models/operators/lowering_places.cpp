// Tensors that lie inside other tensors.
#include <algorithm>

#include "models/operators/lowering.h"

namespace tessera::models {

void Lowering::place(TensorId part, TensorId of, const Shape& offset) {
  const Tensor target = network_.tensors[of];
  const std::vector<TensorId> moved = std::move(members_[part]);
  members_[part].clear();
  for (const TensorId id : moved) {
    Tensor& inner = network_.tensors[id];
    inner.root = target.root;
    // A linear view with the shape of what it lies in is a linear view of that thing's root too.
    if (target.view == Tensor::View::linear) inner.view = Tensor::View::linear, inner.base = target.base;
    else if (inner.view != Tensor::View::linear) inner.view = Tensor::View::window;
    for (std::size_t a = 0; a < 4; ++a) inner.offset[a] += offset[a] + target.offset[a];
    members_[target.root].push_back(id);
  }
}

bool Lowering::may_be_placed(TensorId part) const {
  const Tensor& t = network_.tensors[part];
  if (t.role != TensorRole::activation || t.view != Tensor::View::none) return false;
  return std::ranges::none_of(members_[part],
                              [&](TensorId id) { return network_.tensors[id].role == TensorRole::network_output; });
}

bool Lowering::place_part(TensorId source, std::size_t axis, std::int64_t offset, TensorId output) {
  const Tensor& in = network_.tensors[source];
  // Only where the cut axis is the outermost of its canonical axis: then a part is one range of that.
  const int along = canonical_axis(axis, in.dims.size(), in.layout);
  const auto canonical = static_cast<std::size_t>(along);
  const AxisGroups groups = axis_groups(in.dims.size(), in.layout);
  for (const std::size_t outer : groups[canonical])
    if (outer < axis && in.dims[outer] != 1) return false;
  if (in.view == Tensor::View::linear || in.role == TensorRole::constant) return false;
  if (network_.tensors[output].role == TensorRole::network_output) return false;
  Shape at{0, 0, 0, 0};
  at[canonical] = offset * (in.shape[canonical] / in.dims[axis]);
  place(output, source, at);
  return true;
}

void Lowering::place_linear(TensorId part, TensorId of) {
  const Tensor& in = network_.tensors[of];
  Tensor& out = network_.tensors[part];
  if (in.shape == out.shape) return place(part, of, {0, 0, 0, 0});
  out.root = in.root;
  out.base = in.view == Tensor::View::linear ? in.base : in.shape;
  out.offset = in.offset;
  out.view = Tensor::View::linear;
  std::erase(members_[part], part);
  members_[in.root].push_back(part);
}

void Lowering::place_reshaped(TensorId source, TensorId output) {
  const Tensor &in = network_.tensors[source], &out = network_.tensors[output];
  const Shape& base = in.view == Tensor::View::linear ? in.base : in.shape;
  // Of a part of a buffer only what has its axes is a box; of a whole one at least a range of it.
  const bool part = base != network_.root(source).shape;
  if (part && in.shape != out.shape &&
      !refine({out.shape.begin(), out.shape.end()}, {base.begin(), base.end()}).found) {
    move(source, output);
    return;
  }
  place_linear(output, source);
  note_view(output);
}

TensorId Lowering::seen_as(TensorId tensor, const Shape& shape) {
  if (at(tensor).shape == shape) return tensor;
  const TensorId view = new_tensor(at(tensor).name + "#matrix", Dims(shape.begin(), shape.end()), Layout::canonical);
  place_linear(view, tensor);
  return view;
}

TensorId Lowering::as_rows(TensorId tensor) {
  if (at(tensor).layout.kind == Layout::Kind::rows) return tensor;
  const auto [known, fresh] = rows_.try_emplace(tensor, kNone);
  if (!fresh) return known->second;
  const Dims dims = at(tensor).dims;
  const TensorId rows = known->second = new_tensor(at(tensor).name + "#rows", dims, Layout::flat);
  if (in_file_order(dims, at(tensor).layout)) place_linear(rows, tensor);
  else move(tensor, rows, broadcast_map(dims, dims)).name += "#rows";
  return rows;
}

void Lowering::note_view(TensorId output) { note("view of " + at(at(output).root).name); }

}  // namespace tessera::models
