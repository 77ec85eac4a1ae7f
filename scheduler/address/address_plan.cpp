#include "scheduler/address/address_plan.h"

#include <numeric>

#include "models/network/layout.h"

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
    : network_(network), npu_(npu), burst_(npu.dram.burst.count()), align_(allocation_unit(npu, burst_)),
      placements_(network.tensors.size()) {
  for (models::TensorId t = 0; t < network.tensors.size(); ++t)
    if (network.tensors[t].role == TensorRole::network_input && root(t) == t) place_activation(t);
  for (const auto& op : network.operators) {
    place_activation(root(op.output));
    for (const models::TensorId t : op.more_outputs) place_activation(root(t));
  }
  constants_end_ = requests * request_bytes_;
}

// Matrices lie row by row whatever the layout of images is.
arch::LayoutSpec AddressPlan::layout_of(const models::Tensor& tensor) const {
  arch::LayoutSpec layout = npu_.layout;
  if (tensor.layout.kind == models::Layout::Kind::rows || tensor.layout == models::kPixels)
    layout.kind = arch::LayoutKind::nhwc;
  return layout;
}

// Small pixels stay close together as they come from outside, and in what a conversion makes of them.
bool AddressPlan::is_packed(models::TensorId r) const {
  const auto& tensor = network_.tensors[r];
  if (bytes(r, tensor.shape[models::kC]) >= npu_.layout.align.count()) return false;
  if (tensor.role == TensorRole::network_input) return true;
  if (tensor.producer == models::kNone || tensor.producer >= network_.operators.size()) return false;
  const auto& op = network_.operators[tensor.producer];
  const bool converts = op.unit == models::Unit::vector && op.output == r &&
                        (op.function == base::Function::cast || op.function == base::Function::requantize);
  if (!converts || op.inputs.empty()) return false;
  const auto& source = network_.tensors[op.inputs[0]];
  return source.role == TensorRole::network_input && source.view == models::Tensor::View::none &&
         source.shape == tensor.shape && precision_of(network_, npu_, op.inputs[0]) != precision_of(network_, npu_, r);
}

void AddressPlan::place_activation(models::TensorId r) {
  if (placements_[r].bytes > 0 || network_.is_empty(r)) return;
  const auto& tensor = network_.tensors[r];
  placements_[r] = place(layout_of(tensor), tensor.shape, bits(r), is_packed(r), request_bytes_);
  request_bytes_ += round_up(placements_[r].bytes, align_);
}

const Placement& AddressPlan::placement(models::TensorId r) {
  if (placements_[r].bytes == 0) {
    // Only constants are left: every tensor that is written or fed in has its place.
    const auto& tensor = network_.tensors[r];
    placements_[r] = place(layout_of(tensor), tensor.shape, bits(r), false, constants_end_);
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
  const std::int64_t own = bytes(tensor, box.elements()) + parameter_bytes;
  const models::Shape& shape = network_.tensors[root(tensor)].shape;
  if (box.end != shape) return own;
  const std::int64_t all = bytes(tensor, models::whole(shape).elements());
  return own + round_up(all, npu_.layout.weight_align.count()) - all;
}

}  // namespace tessera::scheduler
