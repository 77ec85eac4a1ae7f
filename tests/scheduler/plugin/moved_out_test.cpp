// A built-in policy compiled against the SDK alone decides as it does inside: record by record.
#include <gtest/gtest.h>

#include "scheduler/plugin/open_policy.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

void expect_same(const std::string& name, const char* library) {
  PolicySpec inside, outside;
  inside.name = name;
  outside.file = library;
  std::size_t decisions = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
    MachineShape machine;
    machine.seed = seed;
    const auto one = open_policy(inside), two = open_policy(outside);
    ASSERT_TRUE(one && two) << (two ? "" : two.problems().to_string());
    ASSERT_EQ((*two)->name(), name);
    const Outcome a = run_checked(setup, **one, machine, true), b = run_checked(setup, **two, machine, true);
    ASSERT_EQ(b.state, RunState::done) << "seed " << seed << ": " << b.failure;
    ASSERT_TRUE(same_records(a, b)) << "seed " << seed;
    decisions += a.counts.dispatches;
  }
  EXPECT_GT(decisions, 1000u);
}

TEST(MovedOut, RoundRobinDecidesAsInside) { expect_same("round_robin", TESSERA_MOVED_ROUND_ROBIN); }
TEST(MovedOut, DepthFirstDecidesAsInside) { expect_same("depth_first", TESSERA_MOVED_DEPTH_FIRST); }

}  // namespace
}  // namespace tessera::scheduler::testing
