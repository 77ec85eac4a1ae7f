#include "scheduler/replay/tile_names.h"

#include <fmt/format.h>

#include "base/escape.h"
#include "scheduler/replay/csv_rows.h"

namespace tessera::scheduler {
namespace {

// What a reader of CSV finds where csv_cell(name) was written.
std::string as_read_back(const std::string& name) {
  const std::string cell = base::csv_cell(name);
  CsvRow row;
  CsvRows rows(cell, {});
  return rows.next(row) && !row.empty() ? row.front().text : std::string();
}

}  // namespace

TileNames::TileNames(const models::Network& network, const TileGraph& graph) : network_(network), graph_(graph) {
  index_.resize(graph.groups.size());
  for (GroupId g = 0; g < graph.groups.size(); ++g) {
    auto& same = groups_[{graph.groups[g].op, graph.groups[g].request}];
    index_[g] = static_cast<std::uint32_t>(same.size());
    same.push_back(g);
  }
  for (std::uint32_t op = 0; op < network.operators.size(); ++op) {
    operators_.emplace(network.operators[op].name, op);
    operators_.emplace(as_read_back(network.operators[op].name), op);
  }
}

TileName TileNames::of(TileId id) const {
  const Tile& tile = graph_.tiles[id];
  return {tile.op, tile.request, index_[tile.group], tile.slice};
}

std::optional<std::uint32_t> TileNames::find_operator(std::string_view name) const {
  const auto found = operators_.find(name);
  return found == operators_.end() ? std::nullopt : std::optional(found->second);
}

std::uint32_t TileNames::groups(std::uint32_t op, std::uint32_t request) const {
  const auto found = groups_.find({op, request});
  return found == groups_.end() ? 0 : static_cast<std::uint32_t>(found->second.size());
}

GroupId TileNames::group(std::uint32_t op, std::uint32_t request, std::uint32_t index) const {
  return groups_.at({op, request})[index];
}

std::string TileNames::text(TileId id) const {
  const Tile& tile = graph_.tiles[id];
  return fmt::format("tile {} (operator \"{}\", request {})", id, network_.operators[tile.op].name, tile.request);
}

std::vector<std::string> TileNames::operator_names() const {
  std::vector<std::string> names;
  for (const auto& op : network_.operators) names.push_back(op.name);
  return names;
}

}  // namespace tessera::scheduler
