// Passes of convolutions whose kernel reaches over more of the image than a slot holds.
#include <algorithm>

#include "scheduler/fitting/passes.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/pe_sizes.h"
#include "scheduler/tiling/pe_work.h"

namespace tessera::scheduler {

using models::Operator;
using models::PeGeometry;
using models::TensorId;

bool kernel_misfits(const FittingContext& c, const Operator& op) {
  const PeGeometry& p = op.pe;
  if (op.inputs.size() != 2 || p.weight_is_activation || p.kernel_h * p.kernel_w == 1) return false;
  if (c.network.is_empty(op.output) || c.network.is_empty(op.inputs[0])) return false;
  const PeNeeds needs(c.network, c.npu, c.addresses, op);
  const PeSizes least{.k = pe_on_vector(c.npu, p) ? p.channels : 1};
  const auto slots = slot_bytes(c.npu, c.schedule);
  return needs.input_bytes(least, slots[0]) > slots[0] || needs.weight_bytes(least) > slots[1];
}

namespace {

// The taps [first, first + count) of one axis of the kernel.
Operator part_of_kernel(const FittingContext& c, const Operator& op, bool rows, std::int64_t first,
                        std::int64_t count) {
  const auto& out = c.network.tensors[op.output];
  const auto dims = out.dims;
  const models::Layout layout = out.layout;
  Operator part = pass_of(op, "partial");
  part.unit = models::Unit::pe;
  part.pe = op.pe;
  (rows ? part.pe.kernel_h : part.pe.kernel_w) = count;
  (rows ? part.pe.pad_top : part.pe.pad_left) -= first * (rows ? op.pe.dilation_h : op.pe.dilation_w);
  const auto taps = static_cast<TensorId>(c.network.tensors.size());
  models::Tensor weight = c.network.tensors[op.inputs[1]];
  weight.shape[static_cast<std::size_t>(rows ? models::kH : models::kW)] = count;
  weight.root = taps;
  c.network.tensors.push_back(std::move(weight));
  part.inputs = {op.inputs[0], taps};
  part.output = result_of(c.network, part, dims, layout, 1);
  return part;
}

}  // namespace

Passes cut_kernel(const FittingContext& c, const Operator& op) {
  const bool rows = op.pe.kernel_h > 1;
  const std::int64_t taps = rows ? op.pe.kernel_h : op.pe.kernel_w, half = base::ceil_div(taps, std::int64_t{2});
  Operator first = part_of_kernel(c, op, rows, 0, half), second = part_of_kernel(c, op, rows, half, taps - half);
  Operator both = pass_of(op, "combine");
  both.function = base::Function::add;
  both.inputs = {first.output, second.output};
  both.output = op.output;
  both.access = Operator::Access::axes;
  for (std::size_t i = 0; i < 2; ++i) {
    auto& map = both.maps.emplace_back(c.network.tensors[op.output].dims.size());
    for (std::size_t a = 0; a < map.size(); ++a) map[a].from = static_cast<int>(a);
  }
  // The sums begin with the bias; all else needs the whole sum.
  const auto rest = std::ranges::find_if(
      op.posts, [](const models::PostOperation& post) { return post.function != base::Function::identity; });
  first.posts.assign(op.posts.begin(), rest);
  first.parameter_elements = op.parameter_elements;
  both.posts.assign(rest, op.posts.end());
  return std::vector{std::move(first), std::move(second), std::move(both)};
}

}  // namespace tessera::scheduler
