#include "sim/results/traffic_meter.h"

namespace tessera::sim {

void TrafficMeter::consume(std::span<const trace::Record> records, std::uint64_t) {
  for (const auto& r : records) {
    const bool store = r.name == trace::Name::store;
    if (!store && r.name != trace::Name::load) continue;
    (store ? store_bytes_ : load_bytes_) += r.bytes();
    if (r.tile == trace::kNoTile) continue;
    if (counted_.size() <= r.task) counted_.resize(r.task + 1);
    if (counted_[r.task]) continue;
    counted_[r.task] = true;
    const auto& tile = graph_.tiles[r.tile];
    const auto block =
        store ? graph_.groups[tile.group].output : (r.operand() == trace::Operand::weight ? tile.weight : tile.input);
    padding_bytes_ += graph_.blocks[block].bytes - graph_.blocks[block].useful_bytes;
  }
}

std::int64_t planned_bytes(const scheduler::TileGraph& graph) {
  std::int64_t bytes = 0;
  for (const auto& tile : graph.tiles) {
    for (const auto block : {tile.input, tile.weight}) {
      if (block != scheduler::kNoId) bytes += graph.blocks[block].bytes;
    }
  }
  for (const auto& group : graph.groups)
    if (!graph.is_host(group)) bytes += graph.blocks[group.output].bytes;
  return bytes;
}

}  // namespace tessera::sim
