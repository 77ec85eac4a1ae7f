// Small graphs on small machines, and one run of such a graph under a policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scheduler/optimum/optimum.h"
#include "tests/scheduler/tiling/small_networks.h"

namespace tessera::scheduler::tests {

struct SmallCase {
  std::string name;
  TileGraph graph;
  arch::NpuSpec npu;
  arch::MachineLimits limits;
  ScheduleSpec schedule;
  std::uint64_t runs = 6000;  // of a search: those of the table that are proved are by then
};

// small_npu() with SRAM ports that are never in the array's way.
[[nodiscard]] arch::NpuSpec small_machine(std::int64_t cores, std::int64_t slot = 4096);
// The network's tiles, all operators cut by the one rule unless the schedule has more of them.
[[nodiscard]] SmallCase small_case(std::string name, const models::Network&, const arch::NpuSpec&,
                                   const ScheduleSpec& = {}, const RequestSpec& = {});
// The families of the table in docs/policies.md.
[[nodiscard]] std::vector<SmallCase> small_cases();

// A run on the machine without SystemC; kNever if it does not end.
[[nodiscard]] ActionPlan run_policy(const SmallCase&, const PolicySpec&);
// The same actions again, by the policy `static`.
[[nodiscard]] base::Ps replayed(const SmallCase&, const ActionPlan&);
// The schedule of the best of all built-in policies.
[[nodiscard]] ActionPlan best_of_policies(const SmallCase&);

}  // namespace tessera::scheduler::tests
