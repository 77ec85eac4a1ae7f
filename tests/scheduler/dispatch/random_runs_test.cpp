// Properties of every run, over random graphs and machines: it ends, each tile runs once, edges hold, stalls and the
// critical path are exact to the picosecond. TESSERA_RANDOM_RUNS sets how many (default some thousands).
#include <gtest/gtest.h>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/eager_prefetcher.h"
#include "tests/scheduler/support/random_policy.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

std::uint64_t runs() { return random_runs(2000); }

void expect_sound(std::uint64_t seed, Policy& policy) {
  Random random(seed);
  const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
  const MachineShape machine = random_machine(random);
  const Outcome o = run_checked(setup, policy, machine);
  ASSERT_TRUE(!o.stopped && o.state == RunState::done && o.problems.empty()) << "seed " << seed << "\n" << report(o);
}

TEST(RandomRuns, AdversarialPolicyNeverDeadlocks) {
  for (std::uint64_t seed = 1; seed <= runs(); ++seed) {
    RandomPolicy policy(seed, false);
    expect_sound(seed, policy);
    if (HasFatalFailure()) return;
  }
}

TEST(RandomRuns, IllegalActionsChangeNothing) {
  for (std::uint64_t seed = 1; seed <= runs(); ++seed) {
    RandomPolicy policy(seed, true);
    expect_sound(seed, policy);
    if (HasFatalFailure()) return;
  }
}

TEST(RandomRuns, BuiltInPoliciesAreSound) {
  for (const std::string_view name : policy_names()) {
    for (std::uint64_t seed = 1; seed <= runs(); ++seed) {
      PolicySpec spec;
      spec.name = name;
      const auto policy = make_policy(spec);
      expect_sound(seed, *policy);
      if (HasFatalFailure()) return;
    }
  }
}

// Every number of slots, 1 to 4 in each region, on machines of every kind.
TEST(RandomRuns, PrefetchingWheneverItIsLegalEnds) {
  std::uint64_t prefetches = 0, evicted = 0;
  for (std::uint64_t seed = 1; seed <= runs(); ++seed) {
    Random random(seed);
    Scenario setup = random_scenario(random);
    std::uint64_t rest = seed;
    for (std::size_t r = 0; r < 3; ++r, rest /= 4)
      setup.schedule.buffers[r] = setup.graph.slots[r] = static_cast<std::int64_t>(rest % 4) + 1;
    const MachineShape machine = random_machine(random);
    EagerPrefetcher policy;
    const Outcome o = run_checked(setup, policy, machine);
    ASSERT_TRUE(!o.stopped && o.state == RunState::done && o.problems.empty()) << "seed " << seed << "\n" << report(o);
    ASSERT_LE(policy.most_in_a_row(), policy.slots(setup.npu, setup.graph)) << "seed " << seed;
    prefetches += o.counts.prefetches;
    evicted += o.counts.prefetches_evicted;
  }
  EXPECT_GT(prefetches, runs()) << "the adversary does something";
  EXPECT_GT(evicted, runs() / 10);
}

TEST(RandomRuns, SameInputGivesTheSameRecords) {
  for (std::uint64_t seed = 1; seed <= runs() / 20; ++seed) {
    Random random(seed);
    const Scenario setup = random_scenario(random);
    const MachineShape machine = random_machine(random);
    RandomPolicy one(seed, true), two(seed, true);
    const Outcome a = run_checked(setup, one, machine, true), b = run_checked(setup, two, machine, true);
    ASSERT_TRUE(same_records(a, b)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tessera::scheduler::testing
