// No run beats the lower bound of its tile graph, whatever the policy.
#include <gtest/gtest.h>

#include "scheduler/bounds/dependence_bound.h"
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

// No group is ready or stored earlier, and no run ends sooner after it, than its times say.
void expect_times(const Scenario& s, const DependenceTimes& times, const Outcome& o, std::uint64_t seed) {
  using trace::Name;
  std::vector<base::Ps> stored(s.graph.groups.size());
  for (const auto& item : o.records)
    if (item.record.name == Name::store || item.record.name == Name::host_task)
      stored[s.graph.tiles[item.record.tile].group] =
          std::max(stored[s.graph.tiles[item.record.tile].group], item.record.end);
  for (GroupId g = 0; g < s.graph.groups.size(); ++g) {
    ASSERT_GE(stored[g], times.stored[g]) << "seed " << seed << " group " << g;
    ASSERT_GE(o.makespan - stored[g], times.after[g]) << "seed " << seed << " group " << g;
    base::Ps ready = s.graph.requests[s.graph.groups[g].request].arrival;
    for (const GroupId p : s.graph.predecessors(g)) ready = std::max(ready, stored[p]);
    ASSERT_GE(ready, times.ready[g]) << "seed " << seed << " group " << g;
  }
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
    arch::MachineLimits limits = arch::machine_limits(s.npu);
    limits.interconnect_clock = base::Clock(1, 1'000'000);  // the test machine has no grants of one packet a cycle
    const LowerBound bound = lower_bound(s.graph, s.npu, limits);
    const auto groups = dependence_bound(s.graph, s.npu, limits, Durations(s.graph, s.npu, limits)).groups;
    for (std::size_t p = 0; p <= policy_names().size(); ++p) {
      std::unique_ptr<Policy> policy = std::make_unique<RandomPolicy>(seed, false);
      PolicySpec spec;
      if (p < policy_names().size()) spec.name = policy_names()[p], policy = make_policy(spec);
      const Outcome o = run_checked(s, *policy, machine, true);
      ASSERT_EQ(o.state, RunState::done);
      ASSERT_GE(o.makespan, bound.time()) << "seed " << seed << " policy " << policy->name() << " term "
                                          << kBoundTermNames[static_cast<std::size_t>(bound.binding())];
      expect_times(s, groups, o, seed);
      if (HasFatalFailure()) return;
      closest = std::min(closest, o.makespan.count() * 100 / std::max<std::int64_t>(1, bound.time().count()));
    }
  }
  EXPECT_LE(closest, 120);  // a bound that nobody comes near says nothing
}

}  // namespace
}  // namespace tessera::scheduler::testing
