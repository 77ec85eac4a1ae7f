#include "scheduler/tiling/operand_boxes.h"

#include <algorithm>
#include <cmath>

#include "sim/base/units.h"

namespace tessera::scheduler {

using models::Box;
using models::kC;
using models::kH;
using models::kN;
using models::kW;
using models::Shape;
using models::whole;

namespace {

struct Range {
  std::int64_t begin, end;
};

// Clipped to [0, extent), at least one element long.
Range clip(Range r, std::int64_t extent) {
  r.begin = std::clamp(r.begin, std::int64_t{0}, extent - 1);
  r.end = std::clamp(r.end, r.begin + 1, extent);
  return r;
}

// Input positions under a window that slides over outputs [begin, end).
Range window(Range out, std::int64_t stride, std::int64_t kernel, std::int64_t dilation, std::int64_t pad,
             std::int64_t extent) {
  return clip({out.begin * stride - pad, (out.end - 1) * stride - pad + (kernel - 1) * dilation + 1}, extent);
}

void set(Box& box, int axis, Range r) {
  box.begin[static_cast<std::size_t>(axis)] = r.begin;
  box.end[static_cast<std::size_t>(axis)] = r.end;
}

Range of(const Box& box, int axis) {
  return {box.begin[static_cast<std::size_t>(axis)], box.end[static_cast<std::size_t>(axis)]};
}

// Nearest or linear interpolation from `scale` times fewer positions: the two neighbours at most.
Range resized(Range out, double scale, std::int64_t extent) {
  const auto first = static_cast<std::int64_t>(std::floor(static_cast<double>(out.begin) / scale));
  const auto last = static_cast<std::int64_t>(std::floor(static_cast<double>(out.end - 1) / scale));
  return clip({first, last + 1}, extent);
}

Box vector_operand(const models::Operator& op, const Shape& shape, std::size_t input, const Box& out) {
  const auto& v = op.vector;
  Box box;
  for (int a = 0; a < 4; ++a) {
    const auto axis = static_cast<std::size_t>(a);
    Range r = clip(of(out, a), shape[axis]);
    if (shape[axis] == 1) r = {0, 1};                              // broadcast
    else if (v.reduced[axis] && input == 0) r = {0, shape[axis]};  // kept whole
    set(box, a, r);
  }
  if (input > 0) return box;
  if (op.function == models::Function::resize) {
    set(box, kH, resized(of(out, kH), v.scale_h, shape[kH]));
    set(box, kW, resized(of(out, kW), v.scale_w, shape[kW]));
  } else if (op.function == models::Function::max_pool || op.function == models::Function::average_pool) {
    set(box, kH, window(of(out, kH), v.stride_h, v.kernel_h, v.dilation_h, v.pad_top, shape[kH]));
    set(box, kW, window(of(out, kW), v.stride_w, v.kernel_w, v.dilation_w, v.pad_left, shape[kW]));
  }
  return box;
}

// The smallest box of `shape` that holds the linear range of `box` within `from`.
Box linear_box(const Shape& from, const Shape& shape, const Box& box) {
  const auto index = [&](const Shape& at) { return ((at[0] * from[1] + at[1]) * from[2] + at[2]) * from[3] + at[3]; };
  Shape last = box.end;
  for (auto& e : last) --e;
  std::int64_t first_index = index(box.begin), last_index = index(last);
  const std::int64_t elements = shape[0] * shape[1] * shape[2] * shape[3];
  first_index = std::min(first_index, elements - 1);
  last_index = std::min(last_index, elements - 1);
  Box result = whole(shape);
  std::int64_t inner = elements;
  for (std::size_t a = 0; a < 4; ++a) {
    inner /= shape[a];
    const std::int64_t b = first_index / inner, e = last_index / inner;
    result.begin[a] = b;
    result.end[a] = e + 1;
    if (b != e) break;  // the axes inside are whole
    first_index %= inner;
    last_index %= inner;
  }
  return result;
}

Box movement_operand(const models::Operator& op, const Shape& written, const Shape& shape, const Box& out) {
  using Move = models::Operator::Move;
  Box box;
  switch (op.move) {
    case Move::same:
      for (int a = 0; a < 4; ++a) {
        const auto axis = static_cast<std::size_t>(a);
        const Range r = of(out, a);
        set(box, a, shape[axis] == 1 ? Range{0, 1}
                                     : clip({r.begin + op.source_offset[axis], r.end + op.source_offset[axis]}, shape[axis]));
      }
      return box;
    case Move::permuted:
      box = whole(shape);
      for (int a = 0; a < 4; ++a) {
        const int source = op.permutation[static_cast<std::size_t>(a)];
        set(box, source, clip(of(out, a), shape[static_cast<std::size_t>(source)]));
      }
      return box;
    case Move::linear:
    case Move::gather: return linear_box(written, shape, out);
    case Move::whole: return whole(shape);
  }
  return whole(shape);
}

}  // namespace

Box pe_output_box(const models::PeGeometry& g, const PeBlock& k) {
  return {{k.b, k.h0, k.w0, k.g0 * g.n + k.n0}, {k.b + 1, k.h1, k.w1, (k.g1 - 1) * g.n + k.n1}};
}

Box pe_input_box(const models::PeGeometry& g, const PeBlock& k) {
  Box box{{k.b, 0, 0, k.g0 * g.channels + k.c0}, {k.b + 1, 1, 1, (k.g1 - 1) * g.channels + k.c1}};
  set(box, kH, window({k.h0, k.h1}, g.stride_h, g.kernel_h, g.dilation_h, g.pad_top, g.in_h));
  set(box, kW, window({k.w0, k.w1}, g.stride_w, g.kernel_w, g.dilation_w, g.pad_left, g.in_w));
  return box;
}

Box pe_weight_box(const models::PeGeometry& g, const PeBlock& k) {
  return {{k.g0 * g.n + k.n0, 0, 0, k.c0}, {(k.g1 - 1) * g.n + k.n1, g.kernel_h, g.kernel_w, k.c1}};
}

Box pe_second_box(const models::PeGeometry& g, const PeBlock& k) {
  const std::int64_t b = g.weight_batch == 1 ? 0 : k.b;
  if (g.weight_transposed) return {{b, k.n0, 0, k.c0}, {b + 1, k.n1, 1, k.c1}};
  return {{b, k.c0, 0, k.n0}, {b + 1, k.c1, 1, k.n1}};
}

Box operand_box(const models::Network& net, const models::Operator& op, std::size_t input, const Box& out) {
  const Shape& shape = net.tensors[op.inputs[input]].shape;
  if (op.unit != models::Unit::movement) return vector_operand(op, shape, input, out);
  const Shape written = op.output_extent[0] > 0 ? op.output_extent : net.tensors[op.output].shape;
  return movement_operand(op, written, shape, out);
}

}  // namespace tessera::scheduler
