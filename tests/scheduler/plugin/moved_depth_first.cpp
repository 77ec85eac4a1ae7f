// See moved_round_robin.cpp; with what depth_first stands on.
#include "scheduler/policy/depth_first.cpp"
#include "scheduler/policy/homes.cpp"
#include "scheduler/policy/memory_pace.cpp"
#include "scheduler/policy/placement.cpp"

TESSERA_POLICY(tessera::scheduler::kDepthFirst)
