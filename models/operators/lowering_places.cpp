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
    inner.view = target.view == Tensor::View::linear ? Tensor::View::linear : Tensor::View::window;
    for (std::size_t a = 0; a < 4; ++a) inner.offset[a] += offset[a] + target.offset[a];
    members_[target.root].push_back(id);
  }
}

bool Lowering::may_be_placed(TensorId part) const {
  const Tensor& t = network_.tensors[part];
  if (t.role != TensorRole::activation || t.view != Tensor::View::none) return false;
  return std::ranges::none_of(members_[part], [&](TensorId id) {
    const Tensor& inner = network_.tensors[id];
    return inner.view == Tensor::View::linear || inner.role == TensorRole::network_output;
  });
}

bool Lowering::place_part(TensorId source, std::size_t axis, std::int64_t offset, TensorId output) {
  const Tensor& in = network_.tensors[source];
  // Only where the cut axis is the outermost of its canonical axis: then a part is one range of that.
  const int along = canonical_axis(axis, in.dims.size(), in.layout);
  const auto canonical = static_cast<std::size_t>(along);
  for (const std::size_t outer : axis_groups(in.dims.size(), in.layout)[canonical])
    if (outer < axis && in.dims[outer] != 1) return false;
  if (in.view == Tensor::View::linear || in.role == TensorRole::constant) return false;
  if (network_.tensors[output].role == TensorRole::network_output) return false;
  Shape at{0, 0, 0, 0};
  at[canonical] = offset * (in.shape[canonical] / in.dims[axis]);
  place(output, source, at);
  return true;
}

void Lowering::place_reshaped(TensorId source, TensorId output) {
  const Tensor& in = network_.tensors[source];
  Tensor& out = network_.tensors[output];
  if (in.shape == out.shape) {
    place(output, source, {0, 0, 0, 0});
  } else if (in.view == Tensor::View::window && in.shape != network_.root(source).shape) {
    // A reshape of a part of a buffer is no box of it.
    move(source, output);
    return;
  } else {
    out.root = in.root;
    out.view = Tensor::View::linear;
    std::erase(members_[output], output);
    members_[in.root].push_back(output);
  }
  note_view(output);
}

void Lowering::note_view(TensorId output) { note("view of " + at(at(output).root).name); }

}  // namespace tessera::models
