// The head of a run's trace file: units, clocks and what the records do not say about machine and network.
#pragma once

#include "sim/run/prepare.h"
#include "trace/file/trace_header.h"
#include "trace/record/lanes.h"

namespace tessera::sim {

[[nodiscard]] trace::TraceHeader trace_head(const PreparedRun& run, const trace::Lanes& lanes);

}  // namespace tessera::sim
