// What each tile of a run does to the machine, for the energy meter: the tile graph and the network put into the plain
// numbers of arch::TileWork.
#pragma once

#include <cstdint>

#include "arch/energy/tile_work.h"
#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::sim {

// A function object for arch::EnergyMeter. References outlive it. Left out: a vector tile's second read of an operand
// that takes several passes (softmax), and re-reads of halo inside one window.
class TileEnergy {
 public:
  TileEnergy(const models::Network& network, const arch::NpuSpec& npu, const scheduler::TileGraph& graph)
      : network_(network), npu_(npu), graph_(graph) {}

  [[nodiscard]] arch::TileWork operator()(std::uint32_t tile) const;

 private:
  [[nodiscard]] arch::TileWork array_work(const scheduler::Tile& tile) const;
  [[nodiscard]] arch::TileWork vector_work(const scheduler::Tile& tile) const;
  void add_posts(arch::TileWork& work, const models::Operator& op, std::int64_t elements) const;
  [[nodiscard]] std::int64_t output_elements(const scheduler::Tile& tile) const;
  [[nodiscard]] std::int64_t function_elements(const scheduler::Tile& tile, const models::Operator& op) const;
  [[nodiscard]] std::int64_t useful_bytes(scheduler::BlockId block) const {
    return block == scheduler::kNoId ? 0 : graph_.blocks[block].useful_bytes;
  }

  const models::Network& network_;
  const arch::NpuSpec& npu_;
  const scheduler::TileGraph& graph_;
};

}  // namespace tessera::sim
