// What became of each request of a run.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::sim {

struct RequestResult {
  std::uint32_t request = 0, network = 0;
  std::int32_t priority = 0;
  base::Ps arrival{0}, end{0};       // end: its last store, or task of the host
  base::Ps deadline = base::kNever;  // absolute; kNever: none
  [[nodiscard]] base::Ps latency() const { return end - arrival; }
  [[nodiscard]] bool has_deadline() const { return deadline != base::kNever; }
  [[nodiscard]] bool missed() const { return has_deadline() && end > deadline; }
  // By how much it ended after its deadline; negative: before.
  [[nodiscard]] base::Ps late_by() const { return end - deadline; }
};

// `ends`: by request. Of a run that was done.
[[nodiscard]] std::vector<RequestResult> request_results(const scheduler::TileGraph&,
                                                         const std::vector<base::Ps>& ends);

// Of all requests of a run.
struct Deadlines {
  std::uint64_t given = 0, missed = 0;
  base::Ps late_by{0};       // of those missed the one that ended latest after its deadline
  std::uint32_t latest = 0;  // that request
};
[[nodiscard]] Deadlines deadlines(const std::vector<RequestResult>&);

}  // namespace tessera::sim
