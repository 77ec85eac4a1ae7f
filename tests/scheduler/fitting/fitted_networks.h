// A network as it fits a machine, its tiles, and sums over them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network/network.h"
#include "scheduler/fitting/fit_network.h"
#include "tests/models/build_graph.h"
#include "tests/scheduler/tiling/small_networks.h"

namespace tessera::scheduler::tests {

using models::tests::OnnxBuilder;

struct Fitted {
  models::Network network;
  base::Result<TileGraph> graph;

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] models::OperatorId id(const std::string& name) const;
  [[nodiscard]] const models::Operator& op(const std::string& name) const { return network.operators[id(name)]; }
  // Of the tiles of one operator: how many; their vector cycles; bytes of elements that they load (each operand of each
  // tile) and store; elements of their inputs.
  [[nodiscard]] std::int64_t tiles(const std::string& name) const;
  [[nodiscard]] std::int64_t cycles(const std::string& name) const;
  [[nodiscard]] std::int64_t input_bytes(const std::string& name) const;
  [[nodiscard]] std::int64_t weight_bytes(const std::string& name) const;
  [[nodiscard]] std::int64_t stored_bytes(const std::string& name) const;
};

[[nodiscard]] Fitted fitted(const models::Network&, const arch::NpuSpec&, const ScheduleSpec& = {});
[[nodiscard]] Fitted fitted(const OnnxBuilder&, const arch::NpuSpec&, std::int64_t opset = 13);

// An input of these dimensions through one operator, with constants behind it.
struct OneNode {
  std::string type;
  std::vector<std::int64_t> dims;
  std::map<std::string, std::vector<std::int64_t>> attributes = {};
  std::vector<std::vector<std::int64_t>> constants = {};
  std::int64_t opset = 13;
};
[[nodiscard]] models::Network network_of(const OneNode&);

}  // namespace tessera::scheduler::tests
