// A built-in policy outside of the program: its own source, compiled against the SDK alone (as_built_in maps the
// headers that it includes), and the line that exports it.
#include "scheduler/policy/homes.cpp"
#include "scheduler/policy/memory_pace.cpp"
#include "scheduler/policy/placement.cpp"
#include "scheduler/policy/round_robin.cpp"

TESSERA_POLICY(tessera::scheduler::kRoundRobin)
