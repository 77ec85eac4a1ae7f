// Passes of pools.
#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "scheduler/fitting/passes.h"
#include "scheduler/tiling/misfit.h"

namespace tessera::scheduler {

using models::AxisMap;
using models::kH;
using models::kW;
using models::Operator;
using models::Tensor;
using models::VectorGeometry;

bool is_windowed(const Operator& op) {
  using base::Function;
  return op.access == Operator::Access::geometry &&
         (op.function == Function::max_pool || op.function == Function::average_pool);
}

namespace {

// The one window is the whole image.
Operator as_reduction(const Operator& op) {
  Operator whole = op;
  whole.access = Operator::Access::axes;
  whole.vector = {};
  whole.vector.reducing = true;
  return whole;
}

// Along the rows first, then down the columns of what that left: the same maximum, the same sum.
std::vector<Operator> rows_and_columns(const FittingContext& c, const Operator& op) {
  const Tensor in = c.network.tensors[op.inputs[0]], out = c.network.tensors[op.output];
  Operator rows = pass_of(op, "partial"), columns = op;
  rows.inputs = op.inputs;
  rows.vector = op.vector;
  rows.vector.kernel_h = rows.vector.stride_h = rows.vector.dilation_h = 1;
  rows.vector.pad_top = rows.vector.pad_bottom = 0;
  std::vector<std::int64_t> dims = out.dims;
  dims[dims.size() - 2] = in.shape[kH];  // of four: three axes have windows of one column
  rows.output = result_of(c.network, rows, std::move(dims), out.layout, partial_numbers(op));
  columns.name = pass_of(op, "combine").name;
  columns.part_of = rows.part_of;
  columns.inputs = {rows.output};
  columns.vector.kernel_w = columns.vector.stride_w = columns.vector.dilation_w = 1;
  columns.vector.pad_left = columns.vector.pad_right = 0;
  return {std::move(rows), std::move(columns)};
}

// The extents of a window along the one axis that it has.
struct Along {
  std::int64_t VectorGeometry::*kernel, VectorGeometry::*stride, VectorGeometry::*dilation, VectorGeometry::*pad,
      VectorGeometry::*pad_end;
  int axis;  // canonical
};
constexpr Along kRows{&VectorGeometry::kernel_h, &VectorGeometry::stride_h,   &VectorGeometry::dilation_h,
                      &VectorGeometry::pad_top,  &VectorGeometry::pad_bottom, kH};
constexpr Along kColumns{&VectorGeometry::kernel_w, &VectorGeometry::stride_w,  &VectorGeometry::dilation_w,
                         &VectorGeometry::pad_left, &VectorGeometry::pad_right, kW};

// The most elements side by side of which windows and the steps between them are whole multiples, and that fit a slot;
// 1: none.
std::int64_t common_piece(const FittingContext& c, const Operator& op, const Along& along) {
  const VectorGeometry& v = op.vector;
  if (v.*along.dilation != 1) return 1;
  const std::int64_t most = std::gcd(std::gcd(v.*along.kernel, v.*along.stride), v.*along.pad);
  for (std::int64_t piece = most; piece > 1; --piece) {
    if (most % piece != 0) continue;
    models::Box box{{0, 0, 0, 0}, {1, 1, 1, 1}};
    box.end[static_cast<std::size_t>(along.axis)] =
        std::min(piece, c.network.tensors[op.inputs[0]].shape[static_cast<std::size_t>(along.axis)]);
    if (c.addresses.moved_bytes(op.inputs[0], box) <= slot_bytes(c.npu, c.schedule)[0]) return piece;
  }
  return 1;
}

// Pieces that windows share, each reduced once; then windows of these.
std::vector<Operator> shared_pieces(const FittingContext& c, const Operator& op, const Along& along,
                                    std::int64_t piece) {
  const Tensor in = c.network.tensors[op.inputs[0]], out = c.network.tensors[op.output];
  Operator pieces = pass_of(op, "partial"), windows = op;
  pieces.inputs = op.inputs;
  pieces.vector = op.vector;
  pieces.vector.*along.kernel = pieces.vector.*along.stride = piece;
  pieces.vector.*along.pad = pieces.vector.*along.pad_end = 0;
  std::vector<std::int64_t> dims = out.dims;
  const bool last = along.axis == kW || dims.size() == 3;
  dims[dims.size() - (last ? 1 : 2)] = base::ceil_div(in.shape[static_cast<std::size_t>(along.axis)], piece);
  pieces.output = result_of(c.network, pieces, std::move(dims), out.layout, partial_numbers(op));
  windows.name = pass_of(op, "combine").name;
  windows.part_of = pieces.part_of;
  windows.inputs = {pieces.output};
  for (const auto extent : {along.kernel, along.stride, along.pad}) windows.vector.*extent /= piece;
  return {std::move(pieces), std::move(windows)};
}

// The first half of every window and the second, then both together.
std::vector<Operator> halves(const FittingContext& c, const Operator& op, const Along& along) {
  const Tensor out = c.network.tensors[op.output];
  Operator first = pass_of(op, "partial"), second = pass_of(op, "partial"), both = pass_of(op, "combine");
  for (Operator* half : {&first, &second}) {
    half->inputs = op.inputs;
    half->vector = op.vector;
    half->output = result_of(c.network, *half, out.dims, out.layout, partial_numbers(op));
  }
  first.vector.*along.kernel = base::ceil_div(op.vector.*along.kernel, std::int64_t{2});
  second.vector.*along.kernel -= first.vector.*along.kernel;
  second.vector.*along.pad -= first.vector.*along.kernel * op.vector.*along.dilation;
  both.function = op.function == base::Function::max_pool ? base::Function::max : base::Function::add;
  both.inputs = {first.output, second.output};
  both.output = op.output;
  both.access = Operator::Access::axes;
  for (std::size_t i = 0; i < 2; ++i) {
    auto& map = both.maps.emplace_back(out.dims.size());
    for (std::size_t a = 0; a < map.size(); ++a) map[a].from = static_cast<int>(a);
  }
  both.posts = op.posts;
  both.parameter_elements = op.parameter_elements;
  return {std::move(first), std::move(second), std::move(both)};
}

}  // namespace

Passes cut_window(const FittingContext& c, const Operator& op) {
  const Tensor &in = c.network.tensors[op.inputs[0]], &out = c.network.tensors[op.output];
  const bool one_window = out.shape[kH] == 1 && out.shape[kW] == 1;
  if (one_window && models::source_box(c.network, op, 0, models::whole(out.shape)) == models::whole(in.shape)) {
    Operator whole = as_reduction(op);
    whole.maps.emplace_back(in.dims.size());
    for (std::size_t a = 0; a < 2; ++a) whole.maps[0][a].from = static_cast<int>(a);
    return std::vector{std::move(whole)};
  }
  if (op.vector.kernel_h > 1 && op.vector.kernel_w > 1) return rows_and_columns(c, op);
  if (op.vector.kernel_h == 1 && op.vector.kernel_w == 1) return std::nullopt;
  const Along along = op.vector.kernel_h > 1 ? kRows : kColumns;
  if (const std::int64_t piece = common_piece(c, op, along); piece > 1 && piece < op.vector.*along.kernel)
    return shared_pieces(c, op, along, piece);
  return halves(c, op, along);
}

}  // namespace tessera::scheduler
