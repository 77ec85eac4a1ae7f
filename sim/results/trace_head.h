// The head of a run's trace file, and the facts of the run that the records do not hold.
#pragma once

#include "sim/prepare/prepare.h"
#include "trace/file/run_facts.h"
#include "trace/file/trace_header.h"
#include "trace/record/lanes.h"

namespace tessera::sim {

// What is known before the run.
[[nodiscard]] trace::RunFacts run_facts(const PreparedRun& run, std::string_view score, bool own_memory);
[[nodiscard]] trace::TraceHeader trace_head(const PreparedRun& run, const trace::RunFacts& facts,
                                            const trace::Lanes& lanes);

}  // namespace tessera::sim
