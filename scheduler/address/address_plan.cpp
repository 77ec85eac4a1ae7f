#include "scheduler/address/address_plan.h"

#include <numeric>

namespace tessera::scheduler {

using base::round_up;
using models::TensorRole;

namespace {

// Tensors share neither bursts nor lines of the shared SRAM.
std::int64_t allocation_unit(const arch::NpuSpec& npu, std::int64_t burst) {
  const std::int64_t unit = std::lcm(npu.layout.align.count(), burst);
  return npu.shared_sram.capacity.count() > 0 ? std::lcm(unit, npu.shared_sram.line.count()) : unit;
}

}  // namespace

AddressPlan::AddressPlan(const models::Network& network, const arch::NpuSpec& npu, std::int64_t requests)
    : network_(network), layout_(npu.layout), element_bytes_(arch::bytes_of(npu.precision)),
      accumulator_bytes_(npu.accumulator_bytes), burst_(npu.dram.burst.count()), align_(allocation_unit(npu, burst_)),
      placements_(network.tensors.size()) {
  for (models::TensorId t = 0; t < network.tensors.size(); ++t)
    if (network.tensors[t].role == TensorRole::network_input && root(t) == t) place_activation(t);
  for (const auto& op : network.operators) place_activation(root(op.output));
  constants_end_ = requests * request_bytes_;
}

// Matrices lie row by row whatever the layout of images is.
arch::LayoutSpec AddressPlan::layout_of(const models::Tensor& tensor) const {
  arch::LayoutSpec layout = layout_;
  if (tensor.layout == models::Layout::rows) layout.kind = arch::LayoutKind::nhwc;
  return layout;
}

void AddressPlan::place_activation(models::TensorId r) {
  if (placements_[r].bytes > 0 || network_.is_empty(r)) return;
  const auto& tensor = network_.tensors[r];
  const bool packed =
      tensor.role == TensorRole::network_input && tensor.shape[models::kC] * element_bytes_ < layout_.align.count();
  placements_[r] = place(layout_of(tensor), tensor.shape, element_bytes(r), packed, request_bytes_);
  request_bytes_ += round_up(placements_[r].bytes, align_);
}

const Placement& AddressPlan::placement(models::TensorId r) {
  if (placements_[r].bytes == 0) {
    // Only constants are left: every tensor that is written or fed in has its place.
    const auto& tensor = network_.tensors[r];
    placements_[r] = place(layout_of(tensor), tensor.shape, element_bytes_, false, constants_end_);
    constants_end_ += round_up(placements_[r].bytes, align_);
  }
  return placements_[r];
}

std::int64_t AddressPlan::place_weight(std::int64_t bytes) {
  const std::int64_t at = constants_end_;
  constants_end_ += round_up(bytes, align_);
  return at;
}

std::int64_t AddressPlan::weight_bytes(models::TensorId tensor, const models::Box& box,
                                       std::int64_t parameter_bytes) const {
  const std::int64_t own = box.elements() * element_bytes_ + parameter_bytes;
  const models::Shape& shape = network_.tensors[root(tensor)].shape;
  if (box.end != shape) return own;
  const std::int64_t all = models::whole(shape).elements() * element_bytes_;
  return own + round_up(all, layout_.weight_align.count()) - all;
}

}  // namespace tessera::scheduler
