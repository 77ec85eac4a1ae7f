// How far policies are from the best schedule of small graphs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "scheduler/bounds/lower_bound.h"
#include "scheduler/policy/policies.h"
#include "tests/scheduler/optimum/small_cases.h"

namespace tessera::scheduler::tests {
namespace {

TEST(Distances, Table) {
  for (const SmallCase& c : small_cases()) {
    const auto t0 = std::chrono::steady_clock::now();
    const ActionPlan known = best_of_policies(c);
    OptimumOptions options;
    if (const char* runs = std::getenv("RUNS")) options.runs = std::stoull(runs);
    if (std::getenv("NOPREFETCH")) options.prefetches = false;
    const Optimum best = find_optimum(c.graph, c.npu, c.limits, c.schedule, known, options);
    const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
    fmt::print(
        "{:<44} {:>2} tiles {:>8} (bound {:>8}, root {:>8}) {:<5} runs {:>7} nodes {:>8} scheds {:>6} {:>6.2f} s |",
        c.name, c.graph.tiles.size(), best.makespan.count() / 1000, best.bound.count() / 1000,
        lower_bound(c.graph, c.npu, c.limits).time().count() / 1000, best.proved() ? "yes" : "no", best.runs,
        best.nodes, best.schedules, s);
    for (const std::string_view name : policy_names())
      fmt::print(" {:.1f}", 100.0 * (static_cast<double>(run_policy(c, {.name = std::string(name)}).makespan.count()) /
                                         static_cast<double>(best.makespan.count()) -
                                     1));
    fmt::print("\n");
    EXPECT_EQ(replayed(c, best.plan), best.makespan);
  }
}

}  // namespace
}  // namespace tessera::scheduler::tests
