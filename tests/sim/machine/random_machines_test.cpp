// Whole runs on random machines, extreme ones among them: every share is at most 1, and no run is below its bounds.
#include <gtest/gtest.h>

#include <random>

#include "scheduler/optimum/plain_machine.h"
#include "scheduler/policy/policies.h"
#include "tests/golden/execution.h"
#include "tests/sim/support/expect_shares.h"

namespace tessera::tests {
namespace {

class Chooser {
 public:
  explicit Chooser(unsigned seed) : random_(seed) {}
  const char* operator()(std::initializer_list<const char*> of) { return of.begin()[random_() % of.size()]; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }

 private:
  std::mt19937 random_;
};

std::string key(const char* path, const char* value) { return std::string(path) + "=" + value; }

std::vector<std::string> memory(Chooser& choose) {
  std::vector<std::string> words{key("dram.channels", choose({"1", "2", "3", "8"})),
                                 key("dram.interleave", choose({"64 B", "128 B", "256 B", "4 KiB"}))};
  if (choose.chance(60)) {
    words.push_back("dram.model=bank_state");
    words.push_back(key("dram.standard", choose({"LPDDR4-3200", "DDR4-3200", "LPDDR5-6400", "HBM2-2000"})));
    words.push_back(key("dram.mapping", choose({"bgi", "rbc"})));
    words.push_back(key("dram.read_queue", choose({"1", "4", "32"})));
    words.push_back(key("dram.write_queue", choose({"1", "4", "32"})));
  } else {
    words.push_back(key("dram.bandwidth", choose({"10 MB/s", "1.6 GB/s", "25.6 GB/s", "10 TB/s"})));
    words.push_back(key("dram.latency", choose({"0 ps", "1 ns", "80 ns", "2 us"})));
  }
  if (choose.chance(40)) {
    words.push_back(key("shared_sram.capacity", choose({"64 KiB", "1 MiB"})));
    words.push_back(key("shared_sram.line", choose({"64 B", "256 B"})));
    words.push_back(key("shared_sram.bytes_per_cycle", choose({"1 B/cycle", "16 B/cycle", "512 B/cycle"})));
    words.push_back(key("shared_sram.latency", choose({"0 cycles", "4 cycles", "200 cycles"})));
  }
  return words;
}

std::vector<std::string> machine(unsigned seed) {
  Chooser choose(seed);
  std::vector<std::string> words = memory(choose);
  for (const auto& word :
       {key("cores", choose({"1", "2", "8"})), key("clocks.interconnect", choose({"200 MHz", "333 MHz", "2 GHz"})),
        key("interconnect.bytes_per_cycle", choose({"1 B/cycle", "8 B/cycle", "64 B/cycle", "4096 B/cycle"})),
        key("interconnect.latency", choose({"0 cycles", "4 cycles", "100 cycles"})),
        key("interconnect.duplex", choose({"full", "half"})), key("dma.max_packet", choose({"64 B", "256 B", "1 KiB"})),
        key("dma.outstanding", choose({"1", "2", "16", "64"})), key("dma.split", choose({"1", "3"})),
        key("dma.channels", choose({"1", "2", "16", "[{rate: 1 B/cycle}, {rate: 3 B/cycle}]",
                                    "[{rate: 2.7 B/cycle}, {}]", "[{rate: 100 B/cycle}]"})),
        key("buffers", choose({"{input: 1, weight: 1, output: 1}", "{input: 2, weight: 2, output: 2}",
                               "{input: 4, weight: 2, output: 2}"})),
        key("scheduler.count", choose({"1", "2", "8"})),
        key("npu.scheduler.dispatch_latency", choose({"0 cycles", "1 cycle", "16 cycles"})),
        key("layout.align", choose({"1 B", "32 B", "64 B"})), key("layout.kind", choose({"nhwc", "nchw"})),
        key("requests.count", choose({"1", "1", "3"})), key("requests.interval", choose({"0 ps", "10 us", "5 ms"})),
        key("mac_rate.int8", choose({"0.07", "1", "1", "3.5"}))}) {
    words.push_back(word);
  }
  words.push_back("trace.level=off");
  return words;
}

// The same actions on the machine of scheduler/optimum.
base::Ps without_systemc(const sim::PreparedRun& run, const scheduler::ActionPlan& plan) {
  scheduler::PolicySpec spec{.name = "static"};
  spec.plan = std::make_shared<const scheduler::ActionPlan>(plan);
  const auto policy = scheduler::make_policy(spec);
  return scheduler::run_plain(run.graph, run.spec.npu, run.limits, run.spec.schedule, *policy).makespan;
}

struct Work {
  const char* name;
  sim::RunArguments (*arguments)();
};
void PrintTo(const Work& w, std::ostream* out) { *out << w.name; }

class RandomMachines : public testing::TestWithParam<Work> {};

TEST_P(RandomMachines, SharesAreSharesAndBoundsHold) {
  int done = 0, near = 0;
  constexpr unsigned kRuns = 120;
  for (unsigned seed = 1; seed <= kRuns && !HasFailure(); ++seed) {
    sim::RunArguments arguments = GetParam().arguments();
    static constexpr const char* kPolicies[] = {"depth_first", "breadth_first", "round_robin", "lookahead"};
    arguments.policy = kPolicies[seed % 4];
    arguments.overrides = machine(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + testing::PrintToString(arguments.overrides));
    if (!sim::read_run(arguments)) continue;  // as a packet smaller than a burst
    scheduler::ActionLog log;
    const Execution e = execute(arguments, {}, &log);
    if (!e.result.ok) {
      ADD_FAILURE() << e.result.failure;
      continue;
    }
    ++done;
    EXPECT_EQ(without_systemc(e.run, log.plan()), e.summary().makespan) << "the modules and scheduler/optimum part";
    expect_all_shares(e.summary());
    expect_not_below_bounds(e.summary());
    near += e.summary().makespan.count() < 2 * e.summary().bound_moved.time().count();
  }
  EXPECT_GT(done, static_cast<int>(kRuns) / 2) << "too many machines were refused";
  EXPECT_GT(near, done / 4) << "a bound that few come near says little";
}

INSTANTIATE_TEST_SUITE_P(Networks, RandomMachines,
                         testing::Values(Work{"residual", [] { return shipped("tiny_8x8", "tiny_residual"); }},
                                         Work{"thin_pixels",
                                              [] {
                                                sim::RunArguments a = shipped("tiny_8x8", "tiny_residual");
                                                a.model_file.clear();
                                                a.conv = "w=24,h=24,c=6,k=10,kw=3,kh=3,pl=1,pr=1,pt=1,pb=1";
                                                return a;
                                              }},
                                         Work{"gemm",
                                              [] {
                                                sim::RunArguments a = shipped("tiny_8x8", "tiny_residual");
                                                a.model_file.clear();
                                                a.gemm = "96x128x96";
                                                return a;
                                              }}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace tessera::tests
