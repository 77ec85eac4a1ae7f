// The file that says again what was run.
#pragma once

#include <filesystem>

#include "base/config/node.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

// resolved.yaml: every parameter with its value, the machine in place, the network's path relative to `folder`. A run
// file that reads back to an equal run.
[[nodiscard]] base::Node write_run(const RunSpec&, const std::filesystem::path& folder);

}  // namespace tessera::sim
