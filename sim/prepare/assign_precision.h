// Gives every tensor of a network its format in one run, and puts conversions where an operator reads another format
// than its own (docs/semantics.md 2.10 to 2.13).
#pragma once

#include "base/result.h"
#include "models/network/network.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

// `network` as models::read_network gave it with RunSpec::keeps_file_precision(). Fails where a rule of the run matches
// no operator, or only such as follow a rule before it.
[[nodiscard]] base::Diagnostics assign_precision(models::Network& network, const RunSpec&);

}  // namespace tessera::sim
