// Keys of a run that say something about a thing that this run does not have.
#pragma once

#include <map>
#include <string>

#include "base/config/node.h"
#include "base/result.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

// Overrides of the machine's keys, by their paths in its own tree.
using MachineOverrides = std::map<std::string, base::Node>;

// Reports options of another policy, channels of transfers that are bound dynamically, the interval of a single
// request, tiles dealt to the one core that there is, the compression of a trace that is not written, and overrides of
// the trace buffer in a run that does not model it. `root` is the run's tree. Not reported: a key that keeps its
// default (resolved.yaml has them all), one of the machine's own schedule, what a machine's file says of its trace
// buffer (the chip has it, whatever a run looks at), and a key of a file whose effect an override has taken away.
void check_run_effects(const base::Node& root, const MachineOverrides&, const RunSpec&, base::Diagnostics&);

}  // namespace tessera::sim
