// Runs that must end: several schedulers with a launch latency, and a policy that prefetches whenever it may, on whole
// machines (docs/semantics.md 14.1 and 14.3).
#include <gtest/gtest.h>

#include "scheduler/policy/policies.h"
#include "tests/golden/execution.h"
#include "tests/scheduler/support/eager_prefetcher.h"

namespace tessera::tests {
namespace {

TEST(LaunchLatency, SeveralSchedulersNeverDeadlock) {
  for (const char* machine : {"gemmini_16x16", "nvdla_nv_small"}) {
    for (const char* count : {"2", "3", "8"}) {
      for (const std::string_view policy : scheduler::policy_names()) {
        for (const char* launch : {"7 cycles", "5000 cycles"}) {
          const Execution e = execute(shipped(
              machine, "tiny_cnn", std::string(policy),
              {std::string("npu.scheduler.count=") + count, std::string("npu.scheduler.launch_latency=") + launch}));
          ASSERT_TRUE(e.result.ok) << machine << ", " << count << " schedulers, " << policy << ", " << launch << ": "
                                   << e.result.failure;
        }
      }
    }
  }
}

// One bank in each region: whatever the DMA does, the array waits for.
const std::vector<std::string> kOneBank{"core.sram.input.banks=1", "core.sram.weight.banks=1",
                                        "core.sram.output.banks=1", "core.sram.allow_throttle=true"};

sim::SimulationResult run_eagerly(const std::string& machine, const std::string& network,
                                  const std::vector<std::string>& overrides) {
  const auto spec = sim::read_run(shipped(machine, network, {}, overrides));
  if (!spec) throw std::runtime_error(spec.problems().to_string());
  const auto run = sim::prepare(*spec);
  if (!run) throw std::runtime_error(run.problems().to_string());
  sim::SimulationOptions options;
  options.policy = [] { return std::make_unique<scheduler::testing::EagerPrefetcher>(); };
  return *sim::simulate(*run, options);
}

TEST(EagerPrefetching, EndsOnEveryMachineWithEveryNumberOfSlots) {
  std::uint64_t prefetches = 0;
  for (const char* machine : {"tiny_8x8", "edge_shared_sram"}) {
    for (int slots = 0; slots < 64; ++slots) {
      std::vector<std::string> overrides = slots % 2 == 0 ? kOneBank : std::vector<std::string>{};
      overrides.push_back("buffers.input=" + std::to_string(1 + slots % 4));
      overrides.push_back("buffers.weight=" + std::to_string(1 + slots / 4 % 4));
      overrides.push_back("buffers.output=" + std::to_string(1 + slots / 16));
      const auto result = run_eagerly(machine, slots % 3 == 0 ? "tiny_residual" : "tiny_cnn", overrides);
      ASSERT_TRUE(result.ok) << machine << ", slots " << slots << ": " << result.failure;
      prefetches += result.summary.dispatch.prefetches;
    }
  }
  EXPECT_GT(prefetches, 1000U);
}

TEST(EagerPrefetching, LookaheadEndsWithFourSlotsEverywhere) {
  for (const char* machine : {"tiny_8x8", "edge_shared_sram"}) {
    auto overrides = kOneBank;
    for (const char* region : {"input", "weight", "output"})
      overrides.push_back(std::string("buffers.") + region + "=4");
    const Execution e = execute(shipped(machine, "tiny_cnn", "lookahead", overrides));
    EXPECT_TRUE(e.result.ok) << e.result.failure;
  }
}

}  // namespace
}  // namespace tessera::tests
