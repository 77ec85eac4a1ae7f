// The project's own network format (YAML) into the common graph form.
//
//   network: tiny_cnn
//   inputs: {image: [1, 3, 32, 32]}
//   layers:
//     - {name: stem, op: conv, out: 16, kernel: 3, pad: 1, activation: relu}
//     - {name: pool, op: max_pool, kernel: 2, stride: 2}
//     - {name: head, op: gemm, out: 10, inputs: pool}
//
// A layer reads the one before unless `inputs` names others, which must stand above it; shapes are inferred. `blocks`
// are layers to be used again with parameters. `outputs` names what leaves the network (default: the last layer).
#pragma once

#include <filesystem>

#include "models/graph/graph.h"
#include "models/graph/host_rule.h"

namespace tessera::models {

// Errors carry file, line and column of the layer or value.
[[nodiscard]] base::Result<Graph> read_yaml_graph(const std::filesystem::path&, const HostRules& host = {});
// The operators of the format, sorted.
[[nodiscard]] std::vector<std::string> yaml_operators();

}  // namespace tessera::models
