#include "sim/results/tile_energy.h"

#include "scheduler/address/tensor_precision.h"

namespace tessera::sim {

using arch::TileWork;
using scheduler::Tile;
using scheduler::TileKind;

TileWork TileEnergy::operator()(std::uint32_t id) const {
  const Tile& tile = graph_.tiles[id];
  switch (tile.kind) {
    case TileKind::pe: return array_work(tile);
    case TileKind::vector: return vector_work(tile);
    case TileKind::movement:
    case TileKind::host: return {};
  }
  return {};
}

std::int64_t TileEnergy::output_elements(const Tile& tile) const {
  return graph_.blocks[graph_.groups[tile.group].output].box.elements();
}

void TileEnergy::add_posts(TileWork& work, const models::Operator& op, std::int64_t elements) const {
  for (const auto& post : op.posts) arch::add_function(work, post.function, elements);
}

TileWork TileEnergy::array_work(const Tile& tile) const {
  const arch::ArrayWork& a = graph_.works[tile.work];
  const models::Operator& op = network_.operators[tile.op];
  TileWork work =
      arch::array_tile_work({a.macs, a.input_reads, a.weight_reads, a.output_reads, a.output_writes}, a.bits);
  work.macs_at = scheduler::operand_precision(network_, npu_, op);
  work.vector_at = scheduler::widest_precision(network_, npu_, op);
  // Only a last slice with post-operations has a record of the vector unit.
  if (!tile.last()) return work;
  const std::int64_t elements = output_elements(tile);
  add_posts(work, op, elements);
  arch::add_post_traffic(work, elements * a.bits.accumulator_bytes, useful_bytes(graph_.groups[tile.group].output));
  return work;
}

std::int64_t TileEnergy::function_elements(const Tile& tile, const models::Operator& op) const {
  const std::int64_t outputs = output_elements(tile);
  const bool reads = op.vector.reducing && tile.input != scheduler::kNoId;
  return models::function_elements(op, outputs, reads ? graph_.blocks[tile.input].box.elements() : outputs);
}

TileWork TileEnergy::vector_work(const Tile& tile) const {
  const models::Operator& op = network_.operators[tile.op];
  TileWork work;
  work.vector_at = scheduler::widest_precision(network_, npu_, op);
  if (op.unit == models::Unit::pe) {
    // A grouped convolution on the vector unit: a multiplication and an addition per MAC, dealt evenly to the slices.
    const auto& p = op.pe;
    const std::int64_t macs = output_elements(tile) * p.channels * p.kernel_h * p.kernel_w / tile.slices;
    work.vector = {macs, macs};
  } else {
    arch::add_function(work, op.function, function_elements(tile, op));
  }
  if (tile.last()) add_posts(work, op, output_elements(tile));
  const std::int64_t written = tile.last() ? useful_bytes(graph_.groups[tile.group].output) : 0;
  arch::add_vector_traffic(work, useful_bytes(tile.input), useful_bytes(tile.weight), written);
  return work;
}

}  // namespace tessera::sim
