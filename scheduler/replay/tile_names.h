// Tiles as a table names them beside their ids: operator, request, index of the group among those of the operator in
// that request, slice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

struct TileName {
  std::uint32_t op = 0, request = 0, index = 0, slice = 0;
};

class TileNames {
 public:
  // Both outlive the names.
  TileNames(const models::Network&, const TileGraph&);

  [[nodiscard]] TileName of(TileId) const;
  // An operator by its name, as the network or as a cell of a CSV file has it.
  [[nodiscard]] std::optional<std::uint32_t> find_operator(std::string_view name) const;
  // Groups that an operator has in one request.
  [[nodiscard]] std::uint32_t groups(std::uint32_t op, std::uint32_t request) const;
  // Of an index below groups().
  [[nodiscard]] GroupId group(std::uint32_t op, std::uint32_t request, std::uint32_t index) const;
  // `tile 5 (operator "conv1", request 0)`.
  [[nodiscard]] std::string text(TileId) const;
  [[nodiscard]] const std::string& operator_name(std::uint32_t op) const { return network_.operators[op].name; }
  [[nodiscard]] std::vector<std::string> operator_names() const;

 private:
  using Key = std::pair<std::uint32_t, std::uint32_t>;  // operator, request

  const models::Network& network_;
  const TileGraph& graph_;
  std::map<Key, std::vector<GroupId>> groups_;
  std::vector<std::uint32_t> index_;  // by group
  std::map<std::string, std::uint32_t, std::less<>> operators_;
};

}  // namespace tessera::scheduler
