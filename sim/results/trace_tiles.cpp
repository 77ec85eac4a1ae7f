#include "sim/results/trace_tiles.h"

#include <utility>

namespace tessera::sim {
namespace {

using trace::TileTable;

TileTable::Kind kind_of(scheduler::TileKind kind) {
  switch (kind) {
    case scheduler::TileKind::pe: return TileTable::Kind::pe;
    case scheduler::TileKind::vector: return TileTable::Kind::vector;
    case scheduler::TileKind::movement: return TileTable::Kind::movement;
    case scheduler::TileKind::host: return TileTable::Kind::host;
  }
  return TileTable::Kind::pe;
}

std::uint64_t bytes_of(const scheduler::TileGraph& graph, scheduler::BlockId block) {
  return block == scheduler::kNoId ? 0 : static_cast<std::uint64_t>(graph.blocks[block].bytes);
}

TileTable::Choice choice_of(const scheduler::TileRule& rule) {
  const auto size = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  using Deal = TileTable::Choice::Deal;
  return {.b = size(rule.b),
          .m = size(rule.m),
          .w = size(rule.w),
          .n = size(rule.n),
          .k = size(rule.k),
          .loop_order = rule.loop_order,
          .whole_input = rule.whole_input,
          .deal = rule.deal == scheduler::Deal::columns ? Deal::columns : Deal::chunks,
          .cores = static_cast<std::uint32_t>(rule.cores)};
}

// An edge leads from the last tile of the producing group to the tile that reads its block.
void add_edges(const scheduler::TileGraph& graph, scheduler::TileId id, TileTable& table) {
  const auto& tile = graph.tiles[id];
  const auto last_tile = [&](scheduler::GroupId g) { return graph.groups[g].first + graph.groups[g].slices - 1; };
  using Kind = TileTable::EdgeKind;
  for (const auto& [block, kind] : {std::pair{tile.input, Kind::input}, std::pair{tile.weight, Kind::weight}}) {
    if (block == scheduler::kNoId) continue;
    for (const auto g : graph.producers(block)) table.edges.push_back({last_tile(g), id, kind});
  }
  if (tile.kind == scheduler::TileKind::host)
    for (const auto g : graph.predecessors(tile.group)) table.edges.push_back({last_tile(g), id, Kind::input});
  if (tile.slice != 0) return;
  for (const auto g : graph.control(tile.group)) table.edges.push_back({last_tile(g), id, Kind::control});
}

}  // namespace

TileTable tile_table(const models::Network& network, const scheduler::TileGraph& graph) {
  TileTable table;
  for (std::size_t i = 0; i < network.operators.size(); ++i)
    table.operators.push_back({network.operators[i].name, network.operators[i].type, choice_of(graph.chosen_for(i))});
  table.tiles.reserve(graph.tiles.size());
  for (scheduler::TileId id = 0; id < graph.tiles.size(); ++id) {
    const auto& tile = graph.tiles[id];
    TileTable::Tile row;
    row.op = tile.op;
    row.request = tile.request;
    row.group = tile.group;
    row.slice = tile.slice;
    row.kind = kind_of(tile.kind);
    row.post = tile.kind == scheduler::TileKind::pe && tile.last() && tile.vector_cycles.count() > 0;
    row.macs = tile.work == scheduler::kNoId ? 0 : static_cast<std::uint64_t>(graph.works[tile.work].macs);
    if (tile.kind == scheduler::TileKind::pe && tile.work != scheduler::kNoId) {
      row.rows = static_cast<std::uint32_t>(graph.works[tile.work].rows);
      row.columns = static_cast<std::uint32_t>(graph.works[tile.work].columns);
    }
    row.input_bytes = bytes_of(graph, tile.input);
    row.weight_bytes = bytes_of(graph, tile.weight);
    if (tile.last() && tile.kind != scheduler::TileKind::host)
      row.output_bytes = bytes_of(graph, graph.groups[tile.group].output);
    table.tiles.push_back(row);
    add_edges(graph, id, table);
  }
  return table;
}

}  // namespace tessera::sim
