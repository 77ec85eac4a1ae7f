#include "sim/results/request_results.h"

#include <algorithm>

namespace tessera::sim {

using base::Ps;

std::vector<RequestResult> request_results(const scheduler::TileGraph& graph, const std::vector<Ps>& ends) {
  std::vector<RequestResult> results;
  results.reserve(graph.requests.size());
  for (std::size_t r = 0; r < std::min(ends.size(), graph.requests.size()); ++r) {
    const scheduler::Request& asked = graph.requests[r];
    results.push_back(
        {static_cast<std::uint32_t>(r), asked.network, asked.priority, asked.arrival, ends[r], asked.deadline});
  }
  return results;
}

Deadlines deadlines(const std::vector<RequestResult>& results) {
  Deadlines all;
  for (const RequestResult& r : results) {
    all.given += r.has_deadline() ? 1 : 0;
    if (!r.missed()) continue;
    ++all.missed;
    if (r.late_by() > all.late_by) all.late_by = r.late_by(), all.latest = r.request;
  }
  return all;
}

}  // namespace tessera::sim
