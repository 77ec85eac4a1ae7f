#include "models/network/network.h"

#include <algorithm>

#include "models/network/layout.h"

namespace tessera::models {

namespace {

Dims as_dims(const Shape& s) { return {s.begin(), s.end()}; }

Box as_box(const FileBox& b) {
  Box box;
  std::copy(b.begin.begin(), b.begin.end(), box.begin.begin());
  std::copy(b.end.begin(), b.end.end(), box.end.begin());
  return box;
}

// Input rows (or columns) that output rows [begin, end) of a window read, inside the image; never empty: where a
// window lies in the padding alone, the nearest row stands for it.
void window_range(std::int64_t begin, std::int64_t end, std::int64_t stride, std::int64_t kernel, std::int64_t dilation,
                  std::int64_t pad, std::int64_t extent, std::int64_t& first, std::int64_t& last) {
  first = std::clamp<std::int64_t>(begin * stride - pad, 0, extent - 1);
  last = std::clamp<std::int64_t>((end - 1) * stride - pad + dilation * (kernel - 1) + 1, first + 1, extent);
}

Box pe_input_box(const PeGeometry& g, const Shape& in, const Box& out) {
  Box box = whole(in);
  if (in[kN] > 1) box.begin[kN] = out.begin[kN], box.end[kN] = out.end[kN];
  window_range(out.begin[kH], out.end[kH], g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, in[kH], box.begin[kH],
               box.end[kH]);
  window_range(out.begin[kW], out.end[kW], g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, in[kW], box.begin[kW],
               box.end[kW]);
  box.begin[kC] = out.begin[kC] / g.n * g.channels;
  box.end[kC] = ((out.end[kC] - 1) / g.n + 1) * g.channels;
  return box;
}

Box pe_weight_box(const PeGeometry& g, const Tensor& weight, const Box& out) {
  Box box = whole(weight.shape);
  if (!g.weight_is_activation) {
    box.begin[kN] = out.begin[kC], box.end[kN] = out.end[kC];
    return box;
  }
  if (g.weight_batch > 1) box.begin[kN] = out.begin[kN], box.end[kN] = out.end[kN];
  const int axis = g.weight_transposed ? kH : kC;
  box.begin[static_cast<std::size_t>(axis)] = out.begin[kC];
  box.end[static_cast<std::size_t>(axis)] = out.end[kC];
  return box;
}

// Rows of a resize: the sources of the first and the last output row, and the neighbours that interpolation reads.
void resize_range(std::int64_t begin, std::int64_t end, std::int64_t in, std::int64_t out, std::int64_t reach,
                  std::int64_t& first, std::int64_t& last) {
  first = std::clamp<std::int64_t>(begin * in / out - reach, 0, in - 1);
  last = std::clamp<std::int64_t>((end - 1) * in / out + 1 + reach, first + 1, in);
}

Box vector_window_box(const Operator& op, const Shape& in, const Shape& result, const Box& out) {
  const VectorGeometry& g = op.vector;
  Box box = out;
  if (op.function == Function::resize) {
    resize_range(out.begin[kH], out.end[kH], in[kH], result[kH], g.reach, box.begin[kH], box.end[kH]);
    resize_range(out.begin[kW], out.end[kW], in[kW], result[kW], g.reach, box.begin[kW], box.end[kW]);
    return box;
  }
  window_range(out.begin[kH], out.end[kH], g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, in[kH], box.begin[kH],
               box.end[kH]);
  window_range(out.begin[kW], out.end[kW], g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, in[kW], box.begin[kW],
               box.end[kW]);
  return box;
}

// One axis of a source by its map.
void mapped_range(const AxisMap& map, const FileBox& out, const Dims& out_dims, std::int64_t extent,
                  std::int64_t& first, std::int64_t& last) {
  if (map.from < 0) {
    first = map.from == AxisMap::kFixed ? map.offset : 0;
    last = map.from == AxisMap::kFixed ? map.offset + 1 : extent;
    return;
  }
  std::int64_t begin = 0, count = 1;
  for (int i = map.from; i < map.from + map.span; ++i) {
    const auto a = static_cast<std::size_t>(i);
    begin = begin * out_dims[a] + out.begin[a];
    count *= out.end[a] - out.begin[a];
  }
  first = map.offset + begin * map.step / map.divide;
  last = map.offset + (begin + count - 1) * map.step / map.divide + map.window;
  if (map.window > 1) {
    first = std::clamp<std::int64_t>(first, 0, extent - 1);
    last = std::clamp(last, first + 1, extent);
  }
  if (!map.wrap) return;
  count = std::min(last - first, extent);
  first %= extent;
  if (first + count > extent) first = map.span > 1 ? extent - count : 0, count = map.span > 1 ? count : extent;
  last = first + count;
}

// Index i of the output's axis needs index i of the source's.
bool plain(const AxisMap& m) {
  return m.step == 1 && m.divide == 1 && m.offset == 0 && m.span == 1 && m.window == 1 && !m.wrap;
}

// An element-wise operand of the output's own shape, by far the most frequent: the output's box itself.
bool same_elements(const std::vector<AxisMap>& maps, const Tensor& source, const Tensor& out) {
  if (source.layout != out.layout || source.dims != out.dims) return false;
  for (std::size_t a = 0; a < maps.size(); ++a) {
    const AxisMap& m = maps[a];
    if (m.from != static_cast<int>(a) || !plain(m)) return false;
  }
  return true;
}

// Whether one canonical axis of the source is the same axis of the output: then its range is taken as it is, where
// the detour over the file's axes would cover merged axes whole.
bool same_axis(const std::vector<AxisMap>& maps, const Tensor& source, const Tensor& out, std::size_t axis) {
  const auto from = axis_groups(source.dims.size(), source.layout)[axis];
  const auto to = axis_groups(out.dims.size(), out.layout)[axis];
  if (from.size() != to.size()) return false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const AxisMap& m = maps[from[i]];
    if (!plain(m) || m.from != static_cast<int>(to[i]) || source.dims[from[i]] != out.dims[to[i]]) return false;
  }
  return true;
}

}  // namespace

bool PeGeometry::macs_within(std::int64_t limit) const {
  for (const std::int64_t extent : {batch, groups, n, channels, kernel_h, kernel_w, out_h, out_w}) {
    if (extent > limit) return false;
    limit /= std::max<std::int64_t>(extent, 1);
  }
  return true;
}

std::int64_t Network::macs() const {
  std::int64_t sum = 0;
  for (const Operator& op : operators)
    if (op.unit == Unit::pe) sum += op.pe.macs();
  return sum;
}

std::int64_t Network::pe_operators() const {
  return std::count_if(operators.begin(), operators.end(), [](const Operator& op) { return op.unit == Unit::pe; });
}

Box Network::root_box(TensorId tensor, const Box& box) const {
  const Tensor& t = tensors[tensor];
  if (t.view == Tensor::View::none) return box;
  if (t.view == Tensor::View::linear) {
    const FileBox from{as_dims(box.begin), as_dims(box.end)};
    return as_box(reshaped_box(as_dims(t.shape), as_dims(root(tensor).shape), from));
  }
  Box moved = box;
  for (std::size_t a = 0; a < 4; ++a) {
    moved.begin[a] += t.offset[a];
    moved.end[a] += t.offset[a];
  }
  return moved;
}

Box source_box(const Network& network, const Operator& op, std::size_t input, const Box& out) {
  const Tensor& source = network.tensors[op.inputs[input]];
  const Tensor& result = network.tensors[op.output];
  if (op.access == Operator::Access::geometry) {
    if (op.unit == Unit::pe)
      return input == 0 ? pe_input_box(op.pe, source.shape, out) : pe_weight_box(op.pe, source, out);
    return vector_window_box(op, source.shape, result.shape, out);
  }
  if (op.access == Operator::Access::axes && same_elements(op.maps[input], source, result)) return out;
  const FileBox from = file_box(result.dims, result.layout, out);
  if (op.access == Operator::Access::linear)
    return canonical_box(source.dims, source.layout, reshaped_box(result.dims, source.dims, from));
  FileBox box{Dims(source.dims.size()), Dims(source.dims.size())};
  for (std::size_t a = 0; a < source.dims.size(); ++a)
    mapped_range(op.maps[input][a], from, result.dims, source.dims[a], box.begin[a], box.end[a]);
  Box need = canonical_box(source.dims, source.layout, box);
  for (std::size_t a = 0; a < 4; ++a)
    if (same_axis(op.maps[input], source, result, a)) need.begin[a] = out.begin[a], need.end[a] = out.end[a];
  return need;
}

}  // namespace tessera::models
