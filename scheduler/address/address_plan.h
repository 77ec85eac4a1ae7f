// Where every root tensor of a network lies in DRAM, and which bytes a box of a tensor moves (docs/semantics.md 2.1 to
// 2.6). The one place that turns boxes into addresses.
//
// The activations of request r fill [r x request_bytes, (r+1) x request_bytes), in topological order of the operators
// that write them, network inputs first. Constants follow behind the last request in the order in which tiles first
// name them: weights block by block, other constants as whole tensors.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/address/placement.h"
#include "scheduler/address/tensor_precision.h"

namespace tessera::scheduler {

class AddressPlan {
 public:
  // Network and machine outlive the plan.
  AddressPlan(const models::Network&, const arch::NpuSpec&, std::int64_t requests);

  // The root of a tensor: itself, or what its view names.
  [[nodiscard]] models::TensorId root(models::TensorId t) const {
    const auto r = network_.tensors[t].root;
    return r == models::kNone ? t : r;
  }
  [[nodiscard]] bool constant(models::TensorId root) const {
    return network_.tensors[root].role == models::TensorRole::constant;
  }
  // Placement of a root; activations: of request 0. A constant gets its place with the first call.
  [[nodiscard]] const Placement& placement(models::TensorId root);
  // `box` of `tensor` in the axes of the tensor's root.
  [[nodiscard]] models::Box in_root(models::TensorId tensor, const models::Box& box) const {
    return root(tensor) == tensor ? box : network_.root_box(tensor, box);
  }
  // The bytes of `box` of `tensor` as a descriptor; activations: of request 0.
  [[nodiscard]] arch::Strided where(models::TensorId tensor, const models::Box& box) {
    return describe(placement(root(tensor)), in_root(tensor, box));
  }
  // Bytes that move when the DMA fetches or stores a descriptor: every burst that it touches.
  [[nodiscard]] std::int64_t moved_bytes(const arch::Strided& where) const { return arch::moved_bytes(where, burst_); }
  [[nodiscard]] std::int64_t moved_bytes(models::TensorId tensor, const models::Box& box) {
    return moved_bytes(where(tensor, box));
  }

  // Bytes that a block of constant weights takes: its elements, `parameter_bytes` of post-operations behind them, and
  // behind the last block of a tensor (the one whose box ends where the tensor ends) the tensor's own padding:
  // layout.weight_align rounds up the tensor, not each block.
  [[nodiscard]] std::int64_t weight_bytes(models::TensorId tensor, const models::Box& box,
                                          std::int64_t parameter_bytes) const;
  // The next free aligned place for a weight block.
  [[nodiscard]] std::int64_t place_weight(std::int64_t bytes);

  // Bytes that an allocation of `bytes` takes.
  [[nodiscard]] std::int64_t allocated(std::int64_t bytes) const { return base::round_up(bytes, align_); }
  // Bits of one element of a tensor.
  [[nodiscard]] std::int64_t bits(models::TensorId t) const { return base::bits_of(precision_of(network_, npu_, t)); }
  // Bytes that so many elements of a tensor take without gaps.
  [[nodiscard]] std::int64_t bytes(models::TensorId t, std::int64_t elements) const {
    return base::packed_bytes(elements, bits(t));
  }
  [[nodiscard]] std::int64_t burst() const { return burst_; }
  [[nodiscard]] std::int64_t request_bytes() const { return request_bytes_; }
  [[nodiscard]] std::int64_t end() const { return constants_end_; }

 private:
  void place_activation(models::TensorId root);
  [[nodiscard]] bool is_packed(models::TensorId root) const;
  [[nodiscard]] arch::LayoutSpec layout_of(const models::Tensor&) const;

  const models::Network& network_;
  const arch::NpuSpec& npu_;
  std::int64_t burst_, align_;
  std::vector<Placement> placements_;  // by tensor; bytes == 0: none yet
  std::int64_t request_bytes_ = 0, constants_end_ = 0;
};

}  // namespace tessera::scheduler
