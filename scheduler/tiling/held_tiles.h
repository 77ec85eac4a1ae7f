// Tiles that a run held: the rule that gives an operator's tiles again, and the sizes that such a rule stands for.
//
// A held rule is never adapted: where the machine or the network has changed so that its tiles are none of the
// operator's, or fit a slot no more, that is an error.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/block_grid.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

using SlotBytes = std::array<std::int64_t, 3>;  // of the input, weight and output slot

// Of a PE operator. Tiles that are dealt to all of the machine's cores are dealt to all of another one's too.
[[nodiscard]] TileRule held_rule(const models::Operator&, const PeSizes&, std::int64_t cores_of_machine);
// Of a vector operator or a movement, whose blocks have these extents.
[[nodiscard]] TileRule held_rule(const models::Operator&, const models::Shape& block);

// The sizes of a PE operator's held rule.
[[nodiscard]] base::Result<PeSizes> held_sizes(const PeNeeds&, const arch::NpuSpec&, const models::Operator&,
                                               const TileRule&, const SlotBytes& slots);

// The block of another operator's held rule, and what is wrong with it: `grid` cuts the output into such blocks, and
// `need` says what a block needs of the slots.
[[nodiscard]] models::Shape held_block(const TileRule&);
[[nodiscard]] base::Diagnostics check_held_blocks(const models::Operator&, const TileRule&, const BlockGrid& grid,
                                                  const std::function<SlotBytes(const models::Box&)>& need,
                                                  const SlotBytes& slots);

}  // namespace tessera::scheduler
