// The lanes that the records of a run go to: what the machine has of each unit, and the slots of the tile graph.
#pragma once

#include <cstdint>

#include "arch/spec/npu_spec.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/record/lanes.h"

namespace tessera::scheduler {

[[nodiscard]] inline trace::Lanes lanes_of(const arch::NpuSpec& npu, const TileGraph& graph) {
  trace::Lanes::Shape shape;
  shape.cores = static_cast<std::uint16_t>(npu.cores);
  shape.schedulers = static_cast<std::uint16_t>(npu.scheduler.count);
  shape.channels = static_cast<std::uint16_t>(npu.dma.channels.size());
  for (std::size_t r = 0; r < 3; ++r) shape.slots[r] = static_cast<std::uint16_t>(graph.slots[r]);
  shape.dram_channels = static_cast<std::uint16_t>(npu.dram.channels);
  return trace::Lanes(shape);
}

}  // namespace tessera::scheduler
