// Which network a run is of: a file, a compiler's program, one product or one convolution, from the run file or from
// the command line, which comes first.
#pragma once

#include "base/config/node.h"
#include "base/result.h"
#include "sim/config/run_reader.h"

namespace tessera::sim {

// Into the spec, whose own keys have been read from `root`, the run file's tree.
void read_run_network(const RunArguments&, const base::Node& root, RunSpec&, base::Diagnostics&);

}  // namespace tessera::sim
