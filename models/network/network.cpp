#include "models/network/network.h"

#include <algorithm>
#include <set>

#include "base/checked.h"
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

// Of `count` matrices those that the matrices [begin, end) of a batch read, each by b / divide modulo count.
void broadcast_range(std::int64_t begin, std::int64_t end, std::int64_t divide, std::int64_t count, std::int64_t& first,
                     std::int64_t& last) {
  const std::int64_t from = begin / divide, to = (end - 1) / divide;
  first = from % count;
  last = to % count + 1;
  if (to - from >= count || last <= first) first = 0, last = count;
}

// The slices of a volume that the slices [begin, end) of the result read: of one image those under the kernel.
template <class Geometry>
void slice_range(const Geometry& g, bool transposed, std::int64_t begin, std::int64_t end, std::int64_t& first,
                 std::int64_t& last) {
  const std::int64_t image = begin / g.out_d, last_image = (end - 1) / g.out_d;
  first = 0, last = g.in_d;
  if (image == last_image) {
    const std::int64_t d0 = begin % g.out_d, d1 = (end - 1) % g.out_d + 1;
    const TransposedAxis axis{g.in_d, g.out_d, g.kernel_d, g.stride_d, g.dilation_d, g.pad_front};
    if (transposed) axis.sources(d0, d1, first, last);
    else window_range(d0, d1, g.stride_d, g.kernel_d, g.dilation_d, g.pad_front, g.in_d, first, last);
  }
  first += image * g.in_d;
  last += last_image * g.in_d;
}

Box pe_input_box(const PeGeometry& g, const Shape& in, const Box& out) {
  Box box = whole(in);
  if (g.in_d * g.out_d > 1) slice_range(g, g.transposed, out.begin[kN], out.end[kN], box.begin[kN], box.end[kN]);
  else broadcast_range(out.begin[kN], out.end[kN], g.input_divide, in[kN], box.begin[kN], box.end[kN]);
  if (g.input_transposed) {
    box.begin[kC] = out.begin[kH], box.end[kC] = out.end[kH];
    return box;
  }
  if (g.transposed) {
    g.axis_h().sources(out.begin[kH], out.end[kH], box.begin[kH], box.end[kH]);
    g.axis_w().sources(out.begin[kW], out.end[kW], box.begin[kW], box.end[kW]);
  } else {
    window_range(out.begin[kH], out.end[kH], g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, in[kH], box.begin[kH],
                 box.end[kH]);
    window_range(out.begin[kW], out.end[kW], g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, in[kW], box.begin[kW],
                 box.end[kW]);
  }
  box.begin[kC] = out.begin[kC] / g.n * g.channels;
  box.end[kC] = ((out.end[kC] - 1) / g.n + 1) * g.channels;
  return box;
}

Box pe_weight_box(const PeGeometry& g, const Tensor& weight, const Box& out) {
  Box box = whole(weight.shape);
  if (!g.weight_is_activation || g.weight_is_kernel) {
    const std::int64_t slices = g.weight_is_kernel ? g.kernel_d : 1;
    box.begin[kN] = out.begin[kC] * slices, box.end[kN] = out.end[kC] * slices;
    return box;
  }
  broadcast_range(out.begin[kN], out.end[kN], g.weight_divide, g.weight_batch, box.begin[kN], box.end[kN]);
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
  if (g.in_d * g.out_d > 1) slice_range(g, false, out.begin[kN], out.end[kN], box.begin[kN], box.end[kN]);
  window_range(out.begin[kH], out.end[kH], g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, in[kH], box.begin[kH],
               box.end[kH]);
  window_range(out.begin[kW], out.end[kW], g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, in[kW], box.begin[kW],
               box.end[kW]);
  return box;
}

// [first, last) without what lies beyond the ends of an axis of `extent`, but with what stands for it.
void bring_inside(AxisMap::Beyond beyond, std::int64_t extent, std::int64_t& first, std::int64_t& last) {
  if (beyond == AxisMap::Beyond::nothing) return;
  const std::int64_t below = first, above = last - 1;  // the outermost elements that are asked for
  first = std::clamp<std::int64_t>(below, 0, extent - 1);
  last = std::clamp<std::int64_t>(last, first + 1, extent);
  if (beyond == AxisMap::Beyond::nearest) return;
  const std::int64_t end = extent - 1;
  const auto mirrored = [&](std::int64_t from, std::int64_t to) {
    const bool alone = below > end || above < 0;  // nothing of the axis itself is asked for
    first = alone ? from : std::min(first, from);
    last = alone ? to + 1 : std::max(last, to + 1);
  };
  if (below < 0) mirrored(std::max<std::int64_t>(-above, 1), std::min(-below, end));
  if (above > end) mirrored(std::max<std::int64_t>(2 * end - above, 0), std::min(2 * end - below, end - 1));
}

struct Range {
  std::int64_t begin = 0, count = 1;
};

// The range of the output's axes that a map counts as one. Where they are a canonical axis of the output it is exact;
// `from` is `out` in the output's own axes.
Range output_range(const AxisMap& map, const Tensor& result, const Box& out, const FileBox& from) {
  if (map.from < 0) return {};
  if (map.span > 1) {
    const int axis = canonical_axis(static_cast<std::size_t>(map.from), result.dims.size(), result.layout);
    const auto group = axis_groups(result.dims.size(), result.layout)[static_cast<std::size_t>(axis)];
    if (group.front() == static_cast<std::size_t>(map.from) && group.size() == static_cast<std::size_t>(map.span))
      return {out.begin[static_cast<std::size_t>(axis)], out.extent(axis)};
  }
  Range range;
  for (int i = map.from; i < map.from + map.span; ++i) {
    const auto a = static_cast<std::size_t>(i);
    range.begin = range.begin * result.dims[a] + from.begin[a];
    range.count *= from.end[a] - from.begin[a];
  }
  return range;
}

// One axis of a source by its map.
void mapped_range(const AxisMap& map, Range range, std::int64_t extent, std::int64_t& first, std::int64_t& last) {
  if (map.from < 0) {
    first = map.from == AxisMap::kFixed ? map.offset : 0;
    last = map.from == AxisMap::kFixed ? map.offset + 1 : extent;
    return;
  }
  const std::int64_t begin = range.begin;
  std::int64_t count = range.count;
  const std::int64_t one = map.offset + begin * map.step / map.divide;
  const std::int64_t other = map.offset + (begin + count - 1) * map.step / map.divide;
  first = std::min(one, other) - map.before;
  last = std::max(one, other) + map.after + map.window;
  if (map.window > 1) {
    first = std::clamp<std::int64_t>(first, 0, extent - 1);
    last = std::clamp(last, first + 1, extent);
  }
  bring_inside(map.beyond, extent, first, last);
  if (!map.wrap) return;
  count = std::min(last - first, extent);
  first = (first % extent + extent) % extent;
  if (first + count > extent) first = map.span > 1 ? extent - count : 0, count = map.span > 1 ? count : extent;
  last = first + count;
}

// An element-wise operand of the output's own shape, by far the most frequent: the output's box itself.
bool same_elements(const std::vector<AxisMap>& maps, const Tensor& source, const Tensor& out) {
  if (source.layout != out.layout || source.dims != out.dims) return false;
  for (std::size_t a = 0; a < maps.size(); ++a) {
    const AxisMap& m = maps[a];
    if (m.from != static_cast<int>(a) || !m.plain()) return false;
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
    if (!m.plain() || m.from != static_cast<int>(to[i]) || source.dims[from[i]] != out.dims[to[i]]) return false;
  }
  return true;
}

}  // namespace

std::int64_t PeGeometry::macs() const {
  const std::int64_t channel_pairs = groups * n * channels;
  if (!transposed) return batch * channel_pairs * taps() * out_h * out_w;
  return batch / out_d * channel_pairs * axis_d().useful() * axis_h().useful() * axis_w().useful();
}

bool PeGeometry::macs_within(std::int64_t limit) const {
  for (const std::int64_t extent : {batch, groups, n, channels, kernel_d, kernel_h, kernel_w, out_h, out_w}) {
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
  std::set<std::string_view> names;
  for (const Operator& op : operators)
    if (op.unit == Unit::pe) names.insert(op.part_of.empty() ? op.name : op.part_of);
  return std::ssize(names);
}

Box Network::root_box(TensorId tensor, const Box& box) const {
  const Tensor& t = tensors[tensor];
  if (t.view == Tensor::View::none) return box;
  Box moved = box;
  if (t.view == Tensor::View::linear) {
    const FileBox from{as_dims(box.begin), as_dims(box.end)};
    moved = as_box(reshaped_box(as_dims(t.shape), as_dims(t.base), from));
  }
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
  for (std::size_t a = 0; a < source.dims.size(); ++a) {
    const Range range = output_range(op.maps[input][a], result, out, from);
    mapped_range(op.maps[input][a], range, source.dims[a], box.begin[a], box.end[a]);
  }
  Box need = canonical_box(source.dims, source.layout, box);
  for (std::size_t a = 0; a < 4; ++a)
    if (same_axis(op.maps[input], source, result, a)) need.begin[a] = out.begin[a], need.end[a] = out.end[a];
  return need;
}

std::int64_t common_elements(const Box& a, const Box& b) {
  if (!a.intersects(b)) return 0;
  std::int64_t product = 1;
  for (std::size_t i = 0; i < 4; ++i) product *= std::min(a.end[i], b.end[i]) - std::max(a.begin[i], b.begin[i]);
  return product;
}

std::vector<PartFedIn> parts_fed_in(const Network& network) {
  std::vector<PartFedIn> parts;
  for (TensorId t = 0; t < network.tensors.size(); ++t) {
    const Tensor& tensor = network.tensors[t];
    if (tensor.role == TensorRole::network_input && tensor.view != Tensor::View::none)
      parts.push_back({tensor.root, network.root_box(t, whole(tensor.shape))});
  }
  return parts;
}

std::int64_t function_elements(const Operator& op, std::int64_t outputs, std::int64_t inputs) {
  std::int64_t count = op.vector.reducing ? inputs : outputs;
  if (op.access == Operator::Access::geometry)
    count = base::saturating_product(
        outputs, base::saturating_product(op.vector.kernel_d * op.vector.kernel_h, op.vector.kernel_w));
  return base::saturating_product(count, op.vector.repeats);
}

}  // namespace tessera::models
