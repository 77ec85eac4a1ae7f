// No run beats the lower bound of its tile graph, whatever the policy.
#include <gtest/gtest.h>

#include "scheduler/bounds/lower_bound.h"
#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/random_policy.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

// The test machine's rates and latencies, said in the words of an NPU file.
void describe(arch::NpuSpec& npu, const MachineShape& machine) {
  npu.interconnect.bytes_per_cycle = 1 << 20;
  npu.interconnect.latency = base::Cycles{0};
  npu.dram.kind = arch::DramSpec::Kind::simple;
  npu.dram.simple.bytes_per_second = std::int64_t{1} << 50;
  npu.dram.simple.latency = base::Ps{machine.least_latency};
  npu.dma.outstanding = 1 << 20;
  npu.dma.max_packet = base::Bytes{1 << 20};  // a transfer is one packet
  for (auto& c : npu.dma.channels) c.bytes_per_cycle = 1000 / machine.ps_per_byte;
}

TEST(BoundsHold, OverRandomGraphsAndPolicies) {
  std::int64_t closest = 1000;  // makespan over bound, in percent
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Random random(seed);
    Scenario s = random_scenario(random, {.host = seed % 4 == 0});
    MachineShape machine;
    machine.seed = seed;
    constexpr std::int64_t kRates[] = {1, 2, 10, 20, 50};  // ps per byte; whole bytes per 1 ns cycle
    machine.ps_per_byte = kRates[pick(random, 0, 4)];
    machine.least_latency = pick(random, 1, 20'000);
    machine.random_latency = chance(random, 50) ? 0 : 10'000;
    describe(s.npu, machine);
    LowerBound bound = lower_bound(s.graph, s.npu, arch::machine_limits(s.npu));
    bound[BoundTerm::grants] = base::Ps{0};  // the test machine has no interconnect that grants one packet a cycle
    for (std::size_t p = 0; p <= policy_names().size(); ++p) {
      std::unique_ptr<Policy> policy = std::make_unique<RandomPolicy>(seed, false);
      PolicySpec spec;
      if (p < policy_names().size()) spec.name = policy_names()[p], policy = make_policy(spec);
      const Outcome o = run_checked(s, *policy, machine);
      ASSERT_EQ(o.state, RunState::done);
      ASSERT_GE(o.makespan, bound.time()) << "seed " << seed << " policy " << policy->name() << " term "
                                          << kBoundTermNames[static_cast<std::size_t>(bound.binding())];
      closest = std::min(closest, o.makespan.count() * 100 / std::max<std::int64_t>(1, bound.time().count()));
    }
  }
  EXPECT_LE(closest, 120);  // a bound that nobody comes near says nothing
}

}  // namespace
}  // namespace tessera::scheduler::testing
