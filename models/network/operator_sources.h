// Which nodes of the file an operator was made of: what passes fused or folded into it, what it was recognised in, and
// the node that was expanded into it and others.
#pragma once

#include <string>
#include <vector>

#include "models/network/network.h"

namespace tessera::models {

// By operator; the notes of its nodes, in the order in which the passes took them. What went into a node that then
// went into the operator counts too.
[[nodiscard]] std::vector<std::vector<PassNote>> operator_sources(const Network&);

}  // namespace tessera::models
