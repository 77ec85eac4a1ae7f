// What is true of every run (design: "What is always true"), judged from records, tile graph and summary with code of
// its own: nothing of trace/analysis or of the simulator's insides is used to decide.
#pragma once

#include <string>
#include <vector>

#include "tests/golden/execution.h"

namespace tessera::tests {

// One line per broken law; empty when all hold. `units` is the unit table of the run's trace file.
//   MACs of all computes = MACs of the network, times requests
//   bytes moved = planned - reused + prefetched + dropped, to the byte, and DRAM moved what the transfers did
//   an operand is in its slot, whole, from before its task starts until after it ends
//   an output slot belongs to one group from the start of its first task to the end of its store
//   every span ends within the run; exclusive lanes never overlap; causes are older
//   busy + stalls = makespan for each array and vector unit, to the picosecond, and the summary says the same
//   the causes back from the last store add up to the makespan
//   the makespan is not below any bound
[[nodiscard]] std::vector<std::string> broken_laws(const Execution& run, const std::vector<trace::UnitInfo>& units);

}  // namespace tessera::tests
