// From a run to what is simulated: network, machine with the run's precision, tile graph, prices of energy. Done once,
// also where many policies or orders of the same tiles are compared.
#pragma once

#include <optional>

#include "arch/energy/prices.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/tiles/tile_graph.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

struct PreparedRun {
  RunSpec spec;  // spec.npu.precision is the run's
  models::Network network;
  scheduler::TileGraph graph;
  double seconds = 0;                        // wall time of reading and tiling
  std::optional<arch::EnergyPrices> prices;  // empty: energy.table is "none"
};

[[nodiscard]] base::Result<models::Network> load_network(const ModelSource& source);
[[nodiscard]] base::Result<PreparedRun> prepare(const RunSpec& spec);

}  // namespace tessera::sim
