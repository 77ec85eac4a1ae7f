// Requests one by one: `requests.list` of a run file, a list of {arrival, priority, deadline}.
#pragma once

#include <string>
#include <vector>

#include "base/config/node.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::sim {

// Arrivals ascend from 0 on; one that is left out is that of the request before.
void read_request_list(const base::Node&, const std::string& name, std::vector<scheduler::RequestEntry>&,
                       base::Diagnostics&);
[[nodiscard]] base::Node write_request_list(const std::vector<scheduler::RequestEntry>&);

}  // namespace tessera::sim
