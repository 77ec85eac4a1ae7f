// A scheduling policy in a shared library, in C++20. Header only, over tessera_policy.h; docs/policies.md.
//
// What a policy sees and answers is called here as Tessera's own policies call it (scheduler/policy/policy.h), so that
// one of those moves out by two lines: it includes this file instead of Tessera's own headers, and ends with
//
//   TESSERA_POLICY(tessera::scheduler::kMine)   // its PolicyEntry
//
// Exceptions may leave any member of a policy: the run then ends with their text as the policy's error. An object that
// begin() got by reference (the graph, the machine) lives as long as the policy; a View only during the call.
#pragma once

#include <tessera/policy/graph.h>
#include <tessera/policy/id_set.h>
#include <tessera/policy/interface.h>
#include <tessera/policy/machine.h>
#include <tessera/policy/options.h>
#include <tessera/policy/plugin.h>
