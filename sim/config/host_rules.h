// Operators that the host runs as text: `--host NonMaxSuppression=200us` and the key `host` of a run file.
#pragma once

#include <string>
#include <vector>

#include "base/config/node.h"
#include "models/graph/host_rule.h"

namespace tessera::sim {

// A map from types to times, or a list of {pattern, type, time}.
void read_host_rules(const base::Node&, const std::string& name, models::HostRules&, base::Diagnostics&);
[[nodiscard]] base::Node write_host_rules(const models::HostRules&);
// Of all `--host` options, in order. A type may stand there once.
[[nodiscard]] base::Result<models::HostRules> parse_host_rules(const std::vector<std::string>& options);

inline constexpr const char* kHostHelp =
    "TYPE=TIME[,TYPE=TIME...]: operators that the host runs, each of them that long (NonMaxSuppression=200us)";

}  // namespace tessera::sim
