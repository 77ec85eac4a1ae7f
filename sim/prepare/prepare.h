// From a run to what is simulated: network as it fits the machine, machine with the run's precision, the machine's
// limits, tile graph, prices of energy. Prepared once, also where many policies or orders of the same tiles are
// compared.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "arch/energy/prices.h"
#include "arch/limits/machine_limits.h"
#include "base/result.h"
#include "models/network/network.h"
#include "models/read_network.h"
#include "scheduler/tiles/tile_graph.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

struct PreparedRun {
  RunSpec spec;                // spec.npu has the run's precision and the highest MAC rate of its operators
  arch::MachineLimits limits;  // of spec.npu
  models::Network network;     // operators that fit no slot cut in passes (scheduler/fitting)
  scheduler::TileGraph graph;
  double seconds = 0;                        // wall time of reading and tiling
  std::optional<arch::EnergyPrices> prices;  // empty: energy.table is "none"
  base::Ps time_limit{0};                    // a run that lasts longer fails (sim/prepare/run_limits.h)
};

[[nodiscard]] base::Result<models::Network> load_network(const ModelSource& source, const models::ReadOptions& = {});
// Who wants to hear of a preparation that takes its time (scheduler::Building).
struct PrepareListener {
  std::function<void(const scheduler::RunSize&)> on_size = {};
  std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)> on_progress = {};
  // What a run takes in the engine; never: not less than `limit` (scheduler::Building::trial).
  std::function<base::Ps(const PreparedRun&, base::Ps limit)> trial = {};
};
// Without a trial the tiles of a small run may be others than sim/run/prepare_run.h gives it. Fails also where the run
// is larger than its limits allow, before it is built.
[[nodiscard]] base::Result<PreparedRun> prepare(const RunSpec& spec, PrepareListener listener = {});

}  // namespace tessera::sim
