// Keys of a run that say something about a thing that this run does not have.
#pragma once

#include "base/config/node.h"
#include "base/result.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

// Reports options of another policy, channels of transfers that are bound dynamically, the interval of a single
// request. `root` is the run's tree. Not reported: a key that keeps its default (resolved.yaml has them all), one of
// the machine's own schedule, and one of a file whose effect an override has taken away.
void check_run_effects(const base::Node& root, const RunSpec&, base::Diagnostics&);

}  // namespace tessera::sim
