// The passes that stand for one operator which needs more of its input at once than a slot holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/address/address_plan.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// What is known where an operator is cut. Passes may add tensors to the network; its operators stay until the passes
// take the place of one.
struct FittingContext {
  models::Network& network;
  const arch::NpuSpec& npu;
  const ScheduleSpec& schedule;
  AddressPlan& addresses;
};

// Passes in the order in which they run; the last writes what the operator wrote. Nothing where it cannot be cut.
using Passes = std::optional<std::vector<models::Operator>>;

// Of input 0, by axis of the file: whether every output needs the whole axis, and it has more than one element.
[[nodiscard]] std::vector<bool> reduced_axes(const models::Network&, const models::Operator&);
// A reduction or a normalization, that is, one with reduced axes. `slot`: most bytes of a piece.
[[nodiscard]] Passes cut_reduction(const FittingContext&, const models::Operator&, std::int64_t slot);
// A pool: as a reduction where one window is the whole image, else rows and columns apart, else pieces that windows
// share, else two halves.
[[nodiscard]] bool is_windowed(const models::Operator&);
[[nodiscard]] Passes cut_window(const FittingContext&, const models::Operator&);

// A convolution: two with half of the kernel's rows (columns, of a kernel of one row) each, and the sum of both.
// Channels and outputs are cut by the tiling; what a tile needs at least is the image under one kernel.
[[nodiscard]] bool kernel_misfits(const FittingContext&, const models::Operator&);
[[nodiscard]] Passes cut_kernel(const FittingContext&, const models::Operator&);

// `op` as a pass of the file's operator: its name, and that of its result, end in `#suffix`.
[[nodiscard]] models::Operator pass_of(const models::Operator& op, const std::string& suffix);
// A tensor for the result of a pass; `accumulators` as in Tensor.
[[nodiscard]] models::TensorId result_of(models::Network&, const models::Operator& pass, std::vector<std::int64_t> dims,
                                         models::Layout, std::int64_t accumulators);
// Numbers in a partial result of `op`: Tensor::accumulators.
[[nodiscard]] std::int64_t partial_numbers(const models::Operator& op);

}  // namespace tessera::scheduler
