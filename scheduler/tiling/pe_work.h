// What one tile of a PE operator asks of the array and of the vector unit.
#pragma once

#include "arch/array/fold_plan.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "models/network/network.h"
#include "scheduler/tiling/operand_boxes.h"

namespace tessera::scheduler {

// A grouped convolution that the machine runs as vector tiles: of its array work only the MACs count.
[[nodiscard]] bool pe_on_vector(const arch::NpuSpec&, const models::PeGeometry&);
[[nodiscard]] arch::ArrayShape pe_shape(const arch::NpuSpec&, const models::PeGeometry&, const PeBlock&);
// Of the vector unit, start-up included: the whole tile where it runs there, else the post-operations of a last slice.
[[nodiscard]] base::Cycles pe_vector_cycles(const arch::NpuSpec&, const models::Operator&, const PeBlock&);

}  // namespace tessera::scheduler
