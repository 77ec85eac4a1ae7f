// From a run to what is simulated, with the engine at hand: of a small run it prices the tilings that are left at the
// end.
#pragma once

#include "base/result.h"
#include "sim/prepare/prepare.h"

namespace tessera::sim {

// As prepare(). Tiles do not depend on the run's policy: a tiling is worth what it takes under kTriedPolicies, added
// up.
[[nodiscard]] base::Result<PreparedRun> prepare_run(const RunSpec& spec, PrepareListener listener = {});

}  // namespace tessera::sim
