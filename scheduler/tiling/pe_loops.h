// The order in which the groups of a PE operator are numbered, and the core that each is dealt to.
#pragma once

#include <array>
#include <cstdint>

#include "arch/spec/npu_spec.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

// Position along each loop of the operator, by PeLoops::order from the outside in; the slice loop is inside all of
// them.
struct PeLoops {
  std::array<std::int64_t, 5> at{0, 0, 0, 0, 0};  // b, g, n, m, w
  std::array<std::int64_t, 5> count;
  std::array<std::size_t, 5> order;

  PeLoops(const PeCounts&, const std::string& letters);
  // False after the last position.
  bool advance();
};

// Contiguous runs of ids: core of `index` of `count`.
[[nodiscard]] constexpr std::uint32_t chunk_core(std::int64_t cores, std::int64_t index, std::int64_t count) {
  return static_cast<std::uint32_t>(index * cores / count);
}

// Core of a group whose n and m loops stand at these positions, where the run says how to deal (core_split).
[[nodiscard]] constexpr std::uint32_t split_core(CoreSplit split, std::int64_t cores, std::int64_t n, std::int64_t m) {
  return static_cast<std::uint32_t>((split == CoreSplit::n ? n : m) % cores);
}

// Core of the group at `loops`, which is the `index`-th. A column of the inner loop belongs to a team of cores, which
// share the outer loop.
[[nodiscard]] std::uint32_t pe_core(const arch::NpuSpec&, const ScheduleSpec&, const PeSizes&, const PeCounts&,
                                    const PeLoops&, std::int64_t index);

}  // namespace tessera::scheduler
