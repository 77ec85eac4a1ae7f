// What a machine is short of one thing: the machines whose tilings it should know. More hardware then adds tilings to
// choose from and takes none away.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"

namespace tessera::scheduler {

// A machine and the number of slots of its regions.
struct SmallerMachine {
  arch::NpuSpec npu;
  std::array<std::int64_t, 3> slots;
};

// The operand regions in their order.
inline constexpr std::array<arch::SramRegionSpec arch::SramSpec::*, 3> kOperandRegions{
    &arch::SramSpec::input, &arch::SramSpec::weight, &arch::SramSpec::output};

// Half of the DMA channels, of the packets on their way, of the memory's channels, of the interconnect's width. (Fewer
// cores are in every machine's own candidates.)
[[nodiscard]] std::vector<SmallerMachine> with_a_narrower_path(const SmallerMachine&);

// Half of the capacity of one region.
[[nodiscard]] SmallerMachine with_half_a_region(const SmallerMachine&, std::size_t region);

}  // namespace tessera::scheduler
